import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { decodeText } from "../../base/bytes.ts";
import { deflateTail, spliceGzip } from "./spliced_gzip.ts";

Deno.test("spliceGzip() makes a body that unpacks to head and tail", () => {
  fc.assert(fc.property(
    fc.string({ unit: "grapheme", maxLength: 400 }),
    fc.string({ unit: "grapheme", maxLength: 2_000 }),
    (head, tail) => {
      const body = spliceGzip(head, deflateTail(tail));
      assert.equal(decodeText(gunzipSync(body)), head + tail);
    },
  ));
});

Deno.test("spliceGzip() puts other heads before the same tail", async () => {
  const tail = deflateTail("tail".repeat(500_000));
  for (const head of ["", "a", "b".repeat(65_535)]) {
    const body = new Blob([spliceGzip(head, tail)]).stream()
      .pipeThrough(new DecompressionStream("gzip"));
    assert.equal(
      await new Response(body).text(),
      head + "tail".repeat(500_000),
    );
  }
});

Deno.test("spliceGzip() refuses a head that no block can hold", () => {
  assert.throws(
    () => spliceGzip("x".repeat(65_536), deflateTail("")),
    RangeError,
  );
});
