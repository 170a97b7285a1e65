import assert from "node:assert/strict";
import fc from "fast-check";
import { wasmProduct } from "./product.ts";
import { isWasm, readWasm, WasmError } from "./wasm_file.ts";

const text = (name: string) => {
  const bytes = new TextEncoder().encode(name);
  return [bytes.length, ...bytes];
};
const section = (id: number, ...content: number[]) => [
  id,
  content.length,
  ...content,
];
const MODULE = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const COMPONENT = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0];

/** A module that imports one of each kind and exports its function. */
const SOME_MODULE = new Uint8Array([
  ...MODULE,
  ...section(
    2,
    ...[5],
    ...[...text("a"), ...text("f"), 0x00, 0x00],
    ...[...text("a"), ...text("t"), 0x01, 0x70, 0x01, 0x01, 0x02],
    ...[...text("b"), ...text("m"), 0x02, 0x00, 0x01],
    ...[...text("b"), ...text("g"), 0x03, 0x7f, 0x00],
    ...[...text("c"), ...text("e"), 0x04, 0x00, 0x00],
  ),
  ...section(7, 1, ...text("_start"), 0x00, 0x00),
]);

/** A component with two imported instances that exports an instance. */
const SOME_COMPONENT = new Uint8Array([
  ...COMPONENT,
  ...section(
    10,
    ...[2],
    ...[0x00, ...text("wasi:io/poll@0.2.0"), 0x05, 0x00],
    ...[0x00, ...text("my-type"), 0x03, 0x01],
  ),
  ...section(
    11,
    ...[1],
    ...[0x00, ...text("wasi:http/incoming-handler@0.2.0"), 0x05, 0x01, 0x00],
  ),
]);

Deno.test("readWasm() tells a module's imports and exports", () => {
  assert.deepEqual(readWasm(SOME_MODULE), {
    isComponent: false,
    imports: ["a", "b", "c"],
    exports: ["_start"],
  });
});

Deno.test("readWasm() tells a component's interfaces", () => {
  assert.deepEqual(readWasm(SOME_COMPONENT), {
    isComponent: true,
    imports: ["wasi:io/poll@0.2.0", "my-type"],
    exports: ["wasi:http/incoming-handler@0.2.0"],
  });
});

Deno.test("readWasm() throws nothing but its own error, whatever the bytes", () => {
  fc.assert(fc.property(
    fc.constantFrom(MODULE, COMPONENT),
    fc.uint8Array({ maxLength: 60 }),
    (head, rest) => {
      const content = new Uint8Array([...head, ...rest]);
      assert.equal(isWasm(content), true);
      try {
        readWasm(content);
      } catch (error) {
        assert.ok(error instanceof WasmError, String(error));
      }
    },
  ));
});

Deno.test("readWasm() says that what is cut is cut", () => {
  for (let length = 9; length < SOME_COMPONENT.length; length++) {
    const cut = SOME_COMPONENT.subarray(0, length);
    try {
      // Between two sections nobody can tell.
      assert.equal(readWasm(cut).isComponent, true);
    } catch (error) {
      assert.equal((error as Error).message, "It is cut short");
    }
  }
});

Deno.test("wasmProduct() says how a file is run, or why it cannot be", () => {
  const product = (content: Uint8Array<ArrayBuffer>) =>
    wasmProduct(content, "/x/app.wasm");
  assert.equal(product(SOME_MODULE).entry, "run");
  assert.equal(product(SOME_COMPONENT).entry, "serve");
  const none = new Uint8Array([
    ...COMPONENT,
    ...section(11, 1, 0x00, ...text("my:own/api"), 0x05, 0x00, 0x00),
  ]);
  assert.throws(() => product(none), {
    message: /exports neither .* nor .*, only "my:own\/api"$/,
  });
  assert.throws(() => product(new TextEncoder().encode("(module)")), {
    message:
      'cannot use "app.wasm": it is not WebAssembly: it looks like text, whose name ends in .wat',
  });
  assert.throws(() => product(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])), {
    message: 'cannot use "app.wasm": it is not WebAssembly',
  });
});
