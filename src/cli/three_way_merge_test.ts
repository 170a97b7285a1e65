import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { mergePatch, threeWayMerge } from "./three_way_merge.ts";

Deno.test("threeWayMerge() removes what the file no longer names and keeps what others set", () => {
  const result = threeWayMerge({
    last: { spec: { a: 1, b: 2 } },
    file: { spec: { a: 5 } },
    live: { spec: { a: 1, b: 2, c: 3 }, status: { x: 1 } },
  });
  deepStrictEqual(result, { spec: { a: 5, c: 3 }, status: { x: 1 } });
});

Deno.test("threeWayMerge() merges containers by name and keeps defaulted fields", () => {
  const result = threeWayMerge({
    last: { containers: [{ name: "a", image: "x:1" }, { name: "gone" }] },
    file: { containers: [{ name: "a", image: "x:2" }] },
    live: {
      containers: [
        { name: "a", image: "x:1", imagePullPolicy: "Always" },
        { name: "gone" },
        { name: "sidecar" },
      ],
    },
  });
  deepStrictEqual(result, {
    containers: [
      { name: "a", image: "x:2", imagePullPolicy: "Always" },
      { name: "sidecar" },
    ],
  });
});

Deno.test("threeWayMerge() keeps an allocated node port of the same service port", () => {
  const result = threeWayMerge({
    last: undefined,
    file: { ports: [{ port: 80, targetPort: 8081 }] },
    live: {
      ports: [{ port: 80, targetPort: 8080, nodePort: 30001, protocol: "TCP" }],
    },
  });
  deepStrictEqual(result, {
    ports: [{ port: 80, targetPort: 8081, nodePort: 30001, protocol: "TCP" }],
  });
});

Deno.test("threeWayMerge() replaces lists without a merge key", () => {
  deepStrictEqual(
    threeWayMerge({
      last: { args: ["a", "b"] },
      file: { args: ["c"] },
      live: { args: ["a", "b"] },
    }),
    { args: ["c"] },
  );
});

Deno.test("threeWayMerge() treats finalizers as a set", () => {
  deepStrictEqual(
    threeWayMerge({
      last: { finalizers: ["mine", "old"] },
      file: { finalizers: ["mine"] },
      live: { finalizers: ["mine", "old", "theirs"] },
    }),
    { finalizers: ["mine", "theirs"] },
  );
});

Deno.test("mergePatch() names only what differs, with null for what goes", () => {
  deepStrictEqual(
    mergePatch({ a: 1, b: { c: 1, d: 2 }, e: [1] }, {
      a: 1,
      b: { c: 2 },
      e: [1, 2],
    }),
    { b: { d: null, c: 2 }, e: [1, 2] },
  );
  strictEqual(mergePatch({ a: { b: [1] } }, { a: { b: [1] } }), undefined);
});
