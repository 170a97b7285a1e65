/**
 * Reads what may stop coming.
 *
 * @module
 */
import { type Host, HostError } from "../../src/base/host.ts";

/**
 * The chunks of a stream. Leaving early cancels it.
 *
 * @param options.idleMs the longest silence, in milliseconds
 * @throws {HostError} `timeout` after a silence, the signal's reason
 */
export async function* readStream(
  host: Pick<Host, "clock">,
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: { readonly idleMs: number; readonly signal?: AbortSignal },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const { signal, idleMs } = options;
  let wasRead = false;
  try {
    while (true) {
      signal?.throwIfAborted();
      const { done, value } = await within(host, reader.read(), {
        idleMs,
        signal,
      });
      if (done) break;
      yield value;
    }
    wasRead = true;
  } finally {
    // Nobody waits for it: whoever sends may not even hear it.
    if (!wasRead) reader.cancel().catch(() => {});
  }
}

async function within<T>(
  host: Pick<Host, "clock">,
  work: Promise<T>,
  { idleMs, signal }: { idleMs: number; signal: AbortSignal | undefined },
): Promise<T> {
  const given = Promise.withResolvers<never>();
  const timer = host.clock.after(
    idleMs,
    () =>
      given.reject(
        new HostError("timeout", `Nothing came for ${idleMs / 1000} s`),
      ),
  );
  const onAbort = () => given.reject(signal!.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, given.promise]);
  } finally {
    timer.cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}
