import assert from "node:assert/strict";
import {
  cellsOf,
  changeFindings,
  findings,
  type Loose,
  newObject,
} from "../testing/findings.ts";
import { resourceQuotas } from "./resource_quota.ts";

const WRONG: readonly (readonly [Loose, readonly string[]])[] = [
  [{ hard: { pods: "5", "count/jobs.batch": "2", "limits.cpu": "4" } }, []],
  [
    { hard: { gpus: "1" } },
    [
      'spec.hard[gpus]: Invalid value: "gpus": must be a standard resource type or fully qualified',
      'spec.hard[gpus]: Invalid value: "gpus": must be a standard resource for quota',
    ],
  ],
  [
    { hard: { pods: "1500m", cpu: "-1" } },
    [
      'spec.hard[pods]: Invalid value: "1500m": must be an integer',
      'spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ],
  [
    { hard: { pods: "1" }, scopes: ["BestEffort", "NotBestEffort"] },
    [
      'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
    ],
  ],
  [
    { hard: { services: "1" }, scopes: ["Terminating"] },
    [
      'spec.scopes: Invalid value: ["Terminating"]: unsupported scope applied to resource',
    ],
  ],
  [
    {
      scopeSelector: {
        matchExpressions: [{ scopeName: "PriorityClass", operator: "In" }],
      },
    },
    [
      "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ],
  ],
  [
    {
      scopeSelector: {
        matchExpressions: [{
          scopeName: "Terminating",
          operator: "In",
          values: ["x"],
        }],
      },
    },
    [
      "spec.scopeSelector.matchExpressions.operator: Invalid value: \"In\": must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
    ],
  ],
];

for (const [spec, expected] of WRONG) {
  Deno.test(`resourceQuotas.validate() says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(findings(resourceQuotas, { spec }), expected);
  });
}

Deno.test("resourceQuotas.validateUpdate() keeps the scopes, in any order", () => {
  const spec = {
    hard: { pods: "1" },
    scopes: ["Terminating", "NotBestEffort"],
  };
  assert.deepEqual(
    changeFindings(resourceQuotas, [{ spec }, {
      spec: { hard: { pods: "2" }, scopes: ["NotBestEffort", "Terminating"] },
    }]),
    [],
  );
  assert.deepEqual(
    changeFindings(resourceQuotas, [{ spec }, {
      spec: { ...spec, scopes: ["Terminating"] },
    }]),
    ['spec.scopes: Invalid value: ["Terminating"]: field is immutable'],
  );
});

Deno.test("resourceQuotas.warnings() tells of requests above limits", () => {
  const object = newObject(resourceQuotas, {
    spec: { hard: { cpu: "4", "limits.cpu": "2", "limits.memory": "1Gi" } },
  });
  assert.deepEqual(resourceQuotas.warnings?.(object as never), [
    "ResourceQuota cpu (4) should be less than limits.cpu (2)",
  ]);
});

Deno.test("resourceQuotas.columns show what is used, and of how much", () => {
  const object = newObject(resourceQuotas, { spec: {} });
  object["status"] = {
    hard: { "requests.cpu": "4", pods: "5", "limits.cpu": "8" },
    used: { pods: "2" },
  };
  assert.deepEqual(cellsOf(resourceQuotas, object), {
    Name: "a",
    Request: "pods: 2/5, requests.cpu: 0/4",
    Limit: "limits.cpu: 0/8",
    Age: "<unknown>",
  });
});
