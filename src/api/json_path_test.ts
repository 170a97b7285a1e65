import assert from "node:assert/strict";
import { findAll, JsonPathError, parseJsonPath } from "./json_path.ts";

const OBJECT = {
  metadata: {
    name: "a",
    annotations: { "example.org/colour": "blue" },
  },
  spec: { replicas: 3, ports: [{ name: "http", port: 80 }, { port: 81 }] },
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Synced", status: "False" },
    ],
  },
};

const CASES: [string, unknown[]][] = [
  [".spec.replicas", [3]],
  [".spec.missing", []],
  ["{.metadata.name}", ["a"]],
  [".metadata.annotations.example\\.org/colour", ["blue"]],
  [".metadata.annotations['example\\.org/colour']", ["blue"]],
  ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
  [".status.conditions[?(@.type!='Ready')].status", ["False"]],
  [".spec.ports[?(@.name)].port", [80]],
  [".spec.ports[?(@.port>80)].port", [81]],
  [".spec.ports[*].port", [80, 81]],
  [".spec.ports[0].port", [80]],
  [".spec.ports[-1].port", [81]],
  [".spec.ports[0:1].port", [80]],
  [".spec.ports[5].port", []],
  ["..port", [80, 81]],
  [".spec['replicas']", [3]],
  [".", [OBJECT]],
];

for (const [path, wanted] of CASES) {
  Deno.test(`findAll() finds what is at ${path}`, () => {
    assert.deepEqual(findAll(OBJECT, parseJsonPath(path)), wanted);
  });
}

Deno.test("parseJsonPath() refuses what is no path", () => {
  for (const path of [".spec[", ".spec[a]", ".spec[?(@.a==b)]"]) {
    assert.throws(() => parseJsonPath(path), JsonPathError, path);
  }
});

Deno.test("findAll() gives up a path that leads to too many values", () => {
  let root: unknown = { a: 1 };
  for (let i = 0; i < 60; i++) root = { n: root, b: [1, 2, 3] };
  // Without an end this would be millions.
  assert.deepEqual(findAll(root, parseJsonPath("$..*..*..*..*..a")), []);
  assert.deepEqual(findAll(root, parseJsonPath("$..a")), [1]);
});
