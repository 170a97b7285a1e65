import assert from "node:assert/strict";
import fc from "fast-check";
import { type Deployment, deployment } from "../apps/deployment.ts";
import { isApiError } from "../status.ts";
import { type Pod, pod } from "../core/pod.ts";
import { type Service, service } from "../core/service.ts";
import { applyStrategicMergePatch } from "./strategic_merge_patch.ts";

type Loose = Record<string, unknown>;

function patchPod(spec: Loose, patch: Loose): Loose {
  const current = { metadata: { name: "a" }, spec } as unknown as Pod;
  const before = structuredClone(current);
  const next = applyStrategicMergePatch(current, { spec: patch }, pod);
  assert.deepEqual(current, before, "the input must stay as it is");
  return next.spec as unknown as Loose;
}

const TWO = [{ name: "a", image: "1" }, { name: "b", image: "1" }];

Deno.test("applyStrategicMergePatch() merges list elements by their merge key", () => {
  assert.deepEqual(
    patchPod({ containers: TWO }, { containers: [{ name: "b", image: "2" }] }),
    { containers: [{ name: "a", image: "1" }, { name: "b", image: "2" }] },
  );
});

Deno.test("applyStrategicMergePatch() adds new elements and orders named ones as the patch has them", () => {
  assert.deepEqual(
    patchPod({ containers: TWO }, {
      containers: [{ name: "c", image: "3" }, { name: "a" }],
    }).containers,
    [
      { name: "c", image: "3" },
      { name: "a", image: "1" },
      { name: "b", image: "1" },
    ],
  );
});

Deno.test("applyStrategicMergePatch() deletes an element with $patch: delete", () => {
  assert.deepEqual(
    patchPod({ containers: TWO }, {
      containers: [{ name: "a", $patch: "delete" }],
    }).containers,
    [{ name: "b", image: "1" }],
  );
});

Deno.test("applyStrategicMergePatch() replaces a list with $patch: replace", () => {
  assert.deepEqual(
    patchPod({ containers: TWO }, {
      containers: [{ $patch: "replace" }, { name: "c", image: "3" }],
    }).containers,
    [{ name: "c", image: "3" }],
  );
});

Deno.test("applyStrategicMergePatch() replaces or empties an object with $patch", () => {
  const selector = { nodeSelector: { a: "1", b: "2" }, containers: TWO };
  assert.deepEqual(
    patchPod(selector, { nodeSelector: { $patch: "replace", c: "3" } })
      .nodeSelector,
    { c: "3" },
  );
  assert.deepEqual(
    patchPod(selector, { nodeSelector: { $patch: "delete" } }).nodeSelector,
    {},
  );
});

Deno.test("applyStrategicMergePatch() replaces lists that have no merge strategy", () => {
  assert.deepEqual(
    patchPod({ containers: [{ name: "a", command: ["x", "y"] }] }, {
      containers: [{ name: "a", command: ["z"] }],
    }).containers,
    [{ name: "a", command: ["z"] }],
  );
});

Deno.test("applyStrategicMergePatch() merges sets of scalars and deletes from them", () => {
  const current = { metadata: { finalizers: ["a", "b"] } } as Pod;
  const add = applyStrategicMergePatch(
    current,
    { metadata: { finalizers: ["b", "c"] } },
    pod,
  );
  assert.deepEqual(add.metadata.finalizers, ["a", "b", "c"]);
  const remove = applyStrategicMergePatch(
    current,
    { metadata: { "$deleteFromPrimitiveList/finalizers": ["a"] } },
    pod,
  );
  assert.deepEqual(remove.metadata.finalizers, ["b"]);
});

Deno.test("applyStrategicMergePatch() orders elements with $setElementOrder", () => {
  assert.deepEqual(
    patchPod({ containers: [...TWO, { name: "s", image: "1" }] }, {
      "$setElementOrder/containers": [{ name: "b" }, { name: "c" }, {
        name: "a",
      }],
      containers: [{ name: "c", image: "3" }],
    }).containers,
    [
      { name: "b", image: "1" },
      { name: "c", image: "3" },
      { name: "a", image: "1" },
      { name: "s", image: "1" },
    ],
  );
});

