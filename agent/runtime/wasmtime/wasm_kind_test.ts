import assert from "node:assert/strict";
import { wasmKind } from "./wasm_kind.ts";

const bytes = (content: Uint8Array) =>
  wasmKind({
    sizeBytes: content.length,
    read: (offset, length) =>
      Promise.resolve(content.subarray(offset, offset + length)),
  });

const text = (source: string) => bytes(new TextEncoder().encode(source));

const PREAMBLE = [0x00, 0x61, 0x73, 0x6d];

/** A length and a name. */
function name(text: string): number[] {
  return [text.length, ...new TextEncoder().encode(text)];
}

function section(id: number, content: number[]): number[] {
  return [id, (content.length & 0x7f) | 0x80, content.length >> 7, ...content];
}

/** A component with these imports and exports of instances, the export after a custom section. */
function component(exported: string, ...imported: string[]): Uint8Array {
  return new Uint8Array([
    ...[...PREAMBLE, 0x0d, 0x00, 0x01, 0x00],
    ...[0x00, 4, 3, 0x61, 0x62, 0x63], // a custom section
    ...section(10, [
      imported.length,
      ...imported.flatMap((one) => [0x00, ...name(one), 5, 0]),
    ]),
    ...section(11, [1, 0x00, ...name(exported), 5, 0, 0]),
  ]);
}

/** A module with these imports of functions and these exports; a memory and a global of the host come before and after. */
function module(exported: string[], imported: [string, string][] = []) {
  return new Uint8Array([
    ...[...PREAMBLE, 1, 0, 0, 0],
    ...section(2, [
      imported.length,
      ...imported.flatMap(([from, what], i) => [
        ...name(from),
        ...name(what),
        // a function, a memory with limits, a global, a table of references
        ...[[0, 0], [2, 1, 1, 0x80, 0x01], [3, 0x7f, 0], [1, 0x63, 0, 0, 1]][
          i % 4
        ]!,
      ]),
    ]),
    ...section(7, [
      exported.length,
      ...exported.flatMap((one) => [...name(one), 0, 0]),
    ]),
  ]);
}

const SERVE = { kind: "serve", isComponent: true };
const RUN = { kind: "run", isComponent: true };
const MODULE = { kind: "run", isComponent: false };

Deno.test("wasmKind() tells services, programs and modules apart when the file is binary", async () => {
  for (
    const entry of [
      "wasi:http/incoming-handler@0.2.0",
      "wasi:http/incoming-handler@0.2.12",
      "wasi:http/handler@0.3.0",
    ]
  ) assert.deepEqual(await bytes(component(entry)), SERVE);
  for (const entry of ["wasi:cli/run@0.2.3", "wasi:cli/run@0.3.0"]) {
    assert.deepEqual(await bytes(component(entry)), RUN);
  }
  assert.deepEqual(
    await bytes(
      module(["memory", "_start"], [["wasi_snapshot_preview1", "fd_write"]]),
    ),
    MODULE,
  );
});

Deno.test("wasmKind() tells what a component wants of the engine", async () => {
  assert.deepEqual(
    await bytes(
      component(
        "wasi:cli/run@0.2.3",
        "wasi:cli/stdout@0.2.99",
        "wasi:sockets/types@0.3.0",
        "wasi:config/store@0.2.0-rc.1",
        "wasi:http/outgoing-handler@0.2.0",
      ),
    ),
    { ...RUN, wantsConfig: true, sendsRequests: true },
  );
});

Deno.test("wasmKind() tells them apart when the file is text", async () => {
  assert.deepEqual(
    await text(
      `;; (module)\n(; (module) (; of two ;) ;)\n( component (core module (import "env" "x" (func)))
        (instance $h (export "wasi:cli/run@0.2.0" (func 0)))
        (export "wasi:http/incoming-handler@0.2.0" (instance $h)))`,
    ),
    SERVE,
  );
  assert.deepEqual(
    await text(`(component (export "wasi:cli/run@0.2.0" (instance $h)))`),
    RUN,
  );
  assert.deepEqual(await text(`(module (func (export "_start")))`), MODULE);
  assert.deepEqual(
    await text(`(module $named (func $f) (export "\\5fstart" (func $f)))`),
    MODULE,
  );
  assert.deepEqual(await text(`(func (export "_start"))`), MODULE);
});

Deno.test("wasmKind() takes no longer than the text is when it is made to take long", async () => {
  for (const hostile of ["(;", '(func "\\"', "(", '"']) {
    const look = await text("(module " + hostile.repeat(1_000_000));
    assert.ok("problem" in look);
  }
});

Deno.test("wasmKind() takes texts with long strings and deep nesting", async () => {
  for (const piece of ["a", "\\00", '\\"', "\\\\"]) {
    const data = piece.repeat(8_000_000 / piece.length);
    assert.deepEqual(
      await text(`(module (data "${data}") (func (export "_start")))`),
      MODULE,
    );
  }
  const depth = 500_000;
  const nested = "(block ".repeat(depth) + ")".repeat(depth);
  assert.deepEqual(
    await text(`(module (func ${nested}) (func (export "_start") ${nested}))`),
    MODULE,
  );
});

