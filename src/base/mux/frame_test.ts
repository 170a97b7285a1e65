import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../bytes.ts";
import {
  decodeFrames,
  encodeFrame,
  FRAME,
  ProtocolError,
  readVarint,
  varint,
} from "./frame.ts";

Deno.test("decodeFrames() gives back any frames that encodeFrame() wrote", () => {
  const frame = fc.record({
    type: fc.constantFrom(...Object.values(FRAME)),
    id: fc.maxSafeNat(),
    payload: fc.uint8Array({ maxLength: 500 })
      .map((bytes) => new Uint8Array(bytes)),
  }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(frame), (frames) => {
      const message = concat(
        frames.map(({ type, id, payload }) => encodeFrame(type, id, payload)),
      );
      assert.deepEqual(decodeFrames(message), frames);
    }),
  );
});

Deno.test("decodeFrames() throws ProtocolError and nothing else when the bytes are any", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      try {
        decodeFrames(new Uint8Array(bytes));
      } catch (error) {
        assert.ok(error instanceof ProtocolError);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("encodeFrame() costs three bytes for a ping", () => {
  assert.deepEqual(encodeFrame(FRAME.ping, 0), new Uint8Array([7, 0, 0]));
});

Deno.test("readVarint() gives back any number that varint() wrote", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = new Uint8Array(varint(value));
      assert.deepEqual(readVarint(bytes, 0), { value, end: bytes.length });
    }),
  );
});
