import assert from "node:assert/strict";
import {
  cellsOf,
  changeFindings,
  findings,
  type Loose,
  newObject,
} from "../testing/findings.ts";
import { podDisruptionBudgets } from "./pod_disruption_budget.ts";

const WRONG: readonly (readonly [Loose, readonly string[]])[] = [
  [{ minAvailable: 1 }, []],
  [
    { minAvailable: 1, maxUnavailable: "101%" },
    [
      'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":"101%","UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      'spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
  ],
  [
    { minAvailable: "some" },
    [
      "spec.minAvailable: Invalid value: \"some\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
  ],
  [
    { unhealthyPodEvictionPolicy: "Never" },
    [
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
  ],
  [
    { selector: { matchExpressions: [{ key: "a", operator: "In" }] } },
    [
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  ],
];

for (const [spec, expected] of WRONG) {
  Deno.test(`podDisruptionBudgets.validate() says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(findings(podDisruptionBudgets, { spec }), expected);
  });
}

Deno.test("podDisruptionBudgets.validateStatusUpdate() holds conditions to their form", () => {
  const condition = {
    type: "DisruptionAllowed",
    status: "Maybe",
    reason: "not a word",
    message: "",
  };
  const found = changeFindings(
    podDisruptionBudgets,
    [{ spec: {} }, {
      spec: {},
      status: { disruptionsAllowed: -1, conditions: [condition, condition] },
    }],
    "status",
  );
  assert.deepEqual(found.map((text) => text.slice(0, 60)), [
    'status.conditions[0].status: Unsupported value: "Maybe": sup',
    "status.conditions[0].lastTransitionTime: Required value",
    'status.conditions[0].reason: Invalid value: "not a word": a ',
    'status.conditions[1].type: Duplicate value: "DisruptionAllow',
    'status.conditions[1].status: Unsupported value: "Maybe": sup',
    "status.conditions[1].lastTransitionTime: Required value",
    'status.conditions[1].reason: Invalid value: "not a word": a ',
    "status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0"
      .slice(0, 60),
  ]);
});

Deno.test("podDisruptionBudgets.columns show what kubectl get poddisruptionbudgets shows", () => {
  const object = newObject(podDisruptionBudgets, {
    spec: { maxUnavailable: "25%" },
  });
  assert.deepEqual(cellsOf(podDisruptionBudgets, object), {
    Name: "a",
    "Min Available": "N/A",
    "Max Unavailable": "25%",
    "Allowed Disruptions": 0,
    Age: "<unknown>",
  });
});
