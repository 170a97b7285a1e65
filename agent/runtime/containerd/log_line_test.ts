import assert from "node:assert/strict";
import { decodeText, encodeText } from "../../../src/base/bytes.ts";
import { LogLines, parseLogLine } from "./log_line.ts";

const TIME = "2016-10-06T00:17:09.669794202Z";

Deno.test("parseLogLine() reads time, stream, tag and text", () => {
  const entry = parseLogLine(encodeText(`${TIME} stderr F a  b `))!;
  assert.equal(entry.time, Date.UTC(2016, 9, 6, 0, 17, 9, 669));
  assert.equal(entry.nanos, 794_202);
  assert.equal(entry.stream, "stderr");
  assert.equal(entry.partial, false);
  assert.equal(decodeText(entry.line), "a  b ");
});

Deno.test("parseLogLine() takes partial lines, further tags and empty lines", () => {
  assert.equal(parseLogLine(encodeText(`${TIME} stdout P x`))!.partial, true);
  assert.equal(
    parseLogLine(encodeText(`${TIME} stdout P:more x`))!.partial,
    true,
  );
  for (const end of ["F ", "F"]) {
    const entry = parseLogLine(encodeText(`${TIME} stdout ${end}`))!;
    assert.equal(entry.line.length, 0);
  }
});

Deno.test("parseLogLine() gives nothing for what is no log line", () => {
  for (
    const text of ["", "x", "\0\0\0", `${TIME} stdin F x`, `${TIME} stdout X x`]
  ) {
    assert.equal(parseLogLine(encodeText(text)), undefined, text);
  }
});

Deno.test("LogLines.push() finds lines across pieces, whole characters too", () => {
  const bytes = encodeText(`${TIME} stdout F grün\n${TIME} stderr F b\nrest`);
  for (const size of [1, 3, 40, bytes.length]) {
    const lines = new LogLines();
    const got: string[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      for (const { line } of lines.push(bytes.subarray(at, at + size))) {
        got.push(decodeText(line));
      }
    }
    assert.deepEqual(got, ["grün", "b"], `in pieces of ${size}`);
  }
});
