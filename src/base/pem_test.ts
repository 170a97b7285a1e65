import assert from "node:assert/strict";
import fc from "fast-check";
import { decodePem, decodePemBlock, encodePem } from "./pem.ts";

Deno.test("decodePem() gives back what encodePem() wrote", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (all) => {
      const text = all.map((bytes) => encodePem({ label: "X 1", bytes }))
        .join("some text\n");
      assert.deepEqual(
        decodePem(text),
        all.map((bytes) => ({ label: "X 1", bytes: new Uint8Array(bytes) })),
      );
    }),
  );
});

Deno.test("encodePem() breaks lines at 64 characters", () => {
  const lines = encodePem({ label: "KEY", bytes: new Uint8Array(100) })
    .split("\n");
  assert.deepEqual(lines.map((line) => line.length), [19, 64, 64, 8, 17, 0]);
});

Deno.test("decodePem() takes Windows' line ends", () => {
  const text = encodePem({ label: "KEY", bytes: new Uint8Array(100) })
    .replaceAll("\n", "\r\n");
  assert.equal(decodePem(text)[0]?.bytes.length, 100);
});

Deno.test("decodePemBlock() throws when there is none of that label", () => {
  const text = encodePem({ label: "CERTIFICATE", bytes: new Uint8Array(3) });
  assert.deepEqual(decodePemBlock(text, "CERTIFICATE"), new Uint8Array(3));
  assert.throws(
    () => decodePemBlock(text, "PRIVATE KEY"),
    /Cannot read PEM: no "PRIVATE KEY" block/,
  );
});
