/**
 * Lines of a log file in the CRI's format: `2026-01-31T12:34:56.123456789Z stdout F text`.
 *
 * @module
 */
import type { LogEntry } from "../runtime.ts";

const SPACE = 0x20;
const FULL = 0x46;
const PARTIAL = 0x50;

/** Reads one line (without newline); undefined when it is none: a write that a full disk or a power cut tore. */
export function parseLogLine(
  line: Uint8Array<ArrayBuffer>,
): LogEntry | undefined {
  const timeEnd = line.indexOf(SPACE);
  const streamEnd = line.indexOf(SPACE, timeEnd + 1);
  const tag = line[streamEnd + 1];
  if (timeEnd < 0 || streamEnd < 0 || line[streamEnd + 2] !== SPACE) {
    return undefined;
  }
  if (tag !== FULL && tag !== PARTIAL) return undefined;
  const text = new TextDecoder();
  const time = parseTime(text.decode(line.subarray(0, timeEnd)));
  const stream = text.decode(line.subarray(timeEnd + 1, streamEnd));
  if (time === undefined || (stream !== "stdout" && stream !== "stderr")) {
    return undefined;
  }
  return {
    ...time,
    stream,
    line: line.slice(streamEnd + 3),
    partial: tag === PARTIAL,
  };
}

/** RFC 3339 with nanoseconds, as milliseconds with a fraction (a number holds a quarter of a microsecond), and the nanoseconds apart. */
function parseTime(
  text: string,
): Pick<LogEntry, "time" | "nanos"> | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})(\d{6})Z$/.exec(text);
  if (!match) return undefined;
  const ms = Date.parse(`${match[1]}Z`);
  const nanos = Number(match[2]);
  return Number.isNaN(ms) ? undefined : { time: ms + nanos / 1e6, nanos };
}
