/**
 * How a job finds its Pods: by labels that the server gives them.
 *
 * @module
 */
import type { ObjectMeta } from "../meta.ts";
import type { JobSpec } from "./job_spec.ts";

/** UID of the job that a Pod belongs to. */
export const CONTROLLER_UID_LABEL = "batch.kubernetes.io/controller-uid";
/** Name of the job that a Pod belongs to. */
export const JOB_NAME_LABEL = "batch.kubernetes.io/job-name";
/** Both labels as they were before they had a prefix. */
export const OLD_LABELS = { uid: "controller-uid", name: "job-name" } as const;

/** Labels the template with the job's name and UID and selects by the UID, unless the client does that itself. */
export function selectPodsOf(
  { metadata, spec }: { metadata: ObjectMeta; spec: JobSpec },
): void {
  if (spec.manualSelector === true) return;
  const { name = "", uid = "" } = metadata;
  const template = spec.template.metadata ??= {};
  const shared = metadata.labels === template.labels;
  // What the client has set itself stays, and validation refuses it when it is wrong.
  template.labels = {
    [OLD_LABELS.name]: name,
    [JOB_NAME_LABEL]: name,
    [OLD_LABELS.uid]: uid,
    [CONTROLLER_UID_LABEL]: uid,
    ...template.labels,
  };
  if (shared) metadata.labels = template.labels;
  const selector = spec.selector ??= {};
  selector.matchLabels = {
    [CONTROLLER_UID_LABEL]: uid,
    ...selector.matchLabels,
  };
}
