/**
 * A wait that a change of circumstances ends.
 *
 * @module
 */
import { Stopped } from "../../src/base/errors.ts";
import type { ContainerWork } from "./container_work.ts";
import { unlessAborted } from "./race.ts";

/**
 * Waits, but no longer than until the pod, something that it refers to or the node's images changed.
 *
 * @throws the reason of the work's signal
 */
export async function sleepOrReferences(
  work: ContainerWork,
  ms: number,
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([work.signal, over.signal]);
  const { references } = work.pod;
  try {
    await unlessAborted(
      Promise.race([
        work.services.host.clock.sleep(ms, signal),
        references.after(references.rings, signal),
      ]),
      work.signal,
    );
  } finally {
    over.abort(new Stopped("The wait is over"));
  }
}
