import assert from "node:assert/strict";
import {
  cellsOf,
  changeFindings,
  findings,
  type Loose,
  newObject,
} from "../testing/findings.ts";
import { cronJobs } from "./cron_job.ts";

const jobTemplate = {
  spec: {
    template: {
      spec: {
        restartPolicy: "OnFailure",
        containers: [{ name: "c", image: "i:1" }],
      },
    },
  },
};
const base = { schedule: "*/5 * * * *", jobTemplate };

Deno.test("cronJobs.setDefaults() fills in what kube-apiserver fills in", () => {
  const { spec } = newObject(cronJobs, { spec: base });
  const { jobTemplate: template, ...rest } = spec;
  assert.deepEqual(rest, {
    schedule: "*/5 * * * *",
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
  // The jobs get their own defaults when they are made.
  assert.deepEqual(Object.keys(template.spec), ["template"]);
});

const WRONG: readonly (readonly [Loose, readonly string[]])[] = [
  [{ timeZone: "Europe/Vienna" }, []],
  [{ schedule: "" }, ["spec.schedule: Required value"]],
  [
    { schedule: "0 24 * * *" },
    [
      'spec.schedule: Invalid value: "0 24 * * *": end of range (24) above maximum (23): 24',
    ],
  ],
  [
    { schedule: "TZ=UTC 0 1 * * *" },
    [
      'spec.schedule: Invalid value: "TZ=UTC 0 1 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
  ],
  [
    { timeZone: "Mars/Base" },
    ['spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base'],
  ],
  [
    { timeZone: "Local" },
    [
      'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
  ],
  [
    { concurrencyPolicy: "Wait" },
    [
      'spec.concurrencyPolicy: Unsupported value: "Wait": supported values: "Allow", "Forbid", "Replace"',
    ],
  ],
  [
    {
      jobTemplate: { spec: { ...jobTemplate.spec, selector: {} } },
    },
    [
      "spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated",
    ],
  ],
];

for (const [more, expected] of WRONG) {
  Deno.test(`cronJobs.validate() says: ${expected[0] ?? "nothing"} ${JSON.stringify(more)}`, () => {
    assert.deepEqual(
      findings(cronJobs, { spec: { ...base, ...more } }),
      expected,
    );
  });
}

Deno.test("cronJobs.validate() leaves room for the names of jobs", () => {
  const found = (length: number) =>
    findings(cronJobs, {
      metadata: { name: "a".repeat(length) },
      spec: base,
    });
  assert.deepEqual(found(52), []);
  assert.match(
    found(53)[0]!,
    /^metadata\.name: .*must be no more than 52 characters$/,
  );
});

Deno.test("cronJobs.validateUpdate() lets an old zone in the schedule stay", () => {
  const old = { ...base, schedule: "TZ=UTC 0 1 * * *" };
  assert.deepEqual(
    changeFindings(cronJobs, [{ spec: old }, {
      spec: { ...old, suspend: true },
    }]),
    [],
  );
  assert.deepEqual(
    changeFindings(cronJobs, [{ spec: old }, {
      spec: { ...old, timeZone: "UTC" },
    }]),
    [
      'spec.schedule: Invalid value: "TZ=UTC 0 1 * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
    ],
  );
});

Deno.test("cronJobs.columns show what kubectl get cronjobs shows", () => {
  const object = newObject(cronJobs, { spec: { ...base, suspend: true } });
  object["status"] = {
    active: [{}, {}],
    lastScheduleTime: "2026-01-01T00:00:00Z",
  };
  const now = Date.parse("2026-01-01T00:04:00Z");
  assert.deepEqual(cellsOf(cronJobs, object, now), {
    Name: "a",
    Schedule: "*/5 * * * *",
    Timezone: "<none>",
    Suspend: "True",
    Active: 2,
    "Last Schedule": "4m",
    Age: "<unknown>",
    Containers: "c",
    Images: "i:1",
    Selector: "<none>",
  });
});
