/**
 * Waits for something to become of one pod.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { Client } from "../../client/client.ts";
import { ResourceInformer } from "../../client/informer.ts";
import { PODS } from "../../client/resources.ts";
import type { CliContext } from "../context.ts";
import { CliFailure } from "../failure.ts";

/** What is waited for. */
export interface PodWatch {
  readonly namespace: string;
  readonly name: string;
  /** @default without end */
  readonly timeoutMs?: number;
  /** Whether it has come; what it throws ends the wait. */
  readonly until: (pod: Pod) => boolean;
  /** The pod's end is what is waited for. @default an error */
  readonly untilGone?: boolean;
  readonly signal?: AbortSignal;
}

/** The pod as it was when it had come. @throws {CliFailure} after the time, or when the pod is gone; the signal's reason */
export async function watchPod(
  { host }: CliContext,
  client: Client,
  watch: PodWatch,
): Promise<Pod> {
  const { namespace, name, signal } = watch;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const pods = new ResourceInformer<Pod>(host, client, PODS, {
    namespace,
    fieldSelector: `metadata.name=${name}`,
  });
  const done = Promise.withResolvers<Pod>();
  let last: Pod | undefined;
  const look = (pod: Pod | undefined) => {
    try {
      if (pod !== undefined) {
        last = pod;
        if (watch.until(pod)) done.resolve(pod);
      } else if (watch.untilGone) done.resolve(last!);
      else throw new CliFailure(`pod/${name} was deleted`);
    } catch (error) {
      done.reject(error);
    }
  };
  pods.onChange(({ object }) => look(object));
  const onAbort = () => done.reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = watch.timeoutMs === undefined ? undefined : host.clock.after(
    watch.timeoutMs,
    () => done.reject(new CliFailure(`pod/${name}: gave up waiting`)),
  );
  host.spawn("pod watch", async () => {
    await Promise.all([
      pods.run(stop.signal),
      pods.synced(stop.signal).then(() => {
        if (!pods.get(`${namespace}/${name}`)) look(undefined);
      }),
    ]);
  });
  try {
    return await done.promise;
  } finally {
    timer?.cancel();
    signal?.removeEventListener("abort", onAbort);
    stop.abort(new DOMException("Done", "AbortError"));
  }
}
