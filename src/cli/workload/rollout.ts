/**
 * Waits until the replicas of a Deployment are those that were asked for.
 *
 * @module
 */
import type { Deployment } from "../../api/apps/deployment.ts";
import type { Event } from "../../api/core/event.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Client } from "../../client/client.ts";
import { ResourceInformer } from "../../client/informer.ts";
import { DEPLOYMENTS, EVENTS, PODS } from "../../client/resources.ts";
import type { CliContext } from "../context.ts";
import { CliFailure } from "../failure.ts";
import { recentOutput } from "./output_of.ts";
import { mountProblem, type PodProblem, podProblem } from "./pod_problem.ts";
import { selectorOf, type Workload } from "./workload.ts";

/** How to wait. */
export interface RolloutOptions {
  readonly timeoutMs: number;
  /** Takes lines of progress. */
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** How long a lasting problem must last: a pod that was made before its image was there may get over it. */
const LASTING_MS = 1_000;
/** When events are asked for, too: what a pod's state does not say (a volume that cannot be had) is there, and most pods are ready before. */
const EVENTS_AFTER_MS = 3_000;

/**
 * Waits.
 *
 * @throws {CliFailure} when it does not come to be: the cause, and what the container printed
 */
export async function waitForRollout(
  context: CliContext,
  client: Client,
  wanted: { readonly workload: Workload; readonly generation: number },
  options: RolloutOptions,
): Promise<void> {
  const { host } = context;
  const { workload, generation } = wanted;
  const { namespace, name } = workload;
  const stop = new AbortController();
  const onAbort = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const deployments = new ResourceInformer<Deployment>(
    host,
    client,
    DEPLOYMENTS,
    { namespace, fieldSelector: `metadata.name=${name}` },
  );
  const pods = new ResourceInformer<Pod>(host, client, PODS, {
    namespace,
    labelSelector: selectorOf(workload),
  });
  const events = new ResourceInformer<Event>(host, client, EVENTS, {
    namespace,
    fieldSelector: "type=Warning,involvedObject.kind=Pod",
  });
  const done = Promise.withResolvers<PodProblem | undefined>();
  let line = "";
  let lasting: { cancel(): void } | undefined;
  const look = () => {
    const deployment = deployments.get(`${namespace}/${name}`);
    if (!deployment) return;
    const { ready, wanted, complete } = progressOf(deployment, generation);
    if (complete) return done.resolve(undefined);
    const problem = ourPods(pods.list(), workload).map((pod) =>
      podProblem(pod) ?? mountProblem(pod, events.list())
    ).find((found) => found !== undefined);
    const why = problem
      ? `${problem.pod}: ${problem.text}`
      : refusalOf(deployment);
    const text = `${name}: ${ready} of ${wanted} ready${why ? `; ${why}` : ""}`;
    if (text !== line) options.report(line = text);
    if (!problem?.isLasting) {
      lasting?.cancel();
      lasting = undefined;
    } else {
      lasting ??= host.clock.after(LASTING_MS, () => done.resolve(problem));
    }
  };
  deployments.onChange(look);
  pods.onChange(look);
  for (const informer of [deployments, pods]) {
    host.spawn("rollout", () => informer.run(stop.signal));
  }
  events.onChange(look);
  const eventsLater = host.clock.after(
    EVENTS_AFTER_MS,
    () => host.spawn("rollout", () => events.run(stop.signal)),
  );
  const timer = host.clock.after(
    options.timeoutMs,
    () => done.reject(new CliFailure(`${line || name}: gave up waiting`)),
  );
  stop.signal.addEventListener("abort", () => done.reject(stop.signal.reason));
  try {
    const problem = await done.promise;
    if (problem) throw await failure(client, workload, problem);
  } finally {
    timer.cancel();
    eventsLater.cancel();
    lasting?.cancel();
    options.signal?.removeEventListener("abort", onAbort);
    stop.abort(new DOMException("Done", "AbortError"));
  }
}

/** How far a Deployment is. */
export function progressOf(
  { spec, status, metadata }: Deployment,
  generation: number,
): { ready: number; wanted: number; complete: boolean } {
  const wanted = spec.replicas ?? 1;
  const isSeen = (status?.observedGeneration ?? 0) >= generation &&
    (metadata.generation ?? 0) >= generation;
  const { updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = status ??
    {};
  // Of those that are available, some may be of the version before.
  const old = Math.max(replicas - updatedReplicas, 0);
  const ready = isSeen
    ? Math.min(Math.max(availableReplicas - old, 0), updatedReplicas)
    : 0;
  return { ready, wanted, complete: isSeen && ready >= wanted };
}

/** Why the server takes no pods of a Deployment (a quota, admission); undefined while it does. */
export function refusalOf({ status }: Deployment): string | undefined {
  return status?.conditions?.find(({ type, status }) =>
    type === "ReplicaFailure" && status === "True"
  )?.message;
}

/** The pods of the version that is waited for. */
function ourPods(pods: readonly Pod[], { image }: Workload): Pod[] {
  return pods.filter(({ metadata, spec }) =>
    metadata.deletionTimestamp === undefined &&
    spec.containers[0]?.image === image
  );
}

async function failure(
  client: Client,
  { namespace, name }: Workload,
  problem: PodProblem,
): Promise<CliFailure> {
  const output = problem.hasRun
    ? await recentOutput(client, { namespace, pod: problem.pod })
    : "";
  return new CliFailure(
    `${name} does not come up: ${problem.pod}: ${problem.text}${
      output && `\n${output.trimEnd()}`
    }`,
  );
}
