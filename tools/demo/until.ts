/**
 * Waiting for a state of the cluster.
 *
 * @module
 */

/** How long server, node and pods may take, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** Asks again and again until it is so. @throws {Error} after {@linkcode TIMEOUT_MS}, or why the signal aborted */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    options.signal?.throwIfAborted();
    if (await isSo()) return;
    if (performance.now() > deadline) {
      throw new Error(`Gave up after ${TIMEOUT_MS / 1000} s: not yet ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
