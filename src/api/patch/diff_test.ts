import assert from "node:assert/strict";
import fastJsonPatch from "fast-json-patch";
import fc from "fast-check";
import { configurations } from "../apply/arbitraries.ts";
import { deployments } from "../apps/deployment.ts";
import { sameJson } from "../equal.ts";
import type { Field } from "../schema/words.ts";
import { applyJsonPatch } from "./json_patch.ts";
import { isObject, type JsonObject } from "./json_value.ts";
import { applyMergePatch } from "./merge_patch.ts";
import { type FieldFacts, fieldFacts } from "./patch_schema.ts";
import { applyStrategicMergePatch } from "./strategic_merge_patch.ts";

/** What a merge patch must say to make `b` of `a`. */
function mergeDiff(a: JsonObject, b: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(a)) if (!(key in b)) patch[key] = null;
  for (const [key, value] of Object.entries(b)) {
    const before = a[key];
    if (isObject(before) && isObject(value)) {
      const inner = mergeDiff(before, value);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!sameJson(before, value)) patch[key] = value;
  }
  return patch;
}

/** The same for a strategic merge patch. */
function strategicDiff(
  a: JsonObject,
  b: JsonObject,
  type: Field<unknown> | undefined,
): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(a)) if (!(key in b)) patch[key] = null;
  for (const [key, value] of Object.entries(b)) {
    const before = a[key];
    const facts = fieldFacts(type, key);
    if (sameJson(before, value)) continue;
    if (isObject(before) && isObject(value)) {
      patch[key] = strategicDiff(before, value, facts.type);
    } else if (
      Array.isArray(before) && Array.isArray(value) &&
      facts.strategies.includes("merge")
    ) {
      Object.assign(patch, listDiff(key, [before, value], facts));
    } else patch[key] = value;
  }
  return patch;
}

function listDiff(
  key: string,
  [before, after]: [unknown[], unknown[]],
  { mergeKey, type }: FieldFacts,
): JsonObject {
  if (mergeKey === "") {
    return {
      [`$setElementOrder/${key}`]: after,
      [`$deleteFromPrimitiveList/${key}`]: before.filter((item) =>
        !after.includes(item)
      ),
      [key]: after.filter((item) => !before.includes(item)),
    };
  }
  const of = (items: unknown[]) =>
    new Map((items as JsonObject[]).map((item) => [item[mergeKey], item]));
  const [was, is] = [of(before), of(after)];
  return {
    [`$setElementOrder/${key}`]: [...is.keys()].map((name) => ({
      [mergeKey]: name,
    })),
    [key]: [
      ...[...is].map(([name, item]) => ({
        ...strategicDiff(was.get(name) ?? {}, item, type),
        [mergeKey]: name,
      })),
      ...[...was.keys()].filter((name) => !is.has(name)).map((name) => ({
        [mergeKey]: name,
        $patch: "delete",
      })),
    ],
  };
}

/** Strategic patches know ports by their number alone, as Kubernetes' do; two of one number cannot be told apart. */
const told = configurations.filter((object) =>
  !/"containerPort":(\d+),.*"containerPort":\1\b/.test(JSON.stringify(object))
);

Deno.test("applyJsonPatch() of the difference of two objects makes the one of the other", () => {
  fc.assert(
    fc.property(configurations, configurations, (a, b) => {
      const patch = fastJsonPatch.compare(a, b);
      assert.deepEqual(applyJsonPatch(a, patch), b);
    }),
  );
});

Deno.test("applyMergePatch() of the difference of two objects makes the one of the other", () => {
  fc.assert(
    fc.property(configurations, configurations, (a, b) => {
      assert.deepEqual(applyMergePatch(a, mergeDiff(a, b)), b);
    }),
  );
});

Deno.test("applyStrategicMergePatch() of the difference of two objects makes the one of the other", () => {
  const type = deployments.schema.type!;
  fc.assert(
    fc.property(told, told, (a, b) => {
      const patch = strategicDiff(a, b, type);
      assert.deepEqual(
        applyStrategicMergePatch<unknown>(a, patch, type),
        b,
      );
    }),
  );
});
