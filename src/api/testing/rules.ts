/**
 * Holds the rules of kinds against what Kubernetes' own validation (v1.36) says of the same objects.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { AnyKind } from "../registry.ts";

/** An object, and what is wrong with it. */
export interface RuleCase {
  readonly kind: AnyKind;
  /** The object without `apiVersion`, `kind` and what `metadata` has at least. */
  readonly object: Record<string, unknown>;
  /** The object before, for the rules of changes. */
  readonly previous?: Record<string, unknown>;
  /** The findings: `reason|field: message`, in any order. */
  readonly errors: readonly string[];
}

function decoded(kind: AnyKind, body: Record<string, unknown>) {
  const { object, typeError } = kind.schema.decode({
    ...body,
    metadata: {
      // A review has no name.
      ...(kind.verbs.includes("get") ? { name: "a" } : {}),
      ...(kind.namespaced ? { namespace: "default" } : {}),
      ...(body["metadata"] as object | undefined),
    },
  });
  assert.equal(typeError, undefined);
  kind.setDefaults(object);
  return object;
}

/** Makes a test of each case. */
export function testRules(cases: readonly RuleCase[]): void {
  cases.forEach(({ kind, object, previous, errors }, i) => {
    const rule = previous === undefined ? "validate" : "validateUpdate";
    const what = errors.length === 0 ? "nothing" : errors.length;
    Deno.test(`${kind.plural}.${rule}() finds ${what} when Kubernetes does (case ${i + 1})`, () => {
      const next = decoded(kind, object);
      const found = previous === undefined
        ? kind.validate(next)
        : kind.validateUpdate(next, decoded(kind, previous));
      assert.deepEqual(
        found.map((e) => `${e.reason}|${e.field}: ${e.message}`).sort(),
        [...errors].sort(),
      );
    });
  });
}
