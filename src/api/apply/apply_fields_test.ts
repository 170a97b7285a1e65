import assert from "node:assert/strict";
import fc from "fast-check";
import { SCALAR, type Shape } from "../shape.ts";
import { deployments } from "../apps/deployment.ts";
import type { JsonObject } from "../patch/json_value.ts";
import { type Applied, applyFields } from "./apply_fields.ts";
import { configurations, managers } from "./arbitraries.ts";
import {
  difference,
  type FieldSet,
  intersection,
  isEmptySet,
  NO_FIELDS,
  pathsOf,
  union,
} from "./field_set.ts";
import { allFieldsOf, fieldsOf } from "./fields_of.ts";
import type { Managed } from "./managed.ts";
import { reconciled } from "./reconcile.ts";
import { updateFields } from "./update_fields.ts";
import { UNOWNED_METADATA, type Version, type Versions } from "./versions.ts";

const { shape } = deployments.schema;

const own: Version = {
  apiVersion: "apps/v1",
  shape,
  ignored: {
    top: (name) => ["apiVersion", "kind", "status"].includes(name),
    metadata: new Set(UNOWNED_METADATA),
  },
  changes: false,
  from: (object) => object,
  to: (object) => object,
};

const versions: Versions = {
  own,
  find: (apiVersion) => apiVersion === own.apiVersion ? own : undefined,
};

/** An entry without regard to the order of elements. */
function readable({ fields, ...rest }: Managed): string {
  return JSON.stringify({ ...rest, fields: pathsOf(fields) });
}

interface State {
  readonly object: JsonObject;
  readonly managed: readonly Managed[];
}

const NOTHING: State = { object: { metadata: {} }, managed: [] };

function apply(state: State, manager: string, config: JsonObject): Applied {
  return applyFields({
    live: state.object,
    managed: state.managed,
    config,
    versions,
    applier: {
      manager,
      operation: "Apply",
      apiVersion: "apps/v1",
      subresource: "",
    },
    time: "2026-01-01T00:00:00Z",
  });
}

function update(state: State, manager: string, object: JsonObject): State {
  const managed = updateFields(state.managed, {
    before: state.object,
    after: object,
    versions,
  }, {
    writer: {
      manager,
      operation: "Update",
      apiVersion: "apps/v1",
      subresource: "",
    },
    time: "2026-01-01T00:00:00Z",
  });
  return { object, managed };
}

/** Steps that led to some state: applies (forced), and updates that replace the whole object. */
const histories = fc.array(
  fc.record({
    manager: managers,
    config: configurations,
    applies: fc.boolean(),
  }),
  { maxLength: 5 },
).map((steps) =>
  steps.reduce<State>(
    (state, { manager, config, applies }) =>
      applies
        ? apply(state, manager, config)
        : update(state, `up-${manager}`, config),
    NOTHING,
  )
);

const UNOWNED = new Set([
  "f:apiVersion",
  "f:kind",
  "f:metadata",
  "f:metadata f:name",
  "f:metadata f:namespace",
]);

function owned(set: FieldSet): string[] {
  return pathsOf(set).map((path) => path.join(" "))
    .filter((path) => !UNOWNED.has(path));
}

function fieldsOfManager({ managed }: State, manager: string): FieldSet {
  return managed.find((one) =>
    one.manager === manager && one.operation === "Apply"
  )?.fields ?? NO_FIELDS;
}

Deno.test("applyFields() changes nothing the second time", () => {
  fc.assert(
    fc.property(
      histories,
      managers,
      configurations,
      (state, manager, config) => {
        const once = apply(state, manager, config);
        const twice = apply(once, manager, config);
        assert.equal(twice.object, once.object);
        assert.deepEqual(twice.conflicts, []);
        assert.deepEqual(
          new Set(twice.managed.map(readable)),
          new Set(once.managed.map(readable)),
        );
      },
    ),
  );
});

Deno.test("applyFields() leaves the applier owning what it applied, and nothing else", () => {
  fc.assert(
    fc.property(
      histories,
      managers,
      configurations,
      (state, manager, config) => {
        const after = apply(state, manager, config);
        assert.deepEqual(
          owned(fieldsOfManager(after, manager)),
          owned(fieldsOf(config, shape)),
        );
      },
    ),
  );
});

