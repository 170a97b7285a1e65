import assert from "node:assert/strict";
import { encodeText } from "../../../../src/base/bytes.ts";
import { encodeHeaders, HeaderDecoder } from "./hpack.ts";
import { HuffmanDecoder } from "./huffman.ts";

const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(" ", ""));

Deno.test("HeaderDecoder.decode() reads RFC 7541's Huffman examples", () => {
  // C.4.1
  assert.deepEqual(
    new HeaderDecoder().decode(
      hex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff"),
    ),
    {
      ":method": "GET",
      ":scheme": "http",
      ":path": "/",
      ":authority": "www.example.com",
    },
  );
  // C.6.1
  assert.deepEqual(
    new HeaderDecoder().decode(hex(
      "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6" +
        "2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
    )),
    {
      ":status": "302",
      "cache-control": "private",
      date: "Mon, 21 Oct 2013 20:13:21 GMT",
      location: "https://www.example.com",
    },
  );
});

Deno.test("HeaderDecoder.decode() reads literals, never-indexed ones and a new table size", () => {
  // C.2.1 and C.2.3, after a size update to 0.
  assert.deepEqual(
    new HeaderDecoder().decode(hex(
      "20 400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572" +
        "1008 7061 7373 776f 7264 0673 6563 7265 74",
    )),
    { "custom-key": "custom-header", password: "secret" },
  );
});

Deno.test("HeaderDecoder.decode() reads back what encodeHeaders() wrote, however long", () => {
  const headers: Record<string, string> = {
    ":path": "/a",
    "x-empty": "",
    "x-126": "a".repeat(126),
    "x-127": "b".repeat(127),
    "x-long": "ü".repeat(10_000),
  };
  const block = encodeHeaders(Object.entries(headers));
  assert.deepEqual(new HeaderDecoder().decode(block), headers);
});

Deno.test("HeaderDecoder.decode() refuses what is cut off or refers to a table", () => {
  const whole = encodeHeaders([["name", "value"]]);
  for (let length = 1; length < whole.length; length++) {
    assert.throws(
      () => new HeaderDecoder().decode(whole.subarray(0, length)),
      RangeError,
      `${length} bytes`,
    );
  }
  assert.throws(() => new HeaderDecoder().decode(hex("be")), RangeError);
  assert.throws(() => new HeaderDecoder().decode(hex("80")), RangeError);
  assert.throws(
    () => new HeaderDecoder().decode(hex("7fffffffffffffffffff01")),
    RangeError,
  );
});

Deno.test("HuffmanDecoder.decode() refuses wrong padding and the end mark", () => {
  const decoder = new HuffmanDecoder();
  // "0" is 00000; padded with ones it is fine, with zeros or with a whole byte it is not.
  assert.deepEqual(decoder.decode(hex("07")), encodeText("0"));
  assert.throws(() => decoder.decode(hex("00 00")), RangeError);
  assert.throws(() => decoder.decode(hex("07 ff")), RangeError);
  assert.throws(() => decoder.decode(hex("ff ff ff ff")), RangeError);
});
