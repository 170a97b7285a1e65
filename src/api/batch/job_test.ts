import assert from "node:assert/strict";
import {
  cellsOf,
  changeFindings,
  findings,
  type Loose,
  newObject,
} from "../testing/findings.ts";
import { jobs } from "./job.ts";

const template = {
  spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i:1" }] },
};
const base = { template };
const indexed = { completionMode: "Indexed", completions: 5 };

Deno.test("jobs.setDefaults() fills in what kube-apiserver fills in", () => {
  const { spec } = newObject(jobs, { spec: base });
  const { template: _, selector: __, ...rest } = spec;
  assert.deepEqual(rest, {
    completions: 1,
    parallelism: 1,
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: "TerminatingOrFailed",
    manualSelector: false,
  });
  const perIndex = newObject(jobs, {
    spec: { ...base, ...indexed, backoffLimitPerIndex: 1 },
  });
  assert.equal(perIndex["spec"].backoffLimit, 2 ** 31 - 1);
  const queue = newObject(jobs, { spec: { ...base, parallelism: 3 } });
  assert.equal(queue["spec"].completions, undefined);
});

Deno.test("jobs.prepareForCreate() labels the template with the job and selects by its UID", () => {
  const { spec, metadata } = newObject(jobs, { spec: base });
  const labels = {
    "job-name": "a",
    "batch.kubernetes.io/job-name": "a",
    "controller-uid": "u-1",
    "batch.kubernetes.io/controller-uid": "u-1",
  };
  assert.deepEqual(spec.template.metadata.labels, labels);
  assert.deepEqual(metadata.labels, labels);
  assert.deepEqual(spec.selector, {
    matchLabels: { "batch.kubernetes.io/controller-uid": "u-1" },
  });
});

Deno.test("jobs.prepareForCreate() leaves selector and labels to a client that wants to choose them", () => {
  const own = {
    manualSelector: true,
    selector: { matchLabels: { app: "x" } },
    template: { ...template, metadata: { labels: { app: "x" } } },
  };
  const { spec } = newObject(jobs, { spec: own });
  assert.deepEqual(spec.template.metadata.labels, { app: "x" });
  assert.deepEqual(findings(jobs, { spec: own }), []);
});

const failing = (rule: object) => ({ podFailurePolicy: { rules: [rule] } });