Deno.test("applyFields() lets nobody own what is not there", () => {
  fc.assert(
    fc.property(
      histories,
      managers,
      configurations,
      (state, manager, config) => {
        const { object, managed } = apply(state, manager, config);
        const there = allFieldsOf(object, shape);
        for (const { fields, manager, operation } of managed) {
          assert.deepEqual(
            owned(difference(fields, there)),
            [],
            `${manager} ${operation}`,
          );
        }
      },
    ),
  );
});

Deno.test("applyFields() conflicts exactly where another manager loses a field", () => {
  fc.assert(
    fc.property(
      histories,
      managers,
      configurations,
      (state, manager, config) => {
        const after = apply(state, manager, config);
        for (const before of state.managed) {
          if (
            before.manager === manager && before.operation === "Apply"
          ) continue;
          const left = after.managed.find((one) =>
            one.manager === before.manager &&
            one.operation === before.operation
          )?.fields ?? NO_FIELDS;
          const lost = difference(before.fields, left);
          const there = allFieldsOf(after.object, shape);
          // What is gone from the object is lost without a quarrel.
          const taken = intersection(lost, there);
          assert.deepEqual(
            after.conflicts.filter(({ manager: one }) =>
              one.manager === before.manager &&
              one.operation === before.operation
            ).map(({ path }) =>
              path.join(" ")
            ).sort(),
            owned(taken).sort(),
          );
        }
      },
    ),
  );
});

Deno.test("applyFields() takes away what its only owner drops, and leaves what another owns", () => {
  fc.assert(
    fc.property(
      histories,
      managers,
      configurations,
      (state, manager, config) => {
        const applied = apply(state, manager, config);
        const bare = {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "a", namespace: "default" },
        };
        const after = apply(applied, manager, bare);
        const others = applied.managed
          .filter((one) => one.manager !== manager || one.operation !== "Apply")
          .map(({ fields }) => fields).reduce(union, NO_FIELDS);
        const there = allFieldsOf(after.object, shape);
        const mine = fieldsOf(config, shape);
        const dropped = owned(difference(mine, others));
        for (const gone of owned(difference(others, there))) {
          // An item goes as a whole with who put it there, and a container with the last thing in it.
          const item = dropped.some((path) => gone.startsWith(`${path} `));
          assert(item || isContainer(applied.object, gone), gone);
        }
        const remaining = new Set(owned(intersection(mine, there)));
        for (const path of dropped) {
          // A container stays while somebody has something in it.
          const holds = owned(others).some((other) =>
            other.startsWith(`${path} `)
          );
          const empties = isContainer(config, path);
          assert(!remaining.has(path) || holds || empties, path);
        }
      },
    ),
  );
});

function isContainer(config: JsonObject, path: string): boolean {
  const fields = pathsOf(allFieldsOf(config, shape)).map((at) => at.join(" "));
  return fields.some((at) => at.startsWith(`${path} `));
}

Deno.test("applyFields() comes to the same from any earlier configuration of the same manager", () => {
  fc.assert(
    fc.property(configurations, configurations, (first, second) => {
      const direct = apply(NOTHING, "x", second);
      const onTop = apply(apply(NOTHING, "x", first), "x", second);
      assert.deepEqual(
        owned(allFieldsOf(withoutEmpty(onTop.object), shape)).sort(),
        owned(allFieldsOf(withoutEmpty(direct.object), shape)).sort(),
      );
      assert.deepEqual(onTop.managed, direct.managed);
    }),
  );
});

/** Containers that became empty stay as such until the object is decoded. */
function withoutEmpty(value: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    const clean = Array.isArray(inner)
      ? inner.map((item) =>
        typeof item === "object" ? withoutEmpty(item as JsonObject) : item
      )
      : typeof inner === "object" && inner !== null
      ? withoutEmpty(inner as JsonObject)
      : inner;
    const empty = typeof clean === "object" && clean !== null &&
      Object.keys(clean).length === 0;
    if (!empty) result[key] = clean;
  }
  return result;
}

Deno.test("updateFields() gives each changed field to the writer and to nobody else", () => {
  fc.assert(
    fc.property(histories, configurations, (state, object) => {
      const after = update(state, "new", object);
      const there = allFieldsOf(object, shape);
      const mine = after.managed.find(({ manager }) => manager === "new")
        ?.fields ?? NO_FIELDS;
      for (const one of after.managed) {
        assert(!isEmptySet(one.fields));
        if (one.manager === "new") continue;
        assert.deepEqual(owned(intersection(one.fields, mine)), []);
        assert.deepEqual(owned(difference(one.fields, there)), []);
      }
      assert.deepEqual(owned(difference(mine, there)), []);
    }),
  );
});

