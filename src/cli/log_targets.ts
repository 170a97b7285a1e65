/**
 * Which containers' output a command line means.
 *
 * @module
 */
import type { LabelSelector } from "../api/meta.ts";
import type { KubeObject } from "../api/kind.ts";
import type { Pod } from "../api/core/pod.ts";
import { formatLabelSelector, selectorOfLabels } from "../api/selector.ts";
import type { Client } from "../client/client.ts";
import { PODS } from "../client/resources.ts";
import type { CliContext } from "./context.ts";
import { CliFailure, EXIT_USAGE } from "./failure.ts";
import { parseTargets } from "./targets.ts";

/** One container's output. */
export interface LogTarget {
  readonly pod: Pod;
  readonly container: string;
}

/** What was asked for. */
export interface LogQuery {
  /** `POD`, `TYPE/NAME`; absent with a selector. */
  readonly word?: string;
  readonly selector?: string;
  readonly container?: string;
  /** @default the command line's */
  readonly namespace?: string;
  readonly allContainers?: boolean;
  /** Says nothing about a pod that was chosen among several. */
  readonly quiet?: boolean;
}

const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

/** The containers, in the order of the pods. @throws {CliFailure} when there are none */
export async function findLogTargets(
  context: CliContext,
  client: Client,
  query: LogQuery,
): Promise<LogTarget[]> {
  const pods = await findPods(context, client, query);
  return pods.flatMap((pod) =>
    query.allContainers
      ? containerNames(pod).map((container) => ({ pod, container }))
      : [{ pod, container: chooseContainer(context, pod, query) }]
  );
}

async function findPods(
  context: CliContext,
  client: Client,
  { word, selector, quiet, ...query }: LogQuery,
): Promise<Pod[]> {
  const namespace = query.namespace ?? await context.namespace();
  if (selector !== undefined) {
    if (word !== undefined) {
      throw new CliFailure("only a selector (-l) or a POD name is allowed", {
        exitCode: EXIT_USAGE,
      });
    }
    const wanted = { namespace, labelSelector: selector };
    return (await client.list(PODS, wanted)).items;
  }
  if (word === undefined) {
    throw new CliFailure("expected POD, TYPE/NAME or a selector (-l)", {
      exitCode: EXIT_USAGE,
    });
  }
  if (!word.includes("/")) {
    return [await client.get(PODS, { name: word, namespace })];
  }
  const [target] = parseTargets(await context.lookup(), [word]);
  const { resource, name = "" } = target!;
  if (resource.plural === "pods" && resource.group === "") {
    return [await client.get(PODS, { name, namespace })];
  }
  const owner = await client.get(
    resource,
    resource.namespaced ? { name, namespace } : { name },
  );
  const labelSelector = selectorText(owner);
  if (labelSelector === undefined) {
    throw new CliFailure(
      `cannot find a pod for ${word}: ${resource.plural} select no pods`,
    );
  }
  const { items } = await client.list(PODS, { namespace, labelSelector });
  const [best] = items.sort((a, b) => rank(a) - rank(b));
  if (!best) throw new CliFailure(`${word} has no pods`);
  if (items.length > 1 && !quiet) {
    context.terminal.err(
      `Found ${items.length} pods, using pod/${best.metadata.name}`,
    );
  }
  return [best];
}

/** A workload's selector or a service's, as text. */
function selectorText(object: KubeObject): string | undefined {
  const { spec } = object as KubeObject & {
    spec?: { selector?: LabelSelector | Record<string, string> };
  };
  const selector = spec?.selector;
  if (!selector || Object.keys(selector).length === 0) return undefined;
  const isLabels = Object.values(selector).every((value) =>
    typeof value === "string"
  );
  return isLabels
    ? selectorOfLabels(selector as Record<string, string>).toString()
    : formatLabelSelector(selector as LabelSelector);
}

/** Ready ones first, then running ones. */
function rank({ status, metadata }: Pod): number {
  if (metadata.deletionTimestamp) return 3;
  const ready = status?.conditions?.some(({ type, status }) =>
    type === "Ready" && status === "True"
  );
  if (ready) return 0;
  return status?.phase === "Running" ? 1 : 2;
}

function containerNames({ spec }: Pod): string[] {
  return [...spec.initContainers ?? [], ...spec.containers].map(({ name }) =>
    name
  );
}

/** As kubectl: the one that was named, the annotated default, or the first with a hint. */
function chooseContainer(
  context: CliContext,
  pod: Pod,
  { container: wanted }: LogQuery,
): string {
  const all = containerNames(pod);
  const { name } = pod.metadata;
  if (wanted !== undefined) {
    if (all.includes(wanted)) return wanted;
    throw new CliFailure(
      `container ${wanted} is not valid for pod ${name}: it has ${
        all.join(", ")
      }`,
    );
  }
  const annotated = pod.metadata.annotations?.[DEFAULT_CONTAINER];
  if (annotated !== undefined && all.includes(annotated)) return annotated;
  const { containers, initContainers = [] } = pod.spec;
  const [first] = containers;
  if (containers.length + initContainers.length > 1) {
    const words = [
      ...containers.map(({ name }) => name),
      ...initContainers.map(({ name }) => `${name} (init)`),
    ];
    context.terminal.err(
      `Defaulted container "${first?.name}" out of: ${words.join(", ")}`,
    );
  }
  return first?.name ?? "";
}
