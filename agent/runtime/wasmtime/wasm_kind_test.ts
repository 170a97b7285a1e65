import assert from "node:assert/strict";
import { wasmKind } from "./wasm_kind.ts";

const text = (source: string) => wasmKind(new TextEncoder().encode(source));

/** A component's preamble and one section of exports that holds a name. */
function component(name: string): Uint8Array {
  const exported = [
    1,
    0x00,
    name.length,
    ...new TextEncoder().encode(name),
    5,
    0,
    0,
  ];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00],
    ...[0x00, 4, 3, 0x61, 0x62, 0x63], // a custom section
    ...[11, exported.length, ...exported],
  ]);
}

const SERVE = { kind: "serve", isComponent: true };
const RUN = { kind: "run", isComponent: true };
const MODULE = { kind: "run", isComponent: false };

Deno.test("wasmKind() tells services, programs and modules apart when the file is binary", () => {
  assert.deepEqual(
    wasmKind(component("wasi:http/incoming-handler@0.2.0")),
    SERVE,
  );
  assert.deepEqual(
    wasmKind(component("wasi:http/incoming-handler@0.2.12")),
    SERVE,
  );
  assert.deepEqual(wasmKind(component("wasi:cli/run@0.2.3")), RUN);
  const module = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  assert.deepEqual(wasmKind(module), MODULE);
});

Deno.test("wasmKind() tells them apart when the file is text", () => {
  assert.deepEqual(
    text(
      `;; (module)\n(; (module) ;)\n( component (export "wasi:http/incoming-handler@0.2.0" (instance $h)))`,
    ),
    SERVE,
  );
  assert.deepEqual(
    text(`(component (export "wasi:cli/run@0.2.0" (instance $h)))`),
    RUN,
  );
  assert.deepEqual(text(`(module (func (export "_start")))`), MODULE);
  assert.deepEqual(text(`(func (export "_start"))`), MODULE);
});

for (
  const [what, look, problem] of [
    ["another program", text("#!/bin/sh\necho hi\n"), "it is not WebAssembly"],
    ["an empty file", text(""), "it is not WebAssembly"],
    [
      "no text either",
      wasmKind(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe])),
      "it is neither binary nor text WebAssembly",
    ],
    [
      "of a later version",
      wasmKind(new Uint8Array([0x00, 0x61, 0x73, 0x6d, 2, 0, 0, 0])),
      "it is of an unknown WebAssembly version",
    ],
    [
      "cut short",
      wasmKind(component("wasi:cli/run@0.2.3").slice(0, -4)),
      "it is cut short",
    ],
    [
      "a component that nobody can run",
      wasmKind(component("my:own/interface@1.0.0")),
      'it is a component that exports neither "wasi:http/incoming-handler" nor "wasi:cli/run" of WASI 0.2',
    ],
    [
      "a component whose only mention of a command is a comment",
      text(`(component ;; (export "wasi:cli/run@0.2.0")\n)`),
      'it is a component that exports neither "wasi:http/incoming-handler" nor "wasi:cli/run" of WASI 0.2',
    ],
  ] as const
) {
  Deno.test(`wasmKind() tells the problem when the file is ${what}`, () => {
    assert.deepEqual(look, { problem });
  });
}