/** Another version of the same kind, in which `spec.replicas` is `spec.count`. */
const other: Version = {
  ...own,
  apiVersion: "apps/v2",
  shape: {
    type: "object",
    atomic: false,
    field: (name) =>
      name === "spec"
        ? {
          type: "object",
          atomic: false,
          field: (inner) => inner === "count" ? SCALAR : at(["spec", inner]),
        }
        : at([name]),
  },
  from: (object) => renamed(object, "replicas", "count"),
  to: (object) => renamed(object, "count", "replicas"),
};

function at(path: readonly string[]): Shape | undefined {
  return path.reduce<Shape | undefined>(
    (here, name) => here?.type === "object" ? here.field(name) : undefined,
    shape,
  );
}

function renamed(object: JsonObject, from: string, to: string): JsonObject {
  const { [from]: value, ...spec } = object["spec"] as JsonObject ?? {};
  return {
    ...object,
    spec: value === undefined ? spec : { ...spec, [to]: value },
  };
}

const both: Versions = {
  own,
  find: (apiVersion) =>
    [own, other].find((version) => version.apiVersion === apiVersion),
};

function applyIn(
  apiVersion: string,
  manager: string,
  config: JsonObject,
  state: State,
): Applied {
  const swapped = apiVersion === own.apiVersion;
  const seen: Versions = swapped ? both : {
    own: { ...other, from: (object) => object, to: (object) => object },
    find: (wanted) =>
      wanted === other.apiVersion
        ? seen.own
        : wanted === own.apiVersion
        ? { ...own, from: other.to, to: other.from }
        : undefined,
  };
  return applyFields({
    live: swapped ? state.object : other.from(state.object),
    managed: state.managed,
    config,
    versions: seen,
    applier: { manager, operation: "Apply", apiVersion, subresource: "" },
    time: "2026-01-01T00:00:00Z",
  });
}

Deno.test("applyFields() meets managers that wrote in another version", () => {
  const name = { metadata: { name: "a" } };
  const first = applyIn(
    "apps/v2",
    "x",
    { ...name, spec: { count: 1 } },
    NOTHING,
  );
  const stored = { ...first, object: other.to(first.object) };
  const config = { ...name, spec: { replicas: 2 } };
  const quarrel = applyIn("apps/v1", "y", config, stored);
  assert.deepEqual(
    quarrel.conflicts.map(({ manager, path }) => [manager.apiVersion, path]),
    [["apps/v2", ["f:spec", "f:count"]]],
  );
  // The same manager goes on in the other version, and drops the field there.
  const moved = applyIn(
    "apps/v1",
    "x",
    { ...name, spec: { paused: true } },
    stored,
  );
  assert.deepEqual(moved.object["spec"], { paused: true });
  assert.deepEqual(
    moved.managed.map(({ apiVersion, fields }) => [
      apiVersion,
      owned(fields),
    ]),
    [["apps/v1", ["f:spec f:paused"]]],
  );
  // One that is no longer served counts for nothing.
  const gone = applyFields({
    live: stored.object,
    managed: stored.managed,
    config,
    versions,
    applier: {
      manager: "y",
      operation: "Apply",
      apiVersion: "apps/v1",
      subresource: "",
    },
    time: "2026-01-01T00:00:00Z",
  });
  assert.deepEqual(gone.conflicts, []);
  assert.equal(gone.managed.length, 1);
});

Deno.test("reconciled() owns as one what has become one", () => {
  const set = {
    "f:spec": {
      "f:selector": { "f:matchLabels": { "f:a": {} } },
      "f:template": {
        "f:spec": {
          "f:containers": {
            'k:{"name":"a"}': { ".": {}, "f:command": { 'v:"x"': {} } },
          },
        },
      },
      "f:gone": { "f:a": {} },
    },
  };
  assert.deepEqual(reconciled(set, shape), {
    "f:spec": {
      "f:selector": {},
      "f:template": {
        "f:spec": {
          "f:containers": {
            'k:{"name":"a"}': { ".": {}, "f:command": {} },
          },
        },
      },
      "f:gone": { "f:a": {} },
    },
  });
  fc.assert(
    fc.property(configurations, (config) => {
      const fields = fieldsOf(config, shape);
      assert.equal(reconciled(fields, shape), fields);
    }),
  );
});
