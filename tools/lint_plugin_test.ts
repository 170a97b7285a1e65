import assert from "node:assert/strict";
import { layerViolation } from "./lint/layers.ts";
import { sourcePath } from "./lint/source_path.ts";
import plugin from "./lint_plugin.ts";

/** The messages of one of our rules over a piece of source. */
function lint(rule: string, file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, `/checkout/${file}`, source)
    .filter(({ id }) => id === `wherry/${rule}`)
    .map(({ message }) => message);
}

Deno.test("wherry/layers reports an import of a layer that is not below", () => {
  for (
    const source of [
      'import { Store } from "../store/store.ts";',
      'import type { Store } from "../store/store.ts";',
      'export * from "../store/store.ts";',
      'export { Store } from "../store/store.ts";',
      'await import("../store/store.ts");',
    ]
  ) {
    assert.deepEqual(lint("layers", "src/controllers/node.ts", source), [
      '"src/controllers" may not import "src/store": it is no layer below',
    ], source);
  }
});

Deno.test("wherry/layers takes an import of a layer below, of a neighbour file and of a package", () => {
  for (
    const source of [
      'import { HostError } from "../base/host.ts";',
      'import { a } from "./neighbour.ts";',
      'import { z } from "zod";',
      "export const a = 1; export { a as b };",
    ]
  ) {
    assert.deepEqual(
      lint("layers", "src/controllers/a.ts", source),
      [],
      source,
    );
  }
});

Deno.test("layerViolation() holds the table when any two folders meet", () => {
  const allowed = [
    ["src/api/pod.ts", "src/base/host.ts"],
    ["src/apiserver/app.ts", "src/store/store.ts"],
    ["src/main.ts", "src/apiserver/app.ts"],
    ["src/simulate/fleet.ts", "src/store/store.ts"],
    ["src/store/store_test.ts", "src/api/pod.ts"],
    ["agent/container/worker.ts", "agent/runtime/select.ts"],
    ["agent/link/dial.ts", "agent/pod/manager.ts"],
    ["agent/node/register.ts", "src/client/client.ts"],
    ["agent/feed.ts", "agent/link/dial.ts"],
  ];
  for (const [from, to] of allowed) {
    assert.equal(layerViolation(from!, to!), undefined, `${from} -> ${to}`);
  }
  const refused = [
    ["src/base/host.ts", "src/api/pod.ts"],
    ["src/api/pod.ts", "src/store/store.ts"],
    ["src/store/store.ts", "src/api/pod.ts"],
    ["src/client/client.ts", "src/loop/controller.ts"],
    ["src/scheduler/queue.ts", "src/apiserver/app.ts"],
    ["src/scheduler/queue.ts", "src/controllers/node.ts"],
    ["src/apiserver/app.ts", "src/client/client.ts"],
    ["src/cli/run.ts", "src/main.ts"],
    ["agent/runtime/select.ts", "agent/container/worker.ts"],
    ["agent/pod/manager.ts", "agent/link/dial.ts"],
    ["agent/pod/manager.ts", "src/apiserver/app.ts"],
    ["agent/feed.ts", "src/store/store.ts"],
    ["agent/pod/manager.ts", "agent/main.ts"],
    ["src/loop/queue.ts", "src/testing/virtual_host.ts"],
    ["src/loop/queue.ts", "src/loop/queue_test.ts"],
  ];
  for (const [from, to] of refused) {
    assert.notEqual(layerViolation(from!, to!), undefined, `${from} -> ${to}`);
  }
});

Deno.test("sourcePath() tells the path below the repository wherever it lies", () => {
  const here = new URL("../src/base/host.ts", import.meta.url).pathname;
  assert.equal(sourcePath(here), "src/base/host.ts");
  assert.equal(sourcePath("/opt/wherry/agent/main.ts"), "agent/main.ts");
  assert.equal(sourcePath("/opt/wherry/deno.json"), undefined);
});

const AMBIENT: readonly string[] = [
  "Date.now();",
  "new Date();",
  "Date();",
  "const D = Date;",
  "Math.random();",
  "const { random } = Math;",
  "setTimeout(() => {}, 1);",
  "globalThis.setTimeout(() => {}, 1);",
  'globalThis["crypto"];',
  "performance.now();",
  "crypto.randomUUID();",
  "const { subtle } = crypto;",
  "Deno.readTextFileSync('x');",
  "Deno.env.get('x');",
  "const d = Deno;",
  "fetch('http://x');",
  "new WebSocket('ws://x');",
  "new WeakRef({});",
  "AbortSignal.timeout(1);",
  'import { readFile } from "node:fs/promises";',
  'import "node:crypto";',
];

