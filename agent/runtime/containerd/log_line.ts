/**
 * Lines of a CRI log file: `2016-10-06T00:17:09.669794202Z stdout F the line`
 * (kubernetes/design-proposals-archive, node/kubelet-cri-logging.md).
 *
 * @module
 */

import { decodeText } from "../../../src/base/bytes.ts";
import type { LogEntry } from "../runtime.ts";

const BLANK = 0x20;
const NEWLINE = 0x0a;

/** One line of the file, without its newline; undefined when it is not of this form (a torn write after a power cut). */
export function parseLogLine(line: Uint8Array): LogEntry | undefined {
  const afterTime = line.indexOf(BLANK);
  const afterStream = line.indexOf(BLANK, afterTime + 1);
  if (afterTime < 0 || afterStream < 0) return undefined;
  const end = line.indexOf(BLANK, afterStream + 1);
  // An empty line may have lost its last blank.
  const afterTags = end < 0 ? line.length : end;
  const stamp = decodeText(line.subarray(0, afterTime));
  const time = Date.parse(stamp);
  const stream = decodeText(line.subarray(afterTime + 1, afterStream));
  const tags = decodeText(line.subarray(afterStream + 1, afterTags)).split(":");
  if (Number.isNaN(time)) return undefined;
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  if (tags[0] !== "F" && tags[0] !== "P") return undefined;
  const beyond = /\.\d{3}(\d{1,6})/.exec(stamp)?.[1]; // a number of milliseconds could not hold them
  return {
    time,
    ...(beyond && { nanos: Number(beyond.padEnd(6, "0")) }),
    stream,
    line: line.slice(afterTags + 1),
    partial: tags[0] === "P",
  };
}

/** Cuts what was read of a log file into entries. */
export class LogLines {
  #rest = new Uint8Array(0);

  /** The entries whose lines `bytes` completes. */
  *push(bytes: Uint8Array): Generator<LogEntry> {
    let from = 0;
    for (
      let end = bytes.indexOf(NEWLINE);
      end >= 0;
      end = bytes.indexOf(NEWLINE, from)
    ) {
      let line: Uint8Array = bytes.subarray(from, end);
      if (this.#rest.length > 0) {
        line = joined(this.#rest, line);
        this.#rest = new Uint8Array(0);
      }
      from = end + 1;
      const entry = parseLogLine(line);
      if (entry) yield entry;
    }
    const tail = bytes.subarray(from);
    if (tail.length > 0) this.#rest = joined(this.#rest, tail);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
