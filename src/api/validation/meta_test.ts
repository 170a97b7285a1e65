import assert from "node:assert/strict";
import type { ObjectMeta } from "../meta.ts";
import {
  ANNOTATIONS_LIMIT_BYTES,
  validateMeta,
  validateMetaUpdate,
} from "./meta.ts";
import { dnsSubdomain } from "./names.ts";

const meta: ObjectMeta = {
  name: "a",
  namespace: "default",
  uid: "u",
  resourceVersion: "1",
  generation: 1,
};

function findings(more: ObjectMeta, namespaced = true): string[] {
  return validateMeta({ ...meta, ...more }, { namespaced, rule: dnsSubdomain })
    .map((e) => `${e.field}: ${e.message}`);
}

const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "1" };

const WRONG: readonly (readonly [ObjectMeta, string])[] = [
  [
    { name: "" },
    "metadata.name: Required value: name or generateName is required",
  ],
  [{ namespace: "" }, "metadata.namespace: Required value"],
  [
    { annotations: { "a b": "" } },
    'metadata.annotations: Invalid value: "a b": name part must consist of alphanumeric characters',
  ],
  [
    { annotations: { a: "x".repeat(ANNOTATIONS_LIMIT_BYTES) } },
    "metadata.annotations: Too long: may not be more than 262144 bytes",
  ],
  [
    { labels: { a: "x y" } },
    'metadata.labels: Invalid value: "x y": a valid label must be an empty string or',
  ],
  [
    { ownerReferences: [{ ...owner, uid: "" }] },
    'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
  ],
  [
    {
      ownerReferences: [
        { ...owner, controller: true },
        { ...owner, name: "q", controller: true },
      ],
    },
    "metadata.ownerReferences: Invalid value: ",
  ],
  [
    { ownerReferences: [{ ...owner, kind: "Event" }] },
    "metadata.ownerReferences: Invalid value: ",
  ],
  [
    { finalizers: ["orphan", "foregroundDeletion"] },
    'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
  ],
  [
    { finalizers: ["a b"] },
    'metadata.finalizers: Invalid value: "a b": name part must',
  ],
];

for (const [more, expected] of WRONG) {
  Deno.test(`validateMeta() says: ${expected}`, () => {
    const found = findings(more);
    assert.equal(found.length, 1);
    assert.ok(found[0]!.startsWith(expected), found[0]);
  });
}

Deno.test("validateMeta() refuses a namespace where there is none", () => {
  assert.deepEqual(findings({}, false), [
    "metadata.namespace: Forbidden: not allowed on this type",
  ]);
});

Deno.test("validateMeta() accepts annotations with keys in any case", () => {
  assert.deepEqual(findings({ annotations: { "Example.COM/Key": "x" } }), []);
});

function changes(next: ObjectMeta, previous: ObjectMeta = {}): string[] {
  return validateMetaUpdate({ ...meta, ...next }, { ...meta, ...previous })
    .map((e) => `${e.field}: ${e.message}`);
}

Deno.test("validateMetaUpdate() keeps identity", () => {
  assert.deepEqual(changes({}), []);
  assert.deepEqual(changes({ labels: { a: "b" } }), []);
  assert.deepEqual(changes({ uid: "v" }), [
    'metadata.uid: Invalid value: "v": field is immutable',
  ]);
  assert.deepEqual(changes({ name: "b" }), [
    'metadata.name: Invalid value: "b": field is immutable',
  ]);
});

Deno.test("validateMetaUpdate() needs a resourceVersion", () => {
  assert.deepEqual(changes({ resourceVersion: "" }), [
    'metadata.resourceVersion: Invalid value: "": must be specified for an update',
  ]);
});

Deno.test("validateMetaUpdate() lets finalizers go but not come once deletion has begun", () => {
  const deleted = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  assert.deepEqual(
    changes({ ...deleted, finalizers: [] }, {
      ...deleted,
      finalizers: ["example.com/a"],
    }),
    [],
  );
  assert.deepEqual(
    changes({ ...deleted, finalizers: ["example.com/b"] }, deleted),
    [
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/b"}',
    ],
  );
});

Deno.test("validateMeta() tells of some of many controllers: a finding for each would fill the memory", () => {
  const ownerReferences = Array.from({ length: 5_000 }, (_, i) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    name: `n${i}`,
    uid: `u${i}`,
    controller: true,
  }));
  const found = validateMeta({ name: "a", namespace: "b", ownerReferences }, {
    namespaced: true,
    rule: dnsSubdomain,
  });
  assert.equal(found.length, 4);
  assert.match(
    found[0]!.message,
    /references for ConfigMap\/n0 and ConfigMap\/n1$/,
  );
  assert.ok(found.every(({ message }) => message.length < 20_000));
});