Deno.test("applyStrategicMergePatch() keeps only $retainKeys of a union", () => {
  const current = {
    spec: {
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
    },
  } as unknown as Deployment;
  const next = applyStrategicMergePatch(current, {
    spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } },
  }, deployment);
  assert.deepEqual(next.spec.strategy, { type: "Recreate" });
});

Deno.test("applyStrategicMergePatch() knows ports of a Service by port and of a container by containerPort", () => {
  const current = {
    spec: { ports: [{ port: 80, targetPort: 1 }, { port: 443 }] },
  } as unknown as Service;
  const next = applyStrategicMergePatch(current, {
    spec: { ports: [{ port: 80, targetPort: 2 }] },
  }, service);
  assert.deepEqual(next.spec.ports, [{ port: 80, targetPort: 2 }, {
    port: 443,
  }]);
});

Deno.test("applyStrategicMergePatch() deletes fields with null, also inside new elements", () => {
  assert.deepEqual(
    patchPod({ containers: TWO, nodeName: "n" }, {
      nodeName: null,
      containers: [{ name: "c", image: "3", env: null }],
    }),
    { containers: [{ name: "c", image: "3" }, ...TWO] },
  );
});

const REFUSED: readonly (readonly [string, Loose, number, RegExp])[] = [
  [
    "an element without its merge key",
    { containers: [{ image: "x" }] },
    500,
    /does not contain declared merge key: name/,
  ],
  [
    "an unknown directive",
    { nodeSelector: { $patch: "twist" } },
    500,
    /unknown patch type: twist/,
  ],
  [
    "keys outside $retainKeys",
    { nodeSelector: { $retainKeys: ["a"], b: "1" } },
    400,
    /invalid patch format of retainKeys/,
  ],
  [
    "an order that the patch contradicts",
    {
      "$setElementOrder/containers": [{ name: "a" }, { name: "b" }],
      containers: [{ name: "b" }, { name: "a" }],
    },
    500,
    /The order in patch list/,
  ],
];

for (const [what, patch, code, message] of REFUSED) {
  Deno.test(`applyStrategicMergePatch() refuses ${what}`, () => {
    assert.throws(
      () => patchPod({ containers: TWO, nodeSelector: { a: "1" } }, patch),
      (error) => {
        assert.ok(isApiError(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

const names = fc.constantFrom("a", "b", "c", "d");
const containers = fc.uniqueArray(
  fc.record({ name: names, image: names }),
  { selector: (c) => c.name, minLength: 1, maxLength: 4 },
);
const specs = fc.record({
  containers,
  nodeSelector: fc.dictionary(names, names),
}).map((spec): typeof spec => JSON.parse(JSON.stringify(spec)));

Deno.test("applyStrategicMergePatch() twice is the same as once", () => {
  fc.assert(fc.property(specs, specs, (current, patch) => {
    const once = patchPod(current, patch);
    assert.deepEqual(patchPod(once, patch), once);
  }));
});

Deno.test("applyStrategicMergePatch() of what is there changes nothing", () => {
  fc.assert(fc.property(specs, (current) => {
    assert.deepEqual(patchPod(current, current), current);
  }));
});

Deno.test("applyStrategicMergePatch() keeps elements that the patch does not name, in their order", () => {
  fc.assert(fc.property(specs, specs, (current, patch) => {
    const named = new Set<string>(patch.containers.map((c) => c.name));
    const kept = (list: unknown) =>
      (list as { name: string }[]).map((c) => c.name).filter((n) =>
        !named.has(n)
      );
    const next = patchPod(current, patch);
    assert.deepEqual(kept(next.containers), kept(current.containers));
    for (const container of patch.containers) {
      assert.ok(
        (next.containers as { name: string; image: string }[]).some((c) =>
          c.name === container.name && c.image === container.image
        ),
      );
    }
  }));
});
