import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeHex } from "./bytes.ts";
import {
  bitString,
  objectId,
  octetString,
  sequence,
  set,
  time,
  TRUE,
  unsignedInteger,
  utf8String,
} from "./der.ts";
import { derText, objectIdText, readDer, readDerItems } from "./der_reader.ts";

Deno.test("der writes values as X.690 has them", () => {
  const hex = (bytes: Uint8Array) => encodeHex(bytes);
  assert.equal(hex(TRUE), "0101ff");
  assert.equal(hex(unsignedInteger(new Uint8Array([0]))), "020100");
  assert.equal(hex(unsignedInteger(new Uint8Array([0, 0, 5]))), "020105");
  assert.equal(hex(unsignedInteger(new Uint8Array([0x80]))), "02020080");
  assert.equal(hex(bitString(new Uint8Array([0x86]), 1)), "03020186");
  assert.equal(hex(utf8String("é")), "0c02c3a9");
  assert.equal(hex(objectId("1.2.840.10045.4.3.2")), "06082a8648ce3d040302");
  assert.equal(hex(sequence(TRUE, TRUE)), "30060101ff0101ff");
  assert.equal(hex(set(TRUE)), "31030101ff");
  assert.equal(
    hex(time("19700101000000Z")),
    "170d" + encodeHex(new TextEncoder().encode("700101000000Z")),
  );
  assert.equal(
    hex(time("99991231235959Z")),
    "180f" + encodeHex(new TextEncoder().encode("99991231235959Z")),
  );
});

Deno.test("readDer() gives back what was written, of any length", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 70_000 }),
      (length) => {
        const bytes = octetString(new Uint8Array(length).fill(7));
        const value = readDer(bytes);
        assert.equal(value.tag, 4);
        assert.equal(value.content.length, length);
        assert.equal(value.end, bytes.length);
      },
    ),
  );
});

Deno.test("objectIdText() gives back what objectId() wrote", () => {
  for (const id of ["2.5.4.3", "1.2.840.10045.4.3.2", "1.3.6.1.5.5.7.3.1"]) {
    assert.equal(objectIdText(readDer(objectId(id)).content), id);
  }
});

Deno.test("readDer() throws when the bytes are cut off anywhere", () => {
  const bytes = sequence(octetString(new Uint8Array(200)));
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => readDer(bytes.subarray(0, length)), RangeError);
  }
});

Deno.test("readDer() throws nothing but RangeError when the bytes are any", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        readDerItems(bytes);
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
});

Deno.test("derText() reads the string types, and no other", () => {
  const value = (tag: number, ...content: number[]) => ({
    tag,
    content: new Uint8Array(content),
    end: 0,
  });
  assert.equal(derText(value(0x0c, 0xc3, 0xa9)), "é");
  assert.equal(derText(value(0x13, 0x41)), "A");
  assert.equal(derText(value(0x14, 0xe9)), "é");
  assert.equal(derText(value(0x1e, 0, 0x41)), "A");
  assert.throws(() => derText(value(0x04, 0x41)), TypeError);
  assert.throws(() => derText(value(0x0c, 0xff)), TypeError);
});
