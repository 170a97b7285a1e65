import assert from "node:assert/strict";
import { MessageWriter } from "./writer.ts";
import { ProtobufReader } from "./reader.ts";

Deno.test("MessageWriter writes what a reader reads", () => {
  const out = new MessageWriter();
  out.text(1, "é");
  out.integer(20, 2 ** 40);
  out.flag(3, true);
  out.bytes(4, new Uint8Array(200));
  const reader = new ProtobufReader(out.finish());
  assert.deepEqual(reader.tag(), { number: 1, wire: 2 });
  assert.equal(new TextDecoder().decode(reader.bytes()), "é");
  assert.deepEqual(reader.tag(), { number: 20, wire: 0 });
  assert.equal(reader.varint(), 2n ** 40n);
  assert.deepEqual(reader.tag(), { number: 3, wire: 0 });
  assert.equal(reader.varint(), 1n);
  assert.deepEqual(reader.tag(), { number: 4, wire: 2 });
  assert.equal(reader.bytes().length, 200);
  assert.ok(reader.done);
});

Deno.test("MessageWriter writes doubles as eight bytes, the least first", () => {
  const out = new MessageWriter();
  out.double(1, 0.5);
  assert.deepEqual([...out.finish()], [9, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f]);
});
