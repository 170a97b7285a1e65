import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { concat, decodeHex } from "../bytes.ts";
import { DICTIONARY_ID, headerDictionary } from "./dictionary.ts";
import { SpdyError, words } from "./frame.ts";
import { HeaderReader, HeaderWriter } from "./header_block.ts";

Deno.test("headerDictionary() has the checksum that zlib headers name", () => {
  let a = 1;
  let b = 0;
  for (const byte of headerDictionary()) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  assert.deepEqual(
    words(b * 65536 + a),
    new Uint8Array(DICTIONARY_ID),
  );
});

Deno.test("HeaderReader reads what HeaderWriter wrote, block after block", () => {
  const writer = new HeaderWriter();
  const reader = new HeaderReader();
  for (let i = 0; i < 100; i++) {
    const headers = { streamtype: "data", port: "80", requestid: String(i) };
    assert.deepEqual({ ...reader.decode(writer.encode(headers)) }, headers);
  }
  const large = { name: "ä".repeat(25_000) };
  assert.deepEqual({ ...reader.decode(writer.encode(large)) }, large);
  assert.deepEqual({ ...reader.decode(writer.encode({ a: "" })) }, { a: "" });
});

/** SYN_STREAM frames of Go's spdystream 0.5.1, each made with the memory of those before. */
const FROM_GO = [
  "800300010000003e0000000100000000000078f9e3c6a7c202253a703a2b294a4dcc851625aca9a0808614cb45e01c60616061c0c0c0c0590489c64c50f2663400000000ffff",
  "800300010000001800000003000000000000c2aa19540e2512d60b000000ffff",
  "800300010000001400000005000000000000a2c4624300000000ffff",
  "800300010000001400000007000000000000a2c0624300000000ffff",
];

Deno.test("HeaderReader reads what Go's peers compress", () => {
  const reader = new HeaderReader();
  const seen = FROM_GO.map((hex) => {
    const block = decodeHex(hex).subarray(18); // frame head, stream ids, priority
    return { ...reader.decode(block) };
  });
  assert.deepEqual(seen, [
    { streamtype: "error", port: "8080", requestid: "0" },
    { streamtype: "data", port: "8080", requestid: "0" },
    { streamtype: "error", port: "8080", requestid: "1" },
    { streamtype: "data", port: "8080", requestid: "1" },
  ]);
});

Deno.test("HeaderReader refuses blocks that are cut short, foreign or bombs", () => {
  const block = new HeaderWriter().encode({ name: "value" });
  const other = block.slice();
  other[2]! ^= 1;
  const bomb = concat([
    block.subarray(0, 6),
    deflateRawSync(new Uint8Array(1_000_000)),
  ]);
  for (
    const bad of [block.subarray(0, 4), block.subarray(0, 12), other, bomb]
  ) {
    assert.throws(() => new HeaderReader().decode(bad), SpdyError);
  }
});

Deno.test("HeaderWriter refuses headers that are too large", () => {
  const headers = { name: "x".repeat(100_000) };
  assert.throws(() => new HeaderWriter().encode(headers), SpdyError);
});
