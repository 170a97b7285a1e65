/**
 * What may change in the template of a Job: where and with how much its Pods run, while it is suspended and has none.
 *
 * @module
 */
import type { Container } from "../core/container.ts";
import type { PodSpec } from "../core/pod_spec.ts";
import type { PodTemplateSpec } from "../core/pod_template.ts";
import type { Job } from "../batch/job.ts";
import type { FieldError } from "../kind.ts";
import { hasCondition } from "./job_status.ts";
import { unchanged } from "./meta.ts";

/** The same object with a property of another one, or without it. */
function withPart<T extends object, K extends keyof T>(
  target: T,
  source: T,
  key: K,
): T {
  const copy = { ...target };
  if (source[key] === undefined) delete copy[key];
  else copy[key] = source[key];
  return copy;
}

/** The old template with the directives for scheduling of the new one. */
function withDirectives(
  previous: PodTemplateSpec,
  next: PodTemplateSpec,
): PodTemplateSpec {
  let spec: PodSpec = { ...previous.spec };
  delete spec.affinity;
  for (
    const key of ["nodeSelector", "tolerations", "schedulingGates"] as const
  ) spec = withPart(spec, next.spec, key);
  const affinity = withPart(
    previous.spec.affinity ?? {},
    next.spec.affinity ?? {},
    "nodeAffinity",
  );
  if (next.spec.affinity !== undefined || Object.keys(affinity).length > 0) {
    spec = { ...spec, affinity };
  }
  let metadata = previous.metadata ?? {};
  for (const key of ["annotations", "labels"] as const) {
    metadata = withPart(metadata, next.metadata ?? {}, key);
  }
  return { ...previous, metadata, spec };
}

function resourcesOf(
  previous: Container[] | undefined,
  next: Container[] | undefined,
): Container[] | undefined {
  if (previous?.length !== next?.length) return previous;
  return previous?.map((container, i) =>
    next?.[i]?.name === container.name
      ? withPart(container, next[i]!, "resources")
      : container
  );
}

/** The old spec with the resources of the new one. */
function withResources(previous: PodSpec, next: PodSpec): PodSpec {
  const spec: PodSpec = {
    ...previous,
    containers: resourcesOf(previous.containers, next.containers)!,
  };
  const init = resourcesOf(previous.initContainers, next.initContainers);
  if (init !== undefined) spec.initContainers = init;
  return spec;
}

/** The rules for a change of the template. */
export function validateJobTemplateUpdate(
  next: Job,
  previous: Job,
): FieldError[] {
  const { template } = next.spec;
  const idle = previous.spec.suspend === true &&
    hasCondition(previous, "Suspended") && (previous.status?.active ?? 0) === 0;
  if (!idle) {
    return unchanged("spec.template", {
      next: template,
      previous: previous.spec.template,
    });
  }
  const allowed = withDirectives(previous.spec.template, template);
  return unchanged("spec.template.spec", {
    next: template.spec,
    previous: withResources(allowed.spec, template.spec),
  });
}
