import assert from "node:assert/strict";
import fc from "fast-check";
import {
  concat,
  decodeBase64,
  decodeBase64Url,
  decodeHex,
  decodeText,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
  encodeText,
} from "./bytes.ts";

Deno.test("concat() joins parts in order", () => {
  assert.deepEqual(
    concat([new Uint8Array([1]), new Uint8Array(), new Uint8Array([2, 3])]),
    new Uint8Array([1, 2, 3]),
  );
  assert.deepEqual(concat([]), new Uint8Array());
});

for (
  const [name, encode, decode] of [
    ["hexadecimal", encodeHex, decodeHex],
    ["base64", encodeBase64, decodeBase64],
    ["base64url", encodeBase64Url, decodeBase64Url],
  ] as const
) {
  Deno.test(`${name} gives back any bytes`, () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.deepEqual(decode(encode(bytes)), new Uint8Array(bytes));
      }),
    );
  });

  Deno.test(`${name} is refused when it is something else`, () => {
    assert.throws(() => decode("!!"), SyntaxError);
  });
}

Deno.test("encodeBase64Url() uses the URL alphabet without padding", () => {
  assert.equal(encodeBase64(new Uint8Array([251, 255])), "+/8=");
  assert.equal(encodeBase64Url(new Uint8Array([251, 255])), "-_8");
  assert.deepEqual(decodeBase64Url("-_8="), new Uint8Array([251, 255]));
});

Deno.test("decodeText() gives back any text, and marks what is none", () => {
  assert.equal(decodeText(encodeText("héllo ✓")), "héllo ✓");
  assert.equal(decodeText(new Uint8Array([0xff])), "\ufffd");
});
