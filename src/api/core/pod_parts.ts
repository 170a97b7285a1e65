/**
 * The subresources of Pods that write a part of the spec: containers to look around with (`ephemeralcontainers`), and resources (`resize`).
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import type { PartStrategy } from "../kind.ts";
import type { ObjectMeta } from "../meta.ts";
import { validateEphemeralContainersUpdate } from "../validation/pod_ephemeral.ts";
import { validatePodResize } from "../validation/pod_resize.ts";
import type { Container } from "./container.ts";
import type { Pod } from "./pod.ts";

const KEPT_METADATA = [
  "deletionTimestamp",
  "labels",
  "annotations",
  "finalizers",
  "ownerReferences",
] as const satisfies readonly (keyof ObjectMeta)[];

/** Makes all but the spec that of `previous`. */
function keepAllButSpec(next: Pod, previous: Pod): void {
  const target = next.metadata as Record<string, unknown>;
  for (const name of KEPT_METADATA) {
    if (previous.metadata[name] === undefined) delete target[name];
    else target[name] = previous.metadata[name];
  }
  if (previous.status === undefined) delete next.status;
  else next.status = previous.status;
}

function countGeneration(next: Pod, previous: Pod): void {
  const before = previous.metadata.generation ?? 1;
  next.metadata.generation = sameJson(next.spec, previous.spec)
    ? before
    : before + 1;
}

/** The old containers with the resources of the new ones; the new ones as they are when they are not the same ones, for validation to refuse. */
function resized(next: Container[], previous: Container[]): Container[] {
  if (next.some(({ name }, i) => name !== previous[i]?.name)) return next;
  return next.map(({ resources, resizePolicy }, i) => {
    const { resources: _, resizePolicy: __, ...container } = previous[i]!;
    return {
      ...container,
      ...(resources === undefined ? {} : { resources }),
      ...(resizePolicy === undefined ? {} : { resizePolicy }),
    };
  });
}

const ephemeralContainers: PartStrategy<Pod> = {
  prepareForUpdate(next, previous) {
    const { ephemeralContainers: wanted } = next.spec;
    const { ephemeralContainers: _, ...spec } = previous.spec;
    next.spec = wanted === undefined
      ? spec
      : { ...spec, ephemeralContainers: wanted };
    keepAllButSpec(next, previous);
    countGeneration(next, previous);
  },
  validateUpdate: validateEphemeralContainersUpdate,
};

const resize: PartStrategy<Pod> = {
  prepareForUpdate(next, previous) {
    const { containers, initContainers = [], resources } = next.spec;
    const { initContainers: before = [] } = previous.spec;
    if (
      containers.length === previous.spec.containers.length &&
      initContainers.length === before.length
    ) {
      const { resources: _, ...spec } = previous.spec;
      next.spec = {
        ...spec,
        containers: resized(containers, previous.spec.containers),
        ...(initContainers.length === 0
          ? {}
          : { initContainers: resized(initContainers, before) }),
        ...(resources === undefined ? {} : { resources }),
      };
      keepAllButSpec(next, previous);
    }
    countGeneration(next, previous);
  },
  validateUpdate: validatePodResize,
};

/** By name. */
export const podParts: Readonly<Record<string, PartStrategy<Pod>>> = {
  ephemeralcontainers: ephemeralContainers,
  resize,
};
