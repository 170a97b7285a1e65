import assert from "node:assert/strict";
import fc from "fast-check";
import { isApiError } from "../status.ts";
import {
  applyJsonPatch,
  MAX_OPERATIONS,
  unknownOperationFields,
} from "./json_patch.ts";

function refused(patch: unknown, code: number, current: unknown = {}): string {
  let message = "";
  assert.throws(() => applyJsonPatch(current, patch), (error) => {
    assert.ok(isApiError(error));
    assert.equal(error.code, code);
    message = error.message;
    return true;
  });
  return message;
}

Deno.test("applyJsonPatch() applies all operations and leaves its input alone", () => {
  const current = { a: 1, list: [1, 2], b: { c: 1 } };
  const before = structuredClone(current);
  const next = applyJsonPatch<unknown>(current, [
    { op: "test", path: "/a", value: 1 },
    { op: "add", path: "/list/-", value: 3 },
    { op: "replace", path: "/b/c", value: 2 },
    { op: "copy", from: "/b", path: "/d" },
    { op: "move", from: "/a", path: "/e" },
    { op: "remove", path: "/list/0" },
  ]);
  assert.deepEqual(next, { list: [2, 3], b: { c: 2 }, d: { c: 2 }, e: 1 });
  assert.deepEqual(current, before);
});

Deno.test("applyJsonPatch() answers 422 when a test fails or a path is not there", () => {
  const expected =
    "the server rejected our request due to an error in our request";
  assert.equal(
    refused([{ op: "test", path: "/a", value: 2 }], 422, { a: 1 }),
    expected,
  );
  assert.equal(refused([{ op: "remove", path: "/nope" }], 422), expected);
  assert.equal(
    refused([{ op: "add", path: "/a/5", value: 1 }], 422, { a: [] }),
    expected,
  );
  assert.equal(refused([{ op: "twist", path: "/a" }], 422), expected);
});

Deno.test("applyJsonPatch() answers 400 when the patch is no list of objects", () => {
  assert.match(refused({ a: 1 }, 400), /cannot unmarshal object/);
  assert.match(refused(["x"], 400), /cannot unmarshal string/);
});

Deno.test("applyJsonPatch() answers 413 to more than 10,000 operations", () => {
  const patch = Array.from({ length: MAX_OPERATIONS + 1 }, () => ({
    op: "test",
    path: "/a",
    value: 1,
  }));
  assert.equal(
    refused(patch, 413, { a: 1 }),
    "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
  );
  assert.deepEqual(applyJsonPatch({ a: 1 }, patch.slice(1)), { a: 1 });
});

Deno.test("applyJsonPatch() refuses copies that double the object again and again", () => {
  const patch = Array.from({ length: 40 }, (_, i) => ({
    op: "copy",
    from: "",
    path: `/c${i}`,
  }));
  refused(patch, 422, { a: "x".repeat(1000) });
});

Deno.test("applyJsonPatch() cannot reach prototypes", () => {
  refused([{ op: "add", path: "/__proto__/polluted", value: 1 }], 422);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

Deno.test("applyJsonPatch() replaces the whole by an object or a list, and does nothing else to it", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
    const patch = [{ op: "replace", path: "", value: after }];
    if (typeof after !== "object" || after === null) {
      refused(patch, 422, before);
    } else {
      const json = JSON.parse(JSON.stringify(after));
      assert.deepEqual(applyJsonPatch<unknown>(before, patch), json);
    }
  }));
  refused([{ op: "add", path: "", value: {} }], 422);
  refused([{ op: "remove", path: "" }], 422);
  refused([{ op: "copy", from: "", path: "/a" }], 422);
});

Deno.test("applyJsonPatch() takes kube-apiserver's liberties", () => {
  const cases: [unknown, unknown, unknown][] = [
    [{}, { op: "replace", path: "/a", value: 1 }, { a: 1 }],
    [{ a: [1, 2] }, { op: "remove", path: "/a/-1" }, { a: [1] }],
    [{ a: [1] }, { op: "add", path: "/a/-1", value: 2 }, { a: [1, 2] }],
    [{ a: [1] }, { op: "test", path: "/a/+0", value: 1 }, { a: [1] }],
    [{}, { op: "test", path: "/a" }, {}],
    [{}, { op: "copy", from: "/a", path: "/b" }, { b: null }],
  ];
  for (const [current, operation, expected] of cases) {
    assert.deepEqual(applyJsonPatch(current, [operation]), expected);
  }
  refused([{ op: "replace", path: "/a/0", value: 1 }], 422, { a: [] });
  refused([{ op: "move", from: "/a", path: "/b" }], 422);
});

Deno.test("unknownOperationFields() names fields that no operation has", () => {
  assert.deepEqual(
    unknownOperationFields([{ op: "remove", path: "/a", x: 1 }]),
    [
      'unknown field "[0].x"',
    ],
  );
});

Deno.test("applyJsonPatch() looks at no more than it copies or moves when a patch has many steps", () => {
  // Each step once cloned the whole document: this took minutes.
  const steps = 10_000;
  const data: Record<string, string> = {};
  for (let i = 0; i < steps; i++) data[`a${i}`] = String(i);
  for (const op of ["copy", "move"]) {
    const patch = Array.from({ length: steps }, (_, i) => ({
      op,
      from: `/data/a${i}`,
      path: `/data/b${i}`,
    }));
    const next = applyJsonPatch({ data }, patch);
    assert.equal(next.data[`b${steps - 1}`], String(steps - 1));
    assert.equal("a0" in next.data, op === "copy");
  }
});

Deno.test("applyJsonPatch() copies a value, so that later steps change one of the two", () => {
  const next = applyJsonPatch({ a: { x: 1 }, list: [1, 2, 3] } as object, [
    { op: "copy", from: "/a", path: "/b" },
    { op: "replace", path: "/b/x", value: 2 },
    { op: "move", from: "/list/0", path: "/list/2" },
    { op: "move", from: "/a", path: "/a" },
  ]);
  assert.deepEqual(next, { a: { x: 1 }, b: { x: 2 }, list: [2, 3, 1] });
});
