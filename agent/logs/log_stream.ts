/**
 * A container's output as a response body.
 *
 * @module
 */
import { concat, encodeText } from "../../src/base/bytes.ts";
import { Stopped } from "../../src/base/errors.ts";
import type { LogEntry, Runtime } from "../runtime/runtime.ts";
import type { LogQuery } from "./log_query.ts";

const NEWLINE = encodeText("\n");

/** Streams the output as `kubectl logs` shows it. Ends when the output does, when `limitBytes` are out or the reader cancels. */
export function logStream(
  runtime: Runtime,
  id: string,
  query: LogQuery,
): ReadableStream<Uint8Array> {
  const stop = new AbortController();
  const entries = runtime.logs(id, {
    follow: query.follow,
    ...(query.since !== undefined && { since: query.since }),
    ...(query.tailLines !== undefined && { tailLines: query.tailLines }),
    signal: stop.signal,
  })[Symbol.asyncIterator]();
  const isWanted = ({ stream }: LogEntry) =>
    query.stream === undefined || query.stream === stream;
  const format = lineFormat(query.timestamps);
  let leftBytes = query.limitBytes ?? Infinity;
  return new ReadableStream({
    async pull(controller) {
      try {
        let { done, value } = await entries.next();
        while (!done && !isWanted(value)) {
          ({ done, value } = await entries.next());
        }
        if (!done) {
          const bytes = format(value).subarray(0, leftBytes);
          leftBytes -= bytes.length;
          controller.enqueue(bytes);
          // Not at the next entry: while a log is followed, there may be none for long.
          if (leftBytes > 0) return;
        }
        stop.abort(new Stopped("The log is through"));
        controller.close();
        if (!done) await entries.return?.();
      } catch (error) {
        if (stop.signal.aborted) controller.close();
        else controller.error(error);
      }
    },
    async cancel() {
      stop.abort(new Stopped("Nobody reads the log"));
      await entries.return?.();
    },
  }, { highWaterMark: 0 });
}

/** Entries become lines; parts of one line are joined again, and carry one time stamp. */
function lineFormat(timestamps: boolean): (entry: LogEntry) => Uint8Array {
  const inLine = new Set<LogEntry["stream"]>();
  return (entry) => {
    const begins = !inLine.has(entry.stream);
    if (entry.partial) inLine.add(entry.stream);
    else inLine.delete(entry.stream);
    return concat([
      ...(timestamps && begins ? [encodeText(`${exactTime(entry)} `)] : []),
      entry.line,
      ...(entry.partial ? [] : [NEWLINE]),
    ]);
  };
}

/** RFC 3339 with nanoseconds, as kubelet prints it. */
function exactTime({ time, nanos }: LogEntry): string {
  const whole = Math.floor(time);
  const beyond = nanos ?? Math.round((time - whole) * 1e6);
  const digits = beyond.toString().padStart(6, "0");
  return `${new Date(whole).toISOString().slice(0, -1)}${digits}Z`;
}
