/**
 * The order in which an agent ends.
 *
 * @module
 */
import type { Host } from "../src/base/host.ts";
import { Stopped } from "../src/base/errors.ts";
import type { Ongoing } from "./bring_up.ts";
import type { NodeCare } from "./node/node_care.ts";
import type { NodePods } from "./node_pods.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { stopAllPods } from "./stop_all_pods.ts";

/** What {@linkcode closeAgent} ends. */
export interface ClosingParts {
  readonly care: NodeCare;
  readonly pods: NodePods;
  readonly runtimes: readonly Runtime[];
  readonly ongoing: Ongoing;
  /** Ends what goes on by itself. */
  readonly stop: AbortController;
  /** What was opened at the start: closed last, in reverse. */
  readonly opened: AsyncDisposable;
}

/**
 * Ends an agent's parts.
 *
 * @param wish `stopPods`: whether pods end with it; `shutDown`: whether the machine goes down
 */
export async function closeAgent(
  host: Host,
  parts: ClosingParts,
  wish: { readonly stopPods: boolean; readonly shutDown: boolean },
): Promise<void> {
  const { care, pods, ongoing } = parts;
  if (wish.shutDown) {
    await care.shutdown.begin();
    await pods.told();
  }
  parts.stop.abort(new Stopped("The agent stops"));
  await ongoing.up.catch(() => {}); // logged where it happened; a proxy that was just being started is to be closed too
  await pods.manager.close();
  if (wish.stopPods) {
    await stopAllPods(host, {
      runtimes: parts.runtimes,
      records: pods.manager.records(),
    });
    await pods.removeCgroups();
    await pods.unmountVolumes();
  }
  await pods.events[Symbol.asyncDispose]();
  await ongoing.proxy()?.[Symbol.asyncDispose]();
  await parts.opened[Symbol.asyncDispose]();
}
