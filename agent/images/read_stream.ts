/**
 * Reads what may stop coming, or come so slowly that it never ends.
 *
 * @module
 */
import { type Host, HostError } from "../../src/base/host.ts";

/** The longest silence of a sender, in milliseconds. */
export const IDLE_MS = 60_000;
/**
 * What a sender must give in each stretch of waiting for it: 64 KiB in five minutes, 218 bytes a second. A 2G modem (GPRS, some 3,000 bytes a second) does
 * ten times that in bad weather, also where it is shared; one who gives a byte now and then only holds a pull's place.
 */
export const LEAST_RATE = { bytes: 64 * 1024, inMs: 300_000 } as const;

/** How a stream is read. */
export interface ReadStreamOptions {
  readonly signal?: AbortSignal;
}

/**
 * The chunks of a stream. Leaving early cancels it. Only time in which the reader waits for the sender counts against the sender: what the reader takes for
 * a chunk (`--image-pull-rate`, a slow disk) does not.
 *
 * @throws {HostError} `timeout` after a silence and below the least rate, the signal's reason
 */
export async function* readStream(
  host: Pick<Host, "clock">,
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: ReadStreamOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = new PatientReader(host, stream, options);
  let wasRead = false;
  try {
    for (let chunk; (chunk = await reader.read()) !== undefined;) yield chunk;
    wasRead = true;
  } finally {
    if (!wasRead) reader.cancel();
  }
}

/** The same as a stream. */
export function patientStream(
  host: Pick<Host, "clock">,
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = new PatientReader(host, stream, {});
  return new ReadableStream({
    async pull(controller) {
      try {
        const chunk = await reader.read();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      } catch (error) {
        reader.cancel();
        controller.error(error);
      }
    },
    cancel: () => reader.cancel(),
  }, { highWaterMark: 0 });
}

/** Waits for chunks, but not for ever. */
class PatientReader {
  readonly #clock: Host["clock"];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #signal: AbortSignal | undefined;
  /** Since when the rate is measured. */
  #stretch = { waitedMs: 0, bytes: 0 };

  constructor(
    { clock }: Pick<Host, "clock">,
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    { signal }: ReadStreamOptions,
  ) {
    this.#clock = clock;
    this.#reader = stream.getReader();
    this.#signal = signal;
  }

  /** The next chunk; undefined at the end. */
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#signal?.throwIfAborted();
    if (this.#stretch.waitedMs >= LEAST_RATE.inMs) {
      const { bytes, waitedMs } = this.#stretch;
      if (bytes < LEAST_RATE.bytes) {
        const waited = Math.round(waitedMs / 1000);
        throw timeout(`Only ${bytes} bytes came in ${waited} s`);
      }
      this.#stretch = { waitedMs: 0, bytes: 0 };
    }
    const askedMs = this.#clock.monotonicMs();
    const { done, value } = await this.#next();
    if (done) return undefined;
    this.#stretch.waitedMs += this.#clock.monotonicMs() - askedMs;
    this.#stretch.bytes += value.length;
    return value;
  }

  /** Nobody waits for it: whoever sends may not even hear it. */
  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }

  async #next(): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> {
    const signal = this.#signal;
    const given = Promise.withResolvers<never>();
    const timer = this.#clock.after(
      IDLE_MS,
      () => given.reject(timeout(`Nothing came for ${IDLE_MS / 1000} s`)),
    );
    const onAbort = () => given.reject(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([this.#reader.read(), given.promise]);
    } finally {
      timer.cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

function timeout(message: string): HostError {
  return new HostError("timeout", message);
}
