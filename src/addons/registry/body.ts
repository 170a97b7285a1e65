/**
 * Bodies on their way: bounded in size, and not for ever.
 *
 * @module
 */
import type { ByteSource } from "../../base/blob_store.ts";
import { concat } from "../../base/bytes.ts";
import type { Clock } from "../../base/host.ts";
import { RegistryError } from "./registry_error.ts";

/** A transfer in which nothing moves for so long is given up. A narrow line moves something in that time. */
export const STALL_MS = 120_000;

/** All of a body. @throws {RegistryError} SIZE_INVALID, 413, when it is longer than that */
export async function wholeBody(
  source: AsyncIterable<Uint8Array<ArrayBuffer>>,
  limitBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > limitBytes) {
      throw new RegistryError(
        "SIZE_INVALID",
        `The manifest is longer than ${limitBytes} bytes`,
        { status: 413 },
      );
    }
    chunks.push(chunk);
  }
  return concat(chunks);
}

/**
 * What a client sends, as it comes.
 *
 * @throws the signal's reason
 * @throws {RegistryError} BLOB_UPLOAD_INVALID when it breaks off, or nothing comes for too long
 */
export async function* incoming(
  body: ByteSource | null,
  options: {
    readonly clock: Clock;
    readonly stallMs: number;
    readonly signal?: AbortSignal;
  },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (body === null) return;
  const { clock, stallMs, signal } = options;
  const reader = body.getReader();
  let given: unknown;
  const giveUp = (why: unknown) => {
    given ??= why;
    reader.cancel(why).catch(() => {});
  };
  const onAbort = () => giveUp(signal!.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const watch = new StallWatch(clock, {
    stallMs,
    onStall: () => giveUp(brokenOff("nothing came for too long")),
  });
  try {
    for (;;) {
      const read = await reader.read().catch((error) => {
        throw given ?? brokenOff(error);
      });
      if (given !== undefined) throw given;
      if (read.done) return;
      watch.moved();
      yield read.value;
    }
  } finally {
    watch.end();
    signal?.removeEventListener("abort", onAbort);
    reader.cancel().catch(() => {});
  }
}

function brokenOff(why: unknown): RegistryError {
  return new RegistryError(
    "BLOB_UPLOAD_INVALID",
    `The content broke off: ${why instanceof Error ? why.message : why}`,
  );
}

/** What a client takes, at its pace. @param options.onEnd called once, when no more of it will be read */
export function outgoing(
  source: ByteSource,
  options: {
    readonly clock: Clock;
    readonly stallMs: number;
    onEnd(): void;
  },
): ByteSource {
  const reader = source.getReader();
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    watch.end();
    options.onEnd();
  };
  const watch = new StallWatch(options.clock, {
    stallMs: options.stallMs,
    onStall() {
      end();
      reader.cancel().catch(() => {});
      stalled?.();
    },
  });
  let stalled: (() => void) | undefined;
  return new ReadableStream({
    start(controller) {
      stalled = () =>
        controller.error(new Error("The client took nothing for too long"));
    },
    async pull(controller) {
      watch.moved();
      try {
        const { value, done } = await reader.read();
        if (!done) return controller.enqueue(value);
      } catch (error) {
        end();
        throw error;
      }
      end();
      controller.close();
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** Rings when nothing moved for too long; one timer at a time, which is not touched by what moves. */
class StallWatch {
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #onStall: () => void;
  #timer: { cancel(): void };
  #movedMs: number;

  constructor(
    clock: Clock,
    options: { readonly stallMs: number; onStall(): void },
  ) {
    this.#clock = clock;
    this.#stallMs = options.stallMs;
    this.#onStall = options.onStall;
    this.#movedMs = clock.monotonicMs();
    this.#timer = this.#arm(options.stallMs);
  }

  /** Something moved. */
  moved(): void {
    this.#movedMs = this.#clock.monotonicMs();
  }

  /** Never rings again. */
  end(): void {
    this.#timer.cancel();
  }

  #arm(ms: number): { cancel(): void } {
    return this.#clock.after(ms, () => {
      const left = this.#movedMs + this.#stallMs - this.#clock.monotonicMs();
      if (left > 0) this.#timer = this.#arm(left);
      else this.#onStall();
    });
  }
}
