/**
 * The rules for a change of a Job's status. What was wrong before may stay; only what changes must be right, so that a Job whose spec has just
 * changed is not stuck.
 *
 * @module
 */
import type { Job } from "../batch/job.ts";
import { sameJson } from "../equal.ts";
import {
  duplicate,
  invalidOmitted,
  invalidValue,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { checkIndexes, overlap } from "./job_indexes.ts";
import { IMMUTABLE } from "./meta.ts";
import { notNegative } from "./values.ts";

const COUNTS = [
  "active",
  "succeeded",
  "failed",
  "ready",
  "terminating",
] as const;

/** Whether a condition holds. */
export function hasCondition({ status }: Job, type: string): boolean {
  return status?.conditions?.some((c) =>
    c.type === type && c.status === "True"
  ) ?? false;
}

function isFinished(job: Job): boolean {
  return hasCondition(job, "Complete") || hasCondition(job, "Failed");
}

type StatusField = keyof NonNullable<Job["status"]>;

/** What differs between two states of a job. */
interface Changes {
  readonly next: Job;
  readonly previous: Job;
  /** Whether a field of the status differs. */
  field(name: StatusField): boolean;
  /** Whether a condition began or ceased to hold. */
  condition(type: string): boolean;
  /** Whether the job has ended, or is no longer at its end. */
  readonly finished: boolean;
}

function changesOf(next: Job, previous: Job): Changes {
  return {
    next,
    previous,
    field: (name) => !sameJson(next.status?.[name], previous.status?.[name]),
    condition: (type) =>
      hasCondition(next, type) !== hasCondition(previous, type),
    finished: isFinished(next) !== isFinished(previous),
  };
}

function validateUncounted({ status }: Job): FieldError[] {
  const { succeeded = [], failed = [] } = status?.uncountedTerminatedPods ?? {};
  const seen = new Set<string>();
  return Object.entries({ succeeded, failed }).flatMap(([name, uids]) =>
    uids.flatMap((uid, i) => {
      const at = `status.uncountedTerminatedPods.${name}[${i}]`;
      if (uid === "") return [invalidValue(at, uid, "must not be empty")];
      if (seen.has(uid)) return [duplicate(at, uid)];
      seen.add(uid);
      return [];
    })
  );
}

function validateConditions(changes: Changes): FieldError[] {
  const { next } = changes;
  const complete = hasCondition(next, "Complete");
  const failed = hasCondition(next, "Failed");
  const target = hasCondition(next, "FailureTarget");
  const met = hasCondition(next, "SuccessCriteriaMet");
  const found: FieldError[] = [];
  const say = (wrong: boolean, why: string) => {
    if (wrong) found.push(invalidOmitted("status.conditions", why));
  };
  const completed = changes.condition("Complete");
  say(
    complete && failed && (completed || changes.condition("Failed")),
    "cannot set Complete=True and Failed=true conditions",
  );
  say(
    complete && target && (completed || changes.condition("FailureTarget")),
    "cannot set Complete=True and FailureTarget=true conditions",
  );
  say(
    failed && !target &&
      (changes.condition("Failed") || changes.field("failedIndexes")),
    "cannot set Failed=True condition without the FailureTarget=true condition",
  );
  say(
    complete && !met && (completed || changes.condition("SuccessCriteriaMet")),
    "cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
  );
  say(
    met && failed,
    "cannot set SuccessCriteriaMet=True and Failed=true conditions",
  );
  say(
    met && target,
    "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
  );
  say(
    next.spec.successPolicy !== undefined && !met && complete,
    "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True",
  );
  return found;
}

function validateTimes(changes: Changes): FieldError[] {
  const { next } = changes;
  const { startTime, completionTime } = next.status ?? {};
  const complete = hasCondition(next, "Complete");
  const at = "status.completionTime";
  const found: FieldError[] = [];
  const completing = changes.condition("Complete") ||
    changes.field("completionTime");
  if (completing && completionTime !== undefined && !complete) {
    found.push(
      invalidValue(
        at,
        completionTime,
        "cannot set completionTime when there is no Complete=True condition",
      ),
    );
  }
  if (completing && completionTime === undefined && complete) {
    found.push(required(at, "completionTime is required for Complete jobs"));
  }
  if (
    startTime !== undefined && completionTime !== undefined &&
    (changes.field("startTime") || changes.field("completionTime")) &&
    Date.parse(completionTime) < Date.parse(startTime)
  ) {
    found.push(
      invalidValue(
        at,
        completionTime,
        "must be equal to or after `startTime`",
      ),
    );
  }
  return found;
}

function validateFinished(changes: Changes): FieldError[] {
  const { next } = changes;
  const { status = {}, spec } = next;
  if (!isFinished(next)) return [];
  const { active = 0, terminating = 0, uncountedTerminatedPods: uncounted } =
    status;
  const changed = (name: StatusField) =>
    changes.finished || changes.field(name);
  const empty = spec.suspend === true && spec.completions === 0;
  const pods = (uncounted?.failed?.length ?? 0) +
    (uncounted?.succeeded?.length ?? 0);
  return [
    ...(active > 0 && changed("active")
      ? [
        invalidValue(
          "status.active",
          active,
          "active>0 is invalid for finished job",
        ),
      ]
      : []),
    ...(status.startTime === undefined && changed("startTime") && !empty
      ? [required("status.startTime", "startTime is required for finished job")]
      : []),
    ...(pods > 0 && changed("uncountedTerminatedPods")
      ? [
        invalidValue(
          "status.uncountedTerminatedPods",
          // Kubernetes shows its internal form, whose fields are upper-case.
          {
            Succeeded: uncounted?.succeeded ?? null,
            Failed: uncounted?.failed ?? null,
          },
          "must be empty for finished job",
        ),
      ]
      : []),
    ...(terminating > 0 && changed("terminating")
      ? [
        invalidValue(
          "status.terminating",
          terminating,
          "terminating>0 is invalid for finished job",
        ),
      ]
      : []),
  ];
}

function validateIndexes(changes: Changes): FieldError[] {
  const { spec, status = {} } = changes.next;
  const { completedIndexes = "", failedIndexes } = status;
  const { completions } = spec;
  const found: FieldError[] = [];
  const say = (name: string, value: string, why: string) =>
    found.push(invalidValue(`status.${name}`, value, why));
  if (changes.field("completedIndexes")) {
    const wrong = completions === undefined
      ? 0
      : checkIndexes(completedIndexes, completions);
    if (typeof wrong === "string") {
      say(
        "completedIndexes",
        completedIndexes,
        `error parsing completedIndexes: ${wrong}`,
      );
    }
    if (completedIndexes !== "" && spec.completionMode !== "Indexed") {
      say(
        "completedIndexes",
        completedIndexes,
        "cannot set non-empty completedIndexes when non-indexed completion mode",
      );
    }
  }
  if (failedIndexes === undefined) return found;
  if (changes.field("failedIndexes")) {
    const wrong = completions === undefined ||
        spec.backoffLimitPerIndex === undefined
      ? 0
      : checkIndexes(failedIndexes, completions);
    if (typeof wrong === "string") {
      say(
        "failedIndexes",
        failedIndexes,
        `error parsing failedIndexes: ${wrong}`,
      );
    }
    if (spec.backoffLimitPerIndex === undefined) {
      say(
        "failedIndexes",
        failedIndexes,
        "cannot set non-null failedIndexes when backoffLimitPerIndex is null",
      );
    }
  }
  if (changes.field("failedIndexes") || changes.field("completedIndexes")) {
    const both = overlap(completedIndexes, failedIndexes, completions ?? 0);
    if (both !== undefined) {
      say(
        "failedIndexes",
        failedIndexes,
        `failedIndexes and completedIndexes overlap at index: ${both}`,
      );
    }
  }
  return found;
}

/** What was reached once stays. */
function validateProgress(changes: Changes): FieldError[] {
  const { next, previous } = changes;
  const { spec, status = {} } = next;
  const before = previous.status ?? {};
  const found: FieldError[] = [];
  const disabled = (type: string) =>
    hasCondition(previous, type) && !hasCondition(next, type);
  const say = (why: string) =>
    found.push(invalidOmitted("status.conditions", why));
  for (const type of ["Failed", "Complete", "FailureTarget"]) {
    if (disabled(type)) {
      say(`cannot disable the terminal ${type}=True condition`);
    }
  }
  const decreased = (name: "failed" | "succeeded") => {
    if ((status[name] ?? 0) >= (before[name] ?? 0)) return;
    found.push(
      invalidValue(
        `status.${name}`,
        status[name] ?? 0,
        `cannot decrease the ${name} counter`,
      ),
    );
  };
  decreased("failed");
  // Numbers can be taken away from a Job that has as many Pods at a time.
  if (
    spec.completionMode !== "Indexed" || spec.completions !== spec.parallelism
  ) decreased("succeeded");
  if (
    before.completionTime !== undefined &&
    status.completionTime !== undefined && changes.field("completionTime")
  ) {
    found.push(
      invalidValue("status.completionTime", status.completionTime, IMMUTABLE),
    );
  }
  const resumed = hasCondition(previous, "Suspended") &&
    (status.conditions ?? []).some((c) =>
      c.type === "Suspended" && c.status === "False"
    );
  if (
    before.startTime !== undefined && changes.field("startTime") && !resumed &&
    spec.suspend !== true
  ) {
    found.push(
      invalidValue(
        "status.startTime",
        status.startTime,
        "field is immutable for unsuspended job once set",
      ),
    );
  }
  if (disabled("SuccessCriteriaMet")) {
    say("cannot disable the SuccessCriteriaMet=True condition");
  }
  if (
    hasCondition(previous, "Complete") &&
    !hasCondition(previous, "SuccessCriteriaMet") &&
    hasCondition(next, "SuccessCriteriaMet")
  ) {
    say(
      "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions",
    );
  }
  return found;
}

/** The rules for a change of a Job's status. */
export function validateJobStatus(next: Job, previous: Job): FieldError[] {
  const changes = changesOf(next, previous);
  const { status } = next;
  const { ready = 0, active = 0 } = status ?? {};
  return [
    ...COUNTS.flatMap((name) => notNegative(`status.${name}`, status?.[name])),
    ...validateUncounted(next),
    ...validateTimes(changes),
    ...validateConditions(changes),
    ...validateFinished(changes),
    ...validateIndexes(changes),
    ...(ready > active && (changes.field("ready") || changes.field("active"))
      ? [
        invalidValue(
          "status.ready",
          ready,
          "cannot set more ready pods than active",
        ),
      ]
      : []),
    ...validateProgress(changes),
  ];
}
