/**
 * The rules for a change of a Pod's resources while it runs.
 *
 * @module
 */
import type { Container } from "../core/container.ts";
import type { Pod } from "../core/pod.ts";
import { qosClass } from "../core/pod_resources.ts";
import type { PodSpec } from "../core/pod_spec.ts";
import type { ResourceRequirements } from "../core/resource_requirements.ts";
import { sameJson } from "../equal.ts";
import { forbiddenField, invalidValue } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { ResourceList } from "../schema/words.ts";
import { validatePod } from "./pod.ts";
import { MIRROR_ANNOTATION } from "./pod_ephemeral.ts";

const KINDS = ["containers", "initContainers"] as const;
const RESIZABLE = ["cpu", "memory"];

function wasRemoved(
  next: ResourceList | undefined,
  previous: ResourceList | undefined,
): boolean {
  return Object.keys(previous ?? {}).some((name) => next?.[name] === undefined);
}

/** The new amounts with those of CPU and memory put back; empty counts as absent. */
function withoutResize(
  next: ResourceList | undefined,
  previous: ResourceList | undefined,
): ResourceList | undefined {
  const list = { ...next };
  for (const name of RESIZABLE) {
    if (previous?.[name] === undefined) delete list[name];
    else list[name] = previous[name];
  }
  return Object.keys(list).length === 0 ? undefined : list;
}

/** Requirements with CPU and memory put back, as a value to compare. */
function comparable(
  next: ResourceRequirements | undefined,
  previous: ResourceRequirements | undefined,
): unknown {
  return {
    limits: withoutResize(next?.limits, previous?.limits),
    requests: withoutResize(next?.requests, previous?.requests),
    claims: next?.claims,
  };
}

function changesMore(next: Container, previous: Container): boolean {
  const { resources: after, ...rest } = next;
  const { resources: before, ...old } = previous;
  return !sameJson(rest, old) ||
    !sameJson(comparable(after, before), comparable(before, before));
}

/** What must be so before the parts can be compared one by one. */
function validateOrder(next: PodSpec, previous: PodSpec): FieldError[] {
  return KINDS.flatMap((kind) => {
    const after = next[kind] ?? [];
    const before = previous[kind] ?? [];
    if (after.length !== before.length) {
      return [
        forbiddenField(
          `spec.${kind}`,
          `${kind} may not be added or removed on resize`,
        ),
      ];
    }
    return before.flatMap(({ name }, i) =>
      after[i]!.name === name ? [] : [
        forbiddenField(
          `spec.${kind}[${i}].name`,
          `${kind} may not be renamed or reordered on resize`,
        ),
      ]
    );
  });
}

function validateRemoval(
  next: Container,
  previous: Container,
  field: string,
): FieldError[] {
  return (["requests", "limits"] as const).flatMap((name) =>
    wasRemoved(next.resources?.[name], previous.resources?.[name])
      ? [
        forbiddenField(
          `${field}.${name}`,
          `resource ${name} cannot be removed`,
        ),
      ]
      : []
  );
}

function validateInitContainer(
  next: Container,
  previous: Container,
  field: string,
): FieldError[] {
  const found = changesMore(next, previous)
    ? [
      forbiddenField(
        field,
        "only cpu and memory resources for init or sidecar containers are mutable",
      ),
    ]
    : [];
  const restarts = next.resizePolicy?.some(({ restartPolicy }) =>
    restartPolicy === "RestartContainer"
  );
  // One that runs once cannot be restarted for it.
  if (
    restarts === true && next.restartPolicy !== "Always" &&
    !sameJson(next, previous)
  ) {
    found.push(
      forbiddenField(
        field,
        "non-sidecar init containers with a resize policy of RestartContainer cannot be resized",
      ),
    );
  }
  return found;
}

function validateContainers(next: PodSpec, previous: PodSpec): FieldError[] {
  const before = previous.initContainers ?? [];
  const after = next.initContainers ?? [];
  return [
    ...before.flatMap((container, i) =>
      validateRemoval(
        after[i]!,
        container,
        `spec.initContainers[${i}].resources`,
      )
    ),
    ...previous.containers.flatMap((container, i) =>
      validateRemoval(
        next.containers[i]!,
        container,
        `spec.containers[${i}].resources`,
      )
    ),
    ...previous.containers.filter((container, i) =>
      changesMore(next.containers[i]!, container)
    ).map(() =>
      forbiddenField("spec", "only cpu and memory resources are mutable")
    ),
    ...before.flatMap((container, i) =>
      validateInitContainer(after[i]!, container, `spec.initContainers[${i}]`)
    ),
  ];
}

function isSet(resources: ResourceRequirements | undefined): boolean {
  const { limits = {}, requests = {} } = resources ?? {};
  return Object.keys(limits).length + Object.keys(requests).length > 0;
}

/** The rules of what the Pod as a whole reserves. */
function validatePodLevel(next: PodSpec, previous: PodSpec): FieldError[] {
  const { resources: after } = next;
  const { resources: before } = previous;
  if (!isSet(after) && !isSet(before)) return [];
  const field = "spec.resources";
  if (before !== undefined && after === undefined) {
    return [forbiddenField(field, "pod-level resources cannot be removed")];
  }
  const found = (["requests", "limits"] as const).flatMap((name) =>
    wasRemoved(after?.[name], before?.[name])
      ? [
        forbiddenField(
          `${field}.${name}`,
          `pod-level resource ${name} cannot be removed`,
        ),
      ]
      : []
  );
  if (!sameJson(comparable(after, before), comparable(before, before))) {
    found.push(
      forbiddenField(
        "spec",
        "only cpu and memory resources are mutable at pod-level",
      ),
    );
  }
  return found;
}

/** Whether the node tells resources of running containers; if not, it could not change them either. */
function isSupported({ status }: Pod): boolean {
  const running = status?.containerStatuses?.find(({ state }) =>
    state?.running !== undefined
  );
  return running === undefined || running.resources !== undefined;
}

/** The rules for a change of a Pod through `resize`. */
export function validatePodResize(next: Pod, previous: Pod): FieldError[] {
  if (previous.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
    return [forbiddenField("[]", "static pods cannot be resized")];
  }
  if (previous.spec.os?.name === "windows") {
    return [forbiddenField("[]", "windows pods cannot be resized")];
  }
  const found = validatePod(next);
  if ((previous.status?.qosClass ?? qosClass(previous)) !== qosClass(next)) {
    found.push(
      invalidValue(
        "spec",
        next.status?.qosClass ?? "",
        "Pod QOS Class may not change as a result of resizing",
      ),
    );
  }
  if (!isSupported(previous)) {
    found.push(
      forbiddenField("spec", "Pod running on node without support for resize"),
    );
  }
  found.push(...validatePodLevel(next.spec, previous.spec));
  const order = validateOrder(next.spec, previous.spec);
  if (order.length > 0) return [...found, ...order];
  return [...found, ...validateContainers(next.spec, previous.spec)];
}
