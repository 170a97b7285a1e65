import assert from "node:assert/strict";
import { ALL_KINDS, groupVersion, Registry } from "./registry.ts";
import { pods } from "./core/pod.ts";

Deno.test("Registry finds kinds by plural and by kind", () => {
  const registry = new Registry();
  assert.equal(
    registry.byPlural({ group: "", version: "v1", plural: "pods" }),
    pods,
  );
  assert.equal(
    registry.byKind({ apiVersion: "apps/v1", kind: "Deployment" })?.plural,
    "deployments",
  );
  assert.equal(
    registry.byKind({ apiVersion: "v1", kind: "Deployment" }),
    undefined,
  );
});

Deno.test("Registry forgets a kind that is removed", () => {
  const registry = new Registry();
  registry.remove(pods);
  assert.equal(
    registry.byPlural({ group: "", version: "v1", plural: "pods" }),
    undefined,
  );
  assert.equal(registry.all.length, ALL_KINDS.length - 1);
});

for (const kind of ALL_KINDS) {
  const name = `${groupVersion(kind)} ${kind.kind}`;

  Deno.test(`${name} has columns that show something for an empty object`, () => {
    const { object } = kind.schema.decode({ metadata: { name: "a" } });
    assert.equal(kind.columns.find((c) => c.format === "name")?.name, "Name");
    for (const column of kind.columns) {
      assert.notEqual(column.cell(object, 0), undefined, column.name);
      assert.ok(column.description !== "", `${column.name} says what it is`);
    }
  });

  Deno.test(`${name} takes an empty object through its whole life without throwing`, () => {
    const context = { now: 0, user: { name: "t", groups: [] } };
    const { object } = kind.schema.decode({
      metadata: { name: "a", namespace: "default", resourceVersion: "1" },
    });
    kind.setDefaults(object);
    kind.prepareForCreate(object, context);
    const before = structuredClone(object);
    kind.validate(object);
    kind.prepareForUpdate(object, before, context);
    assert.deepEqual(
      object,
      before,
      "an update without change changes nothing",
    );
    assert.deepEqual(kind.validateUpdate(object, before), []);
    kind.prepareForStatusUpdate?.(object, before, context);
    assert.deepEqual(object, before, "nor does one of the status");
    kind.validateStatusUpdate?.(object, before);
    assert.deepEqual(
      Object.keys(kind.selectableFields?.(object) ?? {}),
      [...kind.fieldSelectors],
    );
  });

  Deno.test(`${name} sets defaults once and for all`, () => {
    const { object } = kind.schema.decode({ metadata: { name: "a" } });
    kind.setDefaults(object);
    const once = structuredClone(object);
    kind.setDefaults(object);
    assert.deepEqual(object, once);
  });
}
