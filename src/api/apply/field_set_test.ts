import assert from "node:assert/strict";
import fc from "fast-check";
import { deployments } from "../apps/deployment.ts";
import { configurations } from "./arbitraries.ts";
import {
  difference,
  type FieldSet,
  hasPath,
  intersection,
  isEmptySet,
  pathsOf,
  sameSet,
  SELF,
  setOf,
  union,
  without,
} from "./field_set.ts";
import { allFieldsOf, fieldsOf } from "./fields_of.ts";
import { pathText, readFieldSet } from "./path_element.ts";

const { shape } = deployments.schema;

const sets: fc.Arbitrary<FieldSet> = fc.tuple(configurations, fc.boolean())
  .map(([object, all]) => {
    if (!all) return fieldsOf(object, shape);
    // The root is in no set.
    const { [SELF]: _, ...set } = allFieldsOf(object, shape);
    return set;
  });

function paths(set: FieldSet): Set<string> {
  return new Set(pathsOf(set).map((path) => path.join(" ")));
}

Deno.test("union(), intersection() and difference() are those of the sets' paths", () => {
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      const [inA, inB] = [paths(a), paths(b)];
      assert.deepEqual(paths(union(a, b)), inA.union(inB));
      assert.deepEqual(paths(intersection(a, b)), inA.intersection(inB));
      assert.deepEqual(paths(difference(a, b)), inA.difference(inB));
      assert(isEmptySet(difference(a, a)));
      assert(sameSet(union(difference(a, b), intersection(a, b)), a));
    }),
  );
});

Deno.test("without() also drops what is below", () => {
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      const inB = [...paths(b)];
      const left = [...paths(a)].filter((path) =>
        !inB.some((other) => path === other || path.startsWith(`${other} `))
      );
      assert.deepEqual(paths(without(a, b)), new Set(left));
    }),
  );
});

Deno.test("setOf() and pathsOf() undo each other", () => {
  fc.assert(
    fc.property(sets, (set) => {
      const all = pathsOf(set);
      assert(sameSet(setOf(all), set));
      for (const path of all) assert(hasPath(set, path));
    }),
  );
});

Deno.test("readFieldSet() reads what we write", () => {
  fc.assert(
    fc.property(sets, (set) => {
      assert.deepEqual(readFieldSet(JSON.parse(JSON.stringify(set))), set);
    }),
  );
});

Deno.test("readFieldSet() puts keys in order, leaves out elements of types to come, and refuses what is none", () => {
  assert.deepEqual(
    readFieldSet({
      'k:{"b":1, "a":"x"}': {},
      "f:a": { "x:later": {}, ".": {} },
    }),
    { 'k:{"a":"x","b":1}': {}, "f:a": { ".": {} } },
  );
  for (
    const wrong of [[], null, { f: {} }, { "k:1": {} }, { "f:a": 1 }, {
      "i:x": {},
    }]
  ) {
    assert.equal(readFieldSet(wrong), undefined);
  }
});

Deno.test("pathText() writes paths as kube-apiserver does", () => {
  assert.equal(
    pathText([
      "f:spec",
      'k:{"containerPort":80,"protocol":"TCP"}',
      'v:"a/b"',
      "f:x",
      "i:0",
    ]),
    '.spec[containerPort=80,protocol="TCP"][="a/b"].x[0]',
  );
});
