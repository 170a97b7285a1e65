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

/** So much goes in one piece, in bytes: a piece for each line would cost more than the lines. */
const GATHER_BYTES = 32 * 1024;
/** Turns of the microtask queue in which an entry comes that is in memory already. */
const SOON_TURNS = 40;

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
  let next: Upcoming | undefined;
  return new ReadableStream({
    async pull(controller) {
      const gathered: Uint8Array[] = [];
      let size = 0;
      const flush = () => {
        if (size > 0) controller.enqueue(concat(gathered));
      };
      try {
        for (;;) {
          next ??= upcoming(entries.next());
          // What is there goes together; at the end of what is there, a follower is not kept waiting.
          if (size > 0 && !await isSoon(next)) return flush();
          const { done, value } = await next.entry;
          next = undefined;
          if (!done && !isWanted(value)) continue;
          if (!done) {
            const bytes = format(value).subarray(0, leftBytes);
            leftBytes -= bytes.length;
            size += bytes.length;
            gathered.push(bytes);
            // Not at the next entry: while a log is followed, there may be none for long.
            if (leftBytes > 0 && size < GATHER_BYTES) continue;
            flush();
            if (leftBytes > 0) return;
          } else flush();
          stop.abort(new Stopped("The log is through"));
          controller.close();
          if (!done) await entries.return?.();
          return;
        }
      } catch (error) {
        if (stop.signal.aborted) return controller.close();
        flush();
        controller.error(error);
      }
    },
    async cancel() {
      stop.abort(new Stopped("Nobody reads the log"));
      await entries.return?.();
    },
  }, { highWaterMark: 0 });
}

/** The next entry, which may be long in coming. */
interface Upcoming {
  readonly entry: Promise<IteratorResult<LogEntry>>;
  isThere: boolean;
}

function upcoming(entry: Promise<IteratorResult<LogEntry>>): Upcoming {
  const one: Upcoming = { entry, isThere: false };
  const mark = () => void (one.isThere = true);
  entry.then(mark, mark);
  return one;
}

/** Whether it comes without anybody waiting for the disk. */
async function isSoon(next: Upcoming): Promise<boolean> {
  for (let turn = 0; turn < SOON_TURNS && !next.isThere; turn++) await null;
  return next.isThere;
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
