import assert from "node:assert/strict";
import { findings, type Loose, newObject } from "../testing/findings.ts";
import { limitRanges } from "./limit_range.ts";

Deno.test("limitRanges.setDefaults() takes defaults of containers from their bounds", () => {
  const { spec } = newObject(limitRanges, {
    spec: {
      limits: [
        {
          type: "Container",
          max: { cpu: "2" },
          min: { cpu: "100m", memory: "4Mi" },
          default: { memory: "1Gi" },
        },
        { type: "Pod", max: { cpu: "4" } },
      ],
    },
  });
  assert.deepEqual(spec.limits, [
    {
      type: "Container",
      max: { cpu: "2" },
      min: { cpu: "100m", memory: "4Mi" },
      default: { cpu: "2", memory: "1Gi" },
      defaultRequest: { cpu: "2", memory: "1Gi" },
    },
    { type: "Pod", max: { cpu: "4" } },
  ]);
});

Deno.test("limitRanges.prepareForCreate() names one that has no name", () => {
  const object = newObject(limitRanges, { metadata: { name: "" }, spec: {} });
  assert.equal(object["metadata"].name, "u-1");
});

const WRONG: readonly (readonly [Loose, readonly string[]])[] = [
  [{ type: "Container", min: { cpu: "1" }, max: { cpu: "2" } }, []],
  [
    { type: "Machine" },
    [
      'spec.limits[0].type: Invalid value: "Machine": must be a standard limit type or fully qualified',
    ],
  ],
  [
    { type: "Pod", min: { cpu: "3" }, max: { cpu: "2" } },
    [
      'spec.limits[0].min[cpu]: Invalid value: "3": min value 3 is greater than max value 2',
    ],
  ],
  [
    { type: "Pod", default: { cpu: "1" } },
    [
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
    ],
  ],
  [
    {
      type: "Container",
      max: { cpu: "2" },
      default: { cpu: "1" },
      defaultRequest: { cpu: "1500m" },
    },
    [
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "1500m": default request value 1500m is greater than default limit value 1',
    ],
  ],
  [
    { type: "PersistentVolumeClaim" },
    [
      "spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided",
    ],
  ],
  [
    {
      type: "Container",
      min: { cpu: "1" },
      max: { cpu: "2" },
      maxLimitRequestRatio: { cpu: "4", memory: "500m" },
    },
    [
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "4": ratio 4 is greater than max/min = 2.000000',
      'spec.limits[0].maxLimitRequestRatio[memory]: Invalid value: "500m": ratio 500m is less than 1',
    ],
  ],
];

for (const [item, expected] of WRONG) {
  Deno.test(`limitRanges.validate() says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(
      findings(limitRanges, { spec: { limits: [item] } }),
      expected,
    );
  });
}
