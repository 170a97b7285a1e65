import assert from "node:assert/strict";
import { deployments } from "./apps/deployment.ts";
import type { Kind, StrategyContext } from "./kind.ts";
import { replicaSets } from "./apps/replica_set.ts";
import { replicationControllers } from "./core/replication_controller.ts";

const CONTEXT: StrategyContext = { now: 0, user: { name: "t", groups: [] } };
const template = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "c", image: "i:1" }] },
};
const selector = { matchLabels: { app: "web" } };

type Loose = Record<string, unknown>;

function stored<T extends { metadata: object }>(
  // deno-lint-ignore no-explicit-any
  kind: Kind<any>,
  spec: Loose,
  more: Loose = {},
): T {
  const { object, typeError } = kind.schema.decode({
    metadata: { name: "a", namespace: "default", resourceVersion: "1" },
    spec,
    ...more,
  });
  assert.equal(typeError, undefined);
  kind.setDefaults(object);
  kind.prepareForCreate(object, CONTEXT);
  return object as T;
}

// deno-lint-ignore no-explicit-any
function findings(kind: Kind<any>, spec: Loose): string[] {
  return kind.validate(stored(kind, spec)).map((e) =>
    `${e.field}: ${e.message}`
  );
}

Deno.test("deployments.setDefaults() fills in what kube-apiserver fills in", () => {
  const { spec } = stored<{ metadata: object; spec: Loose }>(deployments, {
    selector,
    template,
  });
  assert.equal(spec.replicas, 1);
  assert.deepEqual(spec.strategy, {
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" },
  });
  assert.equal(spec.revisionHistoryLimit, 10);
  assert.equal(spec.progressDeadlineSeconds, 600);
});

const WRONG: readonly (readonly [Loose, readonly string[]])[] = [
  [{ selector, template }, []],
  [
    { template },
    [
      "spec.selector: Required value",
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
  ],
  [
    { selector: {}, template },
    ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
  ],
  [
    { selector, template, replicas: -1 },
    [
      "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
    ],
  ],
  [
    {
      selector,
      template: {
        ...template,
        spec: { ...template.spec, restartPolicy: "Never" },
      },
    },
    [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
  ],
  [
    {
      selector,
      template,
      strategy: { type: "Recreate", rollingUpdate: {} },
    },
    [
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
  ],
  [
    {
      selector,
      template,
      strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: "0%" } },
    },
    [
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
    ],
  ],
  [
    {
      selector,
      template,
      strategy: { rollingUpdate: { maxUnavailable: "101%" } },
    },
    [
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
  ],
  [
    { selector, template, minReadySeconds: 600 },
    [
      "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds",
    ],
  ],
];

WRONG.forEach(([spec, expected], i) => {
  Deno.test(`deployments.validate() says: ${expected[0] ?? "nothing"} (case ${i + 1})`, () => {
    assert.deepEqual(findings(deployments, spec), expected);
  });
});

Deno.test("deployments.validateUpdate() keeps the selector", () => {
  const before = stored<never>(deployments, { selector, template });
  const other = { app: "api" };
  const after = stored<never>(deployments, {
    selector: { matchLabels: other },
    template: { ...template, metadata: { labels: other } },
  });
  assert.deepEqual(
    deployments.validateUpdate(after, before).map((e) =>
      `${e.field}: ${e.message}`
    ),
    [
      'spec.selector: Invalid value: {"matchLabels":{"app":"api"}}: field is immutable',
    ],
  );
});

Deno.test("validateStatusUpdate() refuses figures that contradict each other", () => {
  const before = stored<never>(deployments, { selector, template });
  const next = {
    ...(before as object),
    status: { replicas: 1, readyReplicas: 2, availableReplicas: 3 },
  } as never;
  assert.deepEqual(
    deployments.validateStatusUpdate?.(next, before).map((e) => e.field),
    [
      "status.readyReplicas",
      "status.availableReplicas",
      "status.availableReplicas",
    ],
  );
});

Deno.test("replicaSets and replicationControllers have the same rules for their template", () => {
  assert.deepEqual(findings(replicaSets, { selector, template }), []);
  assert.match(
    findings(replicaSets, {
      selector: { matchLabels: { a: "b" } },
      template,
    })[0]!,
    /`selector` does not match template `labels`/,
  );
  assert.deepEqual(findings(replicationControllers, { template }), []);
  assert.deepEqual(findings(replicationControllers, { selector: { a: "b" } }), [
    "spec.template: Required value",
  ]);
});

Deno.test("replicationControllers.setDefaults() takes selector and labels from the template", () => {
  const object = stored<{ metadata: Loose; spec: Loose }>(
    replicationControllers,
    { template },
  );
  assert.deepEqual(object.spec.selector, { app: "web" });
  assert.deepEqual(object.metadata.labels, { app: "web" });
});

Deno.test("scale reads and writes replicas and tells the selector as text", () => {
  for (const kind of [deployments, replicaSets] as const) {
    const object = stored<never>(kind, { selector, template });
    kind.scale!.setReplicas(object, 5);
    assert.equal(kind.scale!.replicas(object), 5);
    assert.equal(kind.scale!.selector(object), "app=web");
  }
});

Deno.test("columns show what kubectl get deployments shows", () => {
  const object = {
    ...stored<object & { metadata: object }>(deployments, {
      selector,
      template,
      replicas: 3,
    }),
    status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
  } as never;
  const row = deployments.columns.map((c) => [c.name, c.cell(object, 0)]);
  assert.deepEqual(Object.fromEntries(row), {
    Name: "a",
    Ready: "2/3",
    "Up-to-date": 3,
    Available: 1,
    Age: "<unknown>",
    Containers: "c",
    Images: "i:1",
    Selector: "app=web",
  });
});
