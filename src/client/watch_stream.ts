/**
 * Reads the body of a watch: one JSON document a line.
 *
 * @module
 */
import type { KubeObject } from "../api/kind.ts";
import { apiErrorOf } from "./response_error.ts";
import type { WatchEvent } from "./client.ts";

/**
 * Yields the lines of a stream of UTF-8 without their ends. Characters and lines may be split anywhere between chunks. What follows the last
 * line end is dropped: a watch that breaks off in mid-line has not delivered that event.
 *
 * @throws the signal's reason when it aborts, whatever the stream makes of it (one from our own process may know nothing of signals)
 */
export async function* readLines(
  body: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<string, void, void> {
  const reader = body.getReader();
  const onAbort = () => reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", onAbort, { once: true });
  const decoder = new TextDecoder();
  let ended = false;
  // Parts of a line longer than one chunk: joined once, so that a big object in many chunks does not cost its square.
  let parts: string[] = [];
  try {
    while (true) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) {
        ended = true;
        return;
      }
      const text = decoder.decode(value, { stream: true });
      let start = 0;
      for (
        let end = text.indexOf("\n");
        end >= 0;
        end = text.indexOf("\n", start)
      ) {
        parts.push(text.slice(start, end));
        const line = parts.length === 1 ? parts[0]! : parts.join("");
        parts = [];
        start = end + 1;
        if (line.trim() !== "") yield line;
      }
      if (start < text.length) parts.push(text.slice(start));
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    // The consumer may stop early (break, throw): the server must learn it, or it would send to nobody.
    if (!ended) await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

/**
 * Yields the events of a watch's body until it ends.
 *
 * @throws {ApiError} for an ERROR event (410: the resource version is no longer known)
 * @throws {SyntaxError} when a line is not JSON
 */
export async function* readWatchEvents<T extends KubeObject>(
  body: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<WatchEvent<T>, void, void> {
  for await (const line of readLines(body, signal)) {
    const event = JSON.parse(line) as { type: string; object: unknown };
    switch (event.type) {
      case "ADDED":
      case "MODIFIED":
      case "DELETED":
      case "BOOKMARK":
        yield event as WatchEvent<T>;
        break;
      case "ERROR":
        throw apiErrorOf(event.object, { code: 500 });
      default:
        throw new TypeError(
          `Cannot read the watch: unknown event type "${event.type}"`,
        );
    }
  }
}