Deno.test("wasmKind() reads no more names than fit into memory", async () => {
  const leb = (value: number) =>
    [0, 7, 14].map((shift) => value >> shift & 0x7f | (shift < 14 ? 0x80 : 0));
  /** Imports of functions without names, 4 bytes each. */
  const imports = (count: number) => [
    ...[2, ...leb(3 + 4 * count), ...leb(count)],
    ...Array(4 * count).fill(0),
  ];
  const look = (...sections: number[][]) =>
    bytes(new Uint8Array([...PREAMBLE, 1, 0, 0, 0, ...sections.flat()]));
  const many = await look(imports(500_000));
  assert.ok("problem" in many && /no WASI engine has/.test(many.problem));
  const once = imports(400_000);
  assert.deepEqual(await look(once, once, once), {
    problem: "its list of imports or exports is too long",
  });
});

Deno.test("wasmKind() says of a text that is too long what to do, and of nothing else", async () => {
  const long = async (beginning: string) =>
    await wasmKind({
      sizeBytes: 33 * 1024 * 1024,
      read: (offset, length) => {
        assert.ok(offset + length <= 1024 * 1024, "only the beginning is read");
        const text = beginning.padEnd(offset + length);
        return Promise.resolve(new TextEncoder().encode(text).slice(offset));
      },
    });
  const advice = {
    problem:
      "it is a WebAssembly text of more than 32 MiB: make a binary of it (wasm-tools parse, wat2wasm)",
  };
  for (
    const beginning of [
      `(module (func (export "_start")) (data "`,
      `\n;; made by a tool\n(; of (; mine ;) ;) (component`,
      "(func",
      "(; " + "x".repeat(100_000),
    ]
  ) assert.deepEqual(await long(beginning), advice);
  for (const other of ["#!/bin/sh", "(defun f ()", "", ") (module"]) {
    assert.deepEqual(await long(other), { problem: "it is not WebAssembly" });
  }
});

for (
  const [what, look, problem] of [
    ["another program", text("#!/bin/sh\necho hi\n"), "it is not WebAssembly"],
    ["an empty file", text(""), "it is not WebAssembly"],
    [
      "no text either",
      bytes(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe])),
      "it is neither binary nor text WebAssembly",
    ],
    ["only a beginning", bytes(new Uint8Array(PREAMBLE)), "it is cut short"],
    [
      "of a later version",
      bytes(new Uint8Array([...PREAMBLE, 2, 0, 0, 0])),
      "it is of an unknown WebAssembly version",
    ],
    [
      "cut short",
      bytes(component("wasi:cli/run@0.2.3").slice(0, -4)),
      "it is cut short",
    ],
    [
      "nothing but empty sections",
      bytes(
        new Uint8Array([...PREAMBLE, 1, 0, 0, 0, ...Array(60_000).fill(0)]),
      ),
      "it has too many sections",
    ],
    [
      "a component that nobody can run",
      bytes(component("my:own/interface@1.0.0")),
      'it is a component that exports neither "wasi:http/incoming-handler" nor "wasi:http/handler" nor "wasi:cli/run", but "my:own/interface@1.0.0"',
    ],
    [
      "a component whose only mention of a command is a comment",
      text(`(component ;; (export "wasi:cli/run@0.2.0")\n)`),
      'it is a component that exports neither "wasi:http/incoming-handler" nor "wasi:http/handler" nor "wasi:cli/run"',
    ],
    [
      "a component of a draft of WASI",
      bytes(component("wasi:http/handler@0.3.0-rc-2025-09-16")),
      'it is a component that exports "wasi:http/handler@0.3.0-rc-2025-09-16", a version that the engine has not; it has 0.2 and 0.3.0 and what is compatible with them',
    ],
    [
      "a component that needs what the engine has not",
      bytes(
        component(
          "wasi:cli/run@0.2.3",
          "wasi:cli/stdout@0.2.0",
          "wasi:nn/graph@0.2.0-rc-2024-10-28",
          "acme:bank/vault",
        ),
      ),
      'it needs interfaces that the engine has not: "wasi:nn/graph@0.2.0-rc-2024-10-28", "acme:bank/vault"',
    ],
    [
      "a module for JavaScript",
      bytes(
        module(["_start"], [
          ["env", "emscripten_resize_heap"],
          ["env", "memory"],
          ["env", "base"],
          ["env", "table"],
          ["wasi_snapshot_preview1", "fd_write"],
          ["env", "x"],
        ]),
      ),
      'it imports "env.emscripten_resize_heap", "env.memory", "env.base", "env.table" and 1 more, which no WASI engine has: it was built for emscripten, for JavaScript; build it for wasm32-wasip1 or wasm32-wasip2',
    ],
    [
      "a library",
      bytes(module(["memory", "_initialize"])),
      'it is a library (a WASI reactor): it exports "_initialize" and no "_start"',
    ],
    [
      "no program",
      text("(module (memory 1))"),
      'it is no program: it exports no "_start"',
    ],
  ] as const
) {
  Deno.test(`wasmKind() tells the problem when the file is ${what}`, async () => {
    assert.deepEqual(await look, { problem });
  });
}
