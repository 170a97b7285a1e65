import assert from "node:assert/strict";
import { concat, encodeText } from "../../../src/base/bytes.ts";
import { GrpcError } from "./grpc_error.ts";
import { frameMessage, FrameReader } from "./grpc_frame.ts";

Deno.test("FrameReader.push() puts messages together however they were cut", () => {
  const messages = [encodeText("one"), new Uint8Array(0), encodeText("three")];
  const wire = concat(messages.map(frameMessage));
  for (const size of [1, 2, 5, 7, wire.length]) {
    const reader = new FrameReader();
    const got: Uint8Array[] = [];
    for (let at = 0; at < wire.length; at += size) {
      got.push(...reader.push(wire.subarray(at, at + size)));
    }
    assert.deepEqual(got, messages, `in pieces of ${size}`);
  }
});

Deno.test("FrameReader.push() refuses compressed and oversized messages", () => {
  const compressed = frameMessage(encodeText("x"));
  compressed[0] = 1;
  assert.throws(() => new FrameReader().push(compressed), GrpcError);
  const huge = new Uint8Array([0, 0xff, 0, 0, 0]);
  assert.throws(() => new FrameReader().push(huge), GrpcError);
});
