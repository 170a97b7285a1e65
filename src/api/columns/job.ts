/**
 * What `kubectl get` shows of jobs and what makes them.
 *
 * @module
 */
import type { CronJob } from "../batch/cron_job.ts";
import type { Job } from "../batch/job.ts";
import { ageOf, humanDuration } from "../duration.ts";
import type { Column } from "../kind.ts";
import { formatLabelSelector } from "../selector.ts";
import { ageColumn, column, containerColumns, nameColumn } from "./common.ts";

function jobStatusText({ metadata, status }: Job): string {
  const holds = (type: string) =>
    status?.conditions?.find((c) => c.type === type)?.status === "True";
  if (holds("Complete")) return "Complete";
  if (holds("Failed")) return "Failed";
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].find(holds) ??
    "Running";
}

function completionsText({ spec, status }: Job): string {
  const done = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${done}/${spec.completions}`;
  const { parallelism = 0 } = spec;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function durationText({ status }: Job, now: number): string {
  if (status?.startTime === undefined) return "";
  const end = status.completionTime === undefined
    ? now
    : Date.parse(status.completionTime);
  return humanDuration(end - Date.parse(status.startTime));
}

/** The columns of jobs. */
export const jobColumns: readonly Column<Job>[] = [
  nameColumn(),
  column("Status", jobStatusText, { description: "How the job fares" }),
  column("Completions", completionsText, {
    description: "Pods that succeeded, of those that must",
  }),
  column("Duration", durationText, { description: "How long it took" }),
  ageColumn(),
  ...containerColumns<Job>(({ spec }) => spec.template.spec.containers),
  column("Selector", ({ spec }) => formatLabelSelector(spec.selector), {
    wide: true,
    description: "Labels of the Pods that count",
  }),
];

/** The columns of cron jobs. */
export const cronJobColumns: readonly Column<CronJob>[] = [
  nameColumn(),
  column("Schedule", ({ spec }) => spec.schedule, {
    description: "When jobs are made",
  }),
  column("Timezone", ({ spec }) => spec.timeZone ?? "<none>", {
    description: "Time zone of the schedule",
  }),
  column(
    "Suspend",
    ({ spec }) =>
      spec.suspend === undefined ? "<unset>" : spec.suspend ? "True" : "False",
    { type: "boolean", description: "Whether no more jobs are made for now" },
  ),
  column("Active", ({ status }) => status?.active?.length ?? 0, {
    type: "integer",
    description: "Jobs that run",
  }),
  column(
    "Last Schedule",
    ({ status }, now) =>
      status?.lastScheduleTime === undefined
        ? "<none>"
        : ageOf(status.lastScheduleTime, now),
    {
      description: "When a job was last made",
    },
  ),
  ageColumn(),
  ...containerColumns<CronJob>(({ spec }) =>
    spec.jobTemplate.spec.template.spec.containers
  ),
  column(
    "Selector",
    ({ spec }) => formatLabelSelector(spec.jobTemplate.spec.selector),
    { wide: true, description: "Labels of the Pods that count" },
  ),
];