const WRONG: readonly (readonly [Loose, readonly string[]])[] = [
  [{}, []],
  [
    { template: { spec: { ...template.spec, restartPolicy: "Always" } } },
    [
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
  ],
  [
    { selector: { matchLabels: { app: "x" } } },
    [
      'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"u-1","app":"x"}}: `selector` not auto-generated',
      'spec.template.metadata.labels: Invalid value: {"job-name":"a","batch.kubernetes.io/job-name":"a","controller-uid":"u-1","batch.kubernetes.io/controller-uid":"u-1"}: `selector` does not match template `labels`',
    ],
  ],
  [
    { completionMode: "Indexed", completions: undefined, parallelism: 1 },
    ["spec.completions: Required value: when completion mode is Indexed"],
  ],
  [
    { maxFailedIndexes: 1 },
    [
      "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
      "spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode",
    ],
  ],
  [
    { managedBy: "acme" },
    [
      'spec.managedBy: Invalid value: "acme": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
  ],
  [
    failing({
      action: "FailJob",
      onExitCodes: { operator: "In", values: [2, 0, 2] },
    }),
    [
      "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator",
      "spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 2",
      "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0,2]: must be ordered",
    ],
  ],
  [
    failing({ action: "Retry" }),
    [
      'spec.podFailurePolicy.rules[0].action: Unsupported value: "Retry": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
      "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
    ],
  ],
  [
    {
      ...indexed,
      successPolicy: { rules: [{ succeededIndexes: "0-2,9" }] },
    },
    [
      'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0-2,9": error parsing succeededIndexes: too large index: "9"',
    ],
  ],
];

for (const [more, expected] of WRONG) {
  Deno.test(`jobs.validate() says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(findings(jobs, { spec: { ...base, ...more } }), expected);
  });
}

const paused = { ...base, suspend: true };
const idle = { conditions: [{ type: "Suspended", status: "True" }] };
const moved = {
  ...template,
  spec: { ...template.spec, nodeSelector: { disk: "ssd" } },
};

Deno.test("jobs.validateUpdate() keeps the template, but where a waiting job's Pods run", () => {
  const [refused] = changeFindings(jobs, [{ spec: base }, {
    spec: { ...base, template: moved },
  }]);
  assert.match(
    refused!,
    /^spec\.template: Invalid value: .*field is immutable$/,
  );
  assert.deepEqual(
    changeFindings(jobs, [{ spec: paused, status: idle }, {
      spec: { ...paused, template: moved },
    }]),
    [],
  );
  const image = { ...template.spec, containers: [{ name: "c", image: "i:2" }] };
  assert.match(
    changeFindings(jobs, [{ spec: paused, status: idle }, {
      spec: { ...paused, template: { spec: image } },
    }])[0]!,
    /^spec\.template\.spec: Invalid value: .*field is immutable$/,
  );
});

const CHANGES: readonly (readonly [string, Loose, Loose, readonly string[]])[] =
  [
    ["more at a time", {}, { parallelism: 4, completions: 1 }, []],
    ["a pause", {}, { suspend: true }, []],
    [
      "more completions",
      {},
      { completions: 3 },
      ["spec.completions: Invalid value: 3: field is immutable"],
    ],
    [
      "more completions of an indexed job alone",
      indexed,
      { completions: 6 },
      [
        "spec.completions: Invalid value: 6: can only be modified in tandem with spec.parallelism",
      ],
    ],
    [
      "more completions and Pods of an indexed job",
      indexed,
      { completions: 6, parallelism: 6 },
      [],
    ],
    [
      "another manager",
      {},
      { managedBy: "acme.io/x" },
      ['spec.managedBy: Invalid value: "acme.io/x": field is immutable'],
    ],
  ];

for (const [what, before, change, expected] of CHANGES) {
  Deno.test(`jobs.validateUpdate() on ${what} says: ${expected[0] ?? "nothing"}`, () => {
    const spec = { ...base, ...before };
    assert.deepEqual(
      changeFindings(jobs, [{ spec }, { spec: { ...spec, ...change } }]),
      expected,
    );
  });
}

const T1 = "2026-01-01T00:00:00Z";
const T2 = "2026-01-01T00:01:00Z";
const holds = (...types: string[]) => ({
  conditions: types.map((type) => ({ type, status: "True" })),
});

const STATUS: readonly (readonly [string, Loose, Loose, readonly string[]])[] =
  [
    [
      "an end as the controller writes it",
      { startTime: T1 },
      {
        ...holds("SuccessCriteriaMet", "Complete"),
        startTime: T1,
        completionTime: T2,
        succeeded: 1,
      },
      [],
    ],
    [
      "an end out of nothing",
      {},
      { ...holds("Complete"), active: 1 },
      [
        "status.completionTime: Required value: completionTime is required for Complete jobs",
        "status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
        "status.active: Invalid value: 1: active>0 is invalid for finished job",
        "status.startTime: Required value: startTime is required for finished job",
      ],
    ],
    [
      "a way back",
      { ...holds("FailureTarget", "Failed"), startTime: T1, failed: 2 },
      { startTime: T1, failed: 1 },
      [
        "status.conditions: Invalid value: cannot disable the terminal Failed=True condition",
        "status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition",
        "status.failed: Invalid value: 1: cannot decrease the failed counter",
      ],
    ],
    [
      "numbers of a job without them",
      {},
      { completedIndexes: "0", ready: 2, active: 1 },
      [
        'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
        "status.ready: Invalid value: 2: cannot set more ready pods than active",
      ],
    ],
  ];

for (const [what, before, after, expected] of STATUS) {
  Deno.test(`jobs.validateStatusUpdate() on ${what} says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(
      changeFindings(
        jobs,
        [{ spec: base, status: before }, { spec: base, status: after }],
        "status",
      ),
      expected,
    );
  });
}

const ENDS: readonly (readonly [Loose, Loose, string, string, string])[] = [
  [{}, {}, "Running", "0/1", ""],
  [
    {},
    {
      ...holds("SuccessCriteriaMet", "Complete"),
      succeeded: 1,
      startTime: T1,
      completionTime: T2,
    },
    "Complete",
    "1/1",
    "60s",
  ],
  [{ parallelism: 3 }, { startTime: T1 }, "Running", "0/1 of 3", "5m"],
  [{ suspend: true }, idle, "Suspended", "0/1", ""],
];

for (const [spec, status, text, completions, duration] of ENDS) {
  Deno.test(`jobs.columns show a job that is ${text}, ${completions}`, () => {
    const object = newObject(jobs, { spec: { ...base, ...spec } });
    object["status"] = status;
    const cells = cellsOf(jobs, object, Date.parse(T1) + 300_000);
    assert.deepEqual(
      [cells["Status"], cells["Completions"], cells["Duration"]],
      [text, completions, duration],
    );
  });
}

Deno.test("jobs.selectableFields() holds just the supported selectors", () => {
  const object = newObject(jobs, { spec: base });
  object["status"] = { succeeded: 2 };
  const fields = jobs.selectableFields?.(object as never);
  assert.deepEqual(fields, { "status.successful": "2" });
  assert.deepEqual(Object.keys(fields ?? {}), [...jobs.fieldSelectors]);
});
