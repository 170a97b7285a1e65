/**
 * The output of all pods of a workload, as they come and go.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { Client, Informer } from "../../client/client.ts";
import { readLines } from "../../client/watch_stream.ts";
import type { CliContext } from "../context.ts";
import { endText } from "../workload/pod_problem.ts";
import { followOutput } from "../workload/output_of.ts";

/** How long after a refusal it is tried again. */
const RETRY_MS = 200;

/** Prints every line with the pod's name before it, until the signal. */
export function followPods(
  context: CliContext,
  client: Client,
  options: { readonly pods: Informer<Pod>; readonly signal: AbortSignal },
): Disposable {
  const { host, terminal } = context;
  const { pods, signal } = options;
  /** Runs that are followed already. */
  const followed = new Set<string>();
  const follow = async ({ metadata }: Pod, run: string) => {
    const { name = "", namespace = "" } = metadata;
    const short = name.split("-").at(-1);
    try {
      const output = await followOutput(client, {
        namespace,
        pod: name,
        signal,
      });
      for await (const line of readLines(output, signal)) {
        await terminal.out(`[${short}] ${line}\n`);
      }
    } catch {
      if (signal.aborted) return;
      // Not there yet, or gone: its next change says which.
      await host.clock.sleep(RETRY_MS, signal);
      followed.delete(run);
      const pod = pods.get(`${namespace}/${name}`);
      if (pod) look(pod);
    }
  };
  /** Runs whose end was told. */
  const told = new Set<string>();
  /** A program that ends by itself may have printed nothing. */
  const sayEnd = ({ metadata, status }: Pod) => {
    if (metadata.deletionTimestamp !== undefined) return;
    const [container] = status?.containerStatuses ?? [];
    const ended = container?.state?.terminated ??
      container?.lastState?.terminated;
    const run = ended && `${metadata.uid}/${ended.containerID}`;
    if (!run || told.has(run)) return;
    told.add(run);
    terminal.err(`[${metadata.name?.split("-").at(-1)}] ${endText(ended)}`);
  };
  const look = (pod: Pod) => {
    sayEnd(pod);
    const [container] = pod.status?.containerStatuses ?? [];
    const hasRun = container?.state?.running ?? container?.state?.terminated;
    if (!container?.containerID || !hasRun) return;
    const run = `${pod.metadata.uid}/${container.containerID}`;
    if (followed.has(run)) return;
    followed.add(run);
    host.spawn("pod output", () => follow(pod, run));
  };
  for (const pod of pods.list()) look(pod);
  return pods.onChange(({ object }) => {
    if (object) look(object);
  });
}
