/**
 * A content that goes on where its sender was cut, for a reader that knows nothing of it.
 *
 * @module
 */
import { type Host, HostError } from "../../src/base/host.ts";
import type { PullRate } from "./pull_rate.ts";
import { LEAST_RATE, readStream } from "./read_stream.ts";

/** How often in a row a content may be cut without any of it coming. */
const MAX_FAILURES = 6;
/** First wait, in milliseconds, before it is asked for again; the next is twice as long. */
const FIRST_WAIT_MS = 500;

/** The body of an answer, and of those that it takes to complete it. The rest of a part without a length, or of a failure, is not asked for. */
export function resumedBody(host: Pick<Host, "clock" | "random">, options: {
  readonly first: Response;
  /** Asks for a part of the same. */
  readonly again: (range: string) => Promise<Response>;
  readonly rate: PullRate;
  readonly signal: AbortSignal;
}): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = resumed(host, options);
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.error(error);
      }
    },
    async cancel() {
      await chunks.return();
    },
  }, { highWaterMark: 0 });
}

async function* resumed(
  { clock, random }: Pick<Host, "clock" | "random">,
  { first, again, rate, signal }: Parameters<typeof resumedBody>[1],
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const range = rangeOf(first);
  let response = first;
  let sent = 0;
  for (let failures = 0;;) {
    const before = sent;
    try {
      const chunks = readStream({ clock }, response.body!, { signal });
      for await (const chunk of chunks) {
        await rate.take(chunk.length, signal);
        sent += chunk.length;
        yield chunk;
      }
      if (!range || sent >= range.length) return;
      throw new HostError("closed", "The answer ended early");
    } catch (error) {
      if (range && sent >= range.length) return;
      if (!range || signal.aborted || !(error instanceof HostError)) {
        throw error;
      }
      // One who gives a little and then nothing would be asked for ever.
      const hasCome = error.code === "timeout"
        ? sent - before >= LEAST_RATE.bytes
        : sent > before;
      failures = hasCome ? 1 : failures + 1;
      for (;; failures++) {
        if (failures >= MAX_FAILURES) throw error;
        const waitMs = FIRST_WAIT_MS * 2 ** (failures - 1);
        await clock.sleep(waitMs * (0.5 + random.float() / 2), signal);
        const next = await rest(again, {
          from: range.start + sent,
          last: range.start + range.length - 1,
        });
        if (!next) continue;
        response = next;
        break;
      }
    }
  }
}

/** The rest; undefined when it cannot be had now. @throws {HostError} `invalid` when it will never be had */
async function rest(
  again: (range: string) => Promise<Response>,
  { from, last }: { from: number; last: number },
): Promise<Response | undefined> {
  let response: Response;
  try {
    response = await again(`bytes=${from}-${last}`);
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
  if (
    response.status === 206 && response.body &&
    rangeOf(response)?.start === from
  ) return response;
  await response.body?.cancel();
  if (response.status >= 500 || response.status === 429) return undefined;
  throw new HostError(
    "invalid",
    `Cannot get the rest of a content: ${response.status}`,
  );
}

/** Which bytes an answer has of its content. */
function rangeOf(
  { status, headers }: Response,
): { start: number; length: number } | undefined {
  if (status === 206) {
    const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(
      headers.get("content-range") ?? "",
    ) ?? [];
    if (first === undefined) return undefined;
    return { start: Number(first), length: Number(last) - Number(first) + 1 };
  }
  const length = headers.get("content-length");
  return status === 200 && length !== null
    ? { start: 0, length: Number(length) }
    : undefined;
}
