import assert from "node:assert/strict";
import {
  cellsOf,
  changeFindings,
  findings,
  newObject,
  TEST_CONTEXT,
} from "../testing/findings.ts";
import { daemonSets } from "./daemon_set.ts";

const template = {
  metadata: { labels: { app: "log" } },
  spec: {
    containers: [{ name: "c", image: "i:1" }],
    nodeSelector: { disk: "ssd" },
  },
};
const base = { selector: { matchLabels: { app: "log" } }, template };
const COUNTER = "deprecated.daemonset.template.generation";
const rolling = (rollingUpdate: object) => ({
  updateStrategy: { type: "RollingUpdate", rollingUpdate },
});

Deno.test("daemonSets.setDefaults() fills in what kube-apiserver fills in", () => {
  const { spec, metadata } = newObject(daemonSets, { spec: base });
  assert.deepEqual(spec.updateStrategy, {
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
  });
  assert.equal(spec.revisionHistoryLimit, 10);
  assert.equal(metadata.annotations[COUNTER], "1");
});

Deno.test("daemonSets counts its templates", () => {
  const before = newObject(daemonSets, { spec: base });
  const change = (spec: object) => {
    const next = newObject(daemonSets, { spec: { ...base, ...spec } });
    daemonSets.prepareForUpdate(
      next as never,
      before as never,
      TEST_CONTEXT,
    );
    return [next["metadata"].generation, next["metadata"].annotations[COUNTER]];
  };
  assert.deepEqual(change({}), [1, "1"]);
  assert.deepEqual(change({ minReadySeconds: 3 }), [2, "1"]);
  const other = { containers: [{ name: "c", image: "i:2" }] };
  assert.deepEqual(
    change({ template: { ...template, spec: other } }),
    [2, "2"],
  );
});

const WRONG: readonly (readonly [object, readonly string[]])[] = [
  [{}, []],
  [
    rolling({ maxUnavailable: 0 }),
    [
      "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
    ],
  ],
  [
    rolling({ maxUnavailable: 1, maxSurge: "101%" }),
    [
      'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "101%": must not be greater than 100%',
      'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "101%": may not be set when maxUnavailable is non-zero',
    ],
  ],
  [
    { updateStrategy: { type: "Recreate" } },
    [
      'spec.updateStrategy: Unsupported value: {"Type":"Recreate","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
    ],
  ],
  [
    { selector: { matchLabels: { app: "web" } } },
    [
      'spec.template.metadata.labels: Invalid value: {"app":"log"}: `selector` does not match template `labels`',
    ],
  ],
  [
    { selector: {} },
    [
      "spec.selector: Invalid value: {}: empty selector is invalid for daemonset",
    ],
  ],
];

for (const [more, expected] of WRONG) {
  Deno.test(`daemonSets.validate() says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(
      findings(daemonSets, { spec: { ...base, ...more } }),
      expected,
    );
  });
}

Deno.test("daemonSets.validateUpdate() keeps the selector", () => {
  const matchLabels = { app: "other" };
  const after = {
    selector: { matchLabels },
    template: { ...template, metadata: { labels: matchLabels } },
  };
  assert.deepEqual(
    changeFindings(daemonSets, [{ spec: base }, { spec: after }]),
    [
      'spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
    ],
  );
});

Deno.test("daemonSets.columns show what kubectl get daemonsets shows", () => {
  const object = newObject(daemonSets, { spec: base });
  Object.assign(object["status"], {
    desiredNumberScheduled: 3,
    currentNumberScheduled: 2,
    numberReady: 1,
    updatedNumberScheduled: 2,
    numberAvailable: 1,
  });
  assert.deepEqual(cellsOf(daemonSets, object), {
    Name: "a",
    Desired: 3,
    Current: 2,
    Ready: 1,
    "Up-to-date": 2,
    Available: 1,
    "Node Selector": "disk=ssd",
    Age: "<unknown>",
    Containers: "c",
    Images: "i:1",
    Selector: "app=log",
  });
});
