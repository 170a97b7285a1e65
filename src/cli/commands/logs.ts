/**
 * `wherry logs`.
 *
 * @module
 */
import type { KubeObject, Resource } from "../../api/kind.ts";
import { queryString } from "../../client/paths.ts";
import { responseError } from "../../client/response_error.ts";
import type { CliContext } from "../context.ts";
import { CliFailure, EXIT_OK, EXIT_USAGE } from "../failure.ts";

/** Flags of `logs`. */
export interface LogsFlags {
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  /** Lines from the end; -1 is all. */
  readonly tail?: number;
  /** Seconds back from now. */
  readonly sinceSeconds?: number;
  /** RFC 3339. */
  readonly sinceTime?: string;
  readonly limitBytes?: number;
  readonly allContainers?: boolean;
}

/** A pod, as far as it is read here. */
interface PodView extends KubeObject {
  spec: {
    initContainers?: { name: string }[];
    containers: { name: string }[];
  };
}

const PODS: Resource<PodView> = {
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  namespaced: true,
};

const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

/** Prints a container's output. */
export async function logs(
  context: CliContext,
  words: readonly string[],
  flags: LogsFlags,
): Promise<number> {
  const { pod: name, container } = parseWords(words);
  const client = await context.client();
  const namespace = await context.namespace();
  const pod = await client.get(PODS, { name, namespace });
  const containers = flags.allContainers
    ? [...pod.spec.initContainers ?? [], ...pod.spec.containers].map((c) =>
      c.name
    )
    : [chooseContainer(context, pod, flags.container ?? container)];
  for (const chosen of containers) {
    const response = await client.raw(
      `/api/v1/namespaces/${namespace}/pods/${name}/log` + queryString({
        container: chosen,
        follow: flags.follow ? true : undefined,
        previous: flags.previous ? true : undefined,
        timestamps: flags.timestamps ? true : undefined,
        tailLines: flags.tail === undefined || flags.tail < 0
          ? undefined
          : flags.tail,
        sinceSeconds: flags.sinceSeconds,
        sinceTime: flags.sinceTime,
        limitBytes: flags.limitBytes,
      }),
    );
    if (!response.ok) throw await responseError(response);
    for await (const chunk of response.body ?? []) {
      await context.terminal.out(chunk);
    }
  }
  return EXIT_OK;
}

function parseWords(
  words: readonly string[],
): { pod: string; container: string | undefined } {
  const [first, container] = words;
  if (first === undefined) {
    throw new CliFailure("expected POD or pod/POD", { exitCode: EXIT_USAGE });
  }
  const [type, name] = first.split("/");
  if (name === undefined) return { pod: first, container };
  if (type !== "pod" && type !== "pods" && type !== "po") {
    throw new CliFailure(
      `cannot get the logs from ${type}: only pods are supported`,
      { exitCode: EXIT_USAGE },
    );
  }
  return { pod: name, container };
}

/** As kubectl: the one that was named, the annotated default, or the first with a hint. */
function chooseContainer(
  context: CliContext,
  pod: PodView,
  wanted: string | undefined,
): string {
  const names = pod.spec.containers.map(({ name }) => name);
  const all = [
    ...names,
    ...(pod.spec.initContainers ?? []).map(({ name }) => name),
  ];
  if (wanted !== undefined) {
    if (all.includes(wanted)) return wanted;
    throw new CliFailure(
      `container ${wanted} is not valid for pod ${pod.metadata.name}: it has ${
        all.join(", ")
      }`,
    );
  }
  const annotated = pod.metadata.annotations?.[DEFAULT_CONTAINER];
  if (annotated !== undefined && all.includes(annotated)) return annotated;
  const [first = ""] = names;
  if (names.length > 1) {
    context.terminal.err(
      `Defaulted container "${first}" out of: ${names.join(", ")}`,
    );
  }
  return first;
}
