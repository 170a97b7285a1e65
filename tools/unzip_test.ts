import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { unzip } from "./unzip.ts";

/** A zip archive with one entry, built by hand after PKWARE's APPNOTE. */
function zip(name: string, content: Uint8Array, method: 0 | 8): Uint8Array {
  const packed = method === 8 ? deflateRawSync(content) : content;
  const title = new TextEncoder().encode(name);
  const local = new DataView(new ArrayBuffer(30));
  local.setUint32(0, 0x04034b50, true);
  local.setUint16(8, method, true);
  local.setUint32(18, packed.length, true);
  local.setUint32(22, content.length, true);
  local.setUint16(26, title.length, true);
  local.setUint16(28, 4, true); // an extra field that the directory does not have
  const entry = new DataView(new ArrayBuffer(46));
  entry.setUint32(0, 0x02014b50, true);
  entry.setUint16(10, method, true);
  entry.setUint32(20, packed.length, true);
  entry.setUint32(24, content.length, true);
  entry.setUint16(28, title.length, true);
  const directoryAt = 30 + title.length + 4 + packed.length;
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, 1, true);
  end.setUint16(10, 1, true);
  end.setUint32(12, 46 + title.length, true);
  end.setUint32(16, directoryAt, true);
  return new Uint8Array([
    ...new Uint8Array(local.buffer),
    ...title,
    ...[0, 0, 0, 0],
    ...packed,
    ...new Uint8Array(entry.buffer),
    ...title,
    ...new Uint8Array(end.buffer),
  ]);
}

const CONTENT = new TextEncoder().encode("many many many many words");

for (const method of [0, 8] as const) {
  Deno.test(`unzip() answers the content when the entry has method ${method}`, () => {
    assert.deepEqual(unzip(zip("a/b", CONTENT, method), "a/b"), CONTENT);
  });
}

Deno.test("unzip() throws when the archive has no such entry", () => {
  assert.throws(
    () => unzip(zip("a/b", CONTENT, 8), "a/c"),
    /Can not find "a\/c"/,
  );
});

Deno.test("unzip() throws when the file is no archive", () => {
  assert.throws(() => unzip(new Uint8Array(100), "a"), /no end record/);
});