for (const source of AMBIENT) {
  Deno.test(`wherry/ambient reports ${source}`, () => {
    assert.equal(lint("ambient", "src/loop/queue.ts", source).length, 1);
    assert.deepEqual(lint("ambient", "src/base/real/clock.ts", source), []);
    assert.deepEqual(lint("ambient", "src/loop/queue_test.ts", source), []);
  });
}

for (
  const source of [
    "new Date(5);",
    "Math.floor(1.5);",
    "function f(crypto) { crypto.sha256(''); }",
    "const { crypto, disk } = host; crypto.sha256('');",
    "class Conn implements Deno.Conn {}",
    "let conn: Deno.Conn;",
    'import { join } from "node:path";',
    'import type { Socket } from "node:net";',
    "host.clock.now();",
    "const map = { fetch: 1 }; map.fetch;",
  ]
) {
  Deno.test(`wherry/ambient takes ${source}`, () => {
    assert.deepEqual(lint("ambient", "src/loop/queue.ts", source), []);
  });
}

Deno.test("wherry/file-size reports a file of 601 lines, and no generated one", () => {
  const lines = (count: number) => "export {};\n".repeat(count);
  assert.deepEqual(lint("file-size", "src/a.ts", lines(601)), [
    "File has 601 lines, at most 600 are allowed",
  ]);
  assert.deepEqual(lint("file-size", "src/a.ts", lines(600)), []);
  assert.deepEqual(lint("file-size", "src/api_pb.ts", lines(601)), []);
});

Deno.test("wherry/error-message reports a message in lower case or with a full stop", () => {
  for (
    const source of [
      'throw new Error("could not do it");',
      'throw new Error("Could not do it.");',
      "throw new RangeError(`could not use ${x}`);",
      'throw new HostError("invalid", `Cannot do "${x}".`);',
    ]
  ) {
    assert.equal(lint("error-message", "src/a.ts", source).length, 1, source);
    assert.deepEqual(lint("error-message", "src/a_test.ts", source), []);
  }
});

Deno.test("wherry/error-message takes messages as we write them", () => {
  for (
    const source of [
      'throw new Error("Cannot do it: no such file");',
      "throw new Error(`${what}: gone`);",
      'throw new Error("Waiting for more...");',
      'throw new HostError("invalid", "Cannot do it");',
      "throw new Error(text);",
      "throw new Error();",
      'throw new OtherError("whatever.");',
    ]
  ) {
    assert.deepEqual(lint("error-message", "src/a.ts", source), [], source);
  }
});

Deno.test("wherry/module-state reports variables and empty collections at the top of a module", () => {
  for (
    const source of [
      "let count = 0;",
      "export let count = 0;",
      "var count = 0;",
      "const seen = new Set();",
      "export const cache: Map<string, string> = new Map();",
    ]
  ) {
    assert.deepEqual(
      lint("module-state", "src/a.ts", source),
      ["Modules must not hold state"],
      source,
    );
    assert.deepEqual(lint("module-state", "src/a_test.ts", source), []);
  }
});

Deno.test("wherry/module-state takes constants, and state that something made holds", () => {
  for (
    const source of [
      "const LIMIT = 5;",
      'const NAMES = new Set(["a"]);',
      "function f() { let count = 0; return () => count++; }",
      "class Cache { readonly #seen = new Map(); }",
    ]
  ) {
    assert.deepEqual(lint("module-state", "src/a.ts", source), [], source);
  }
});

Deno.test("deno lint runs our rules over the repository", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/src/base`, { recursive: true });
    await Deno.writeTextFile(
      `${folder}/src/base/planted.ts`,
      'import "../store/store.ts";\nexport const now = Date.now();\n',
    );
    const config = JSON.parse(
      await Deno.readTextFile(new URL("../deno.json", import.meta.url)),
    );
    const plugins: string[] = config.lint.plugins.map((path: string) =>
      new URL(`../${path}`, import.meta.url).href
    );
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ lint: { ...config.lint, plugins } }),
    );
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["lint", "--config", "deno.json", "src"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stderr);
    assert.equal(code, 1, text);
    assert.match(text, /wherry\/layers/);
    assert.match(text, /wherry\/ambient/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
