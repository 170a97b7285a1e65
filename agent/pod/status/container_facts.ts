/**
 * What a container's status says of its definition: resources and mounts.
 *
 * @module
 */
import type { Container } from "../../../src/api/core/container.ts";
import type { ContainerStatus } from "../../../src/api/core/container_status.ts";

/** The mounts of a container. No runtime here makes what lies below a read-only mount read-only too. */
export function mountFacts(
  { volumeMounts = [] }: Container,
): Pick<ContainerStatus, "volumeMounts"> {
  if (volumeMounts.length === 0) return {};
  return {
    volumeMounts: volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly && { readOnly, recursiveReadOnly: "Disabled" }),
    })),
  };
}

/** What a container that exists was given. */
export function resourceFacts(
  { resources = {} }: Container,
): Pick<ContainerStatus, "resources" | "allocatedResources"> {
  const { requests } = resources;
  const hasRequests = requests && Object.keys(requests).length > 0;
  return {
    ...(hasRequests && { allocatedResources: requests }),
    resources,
  };
}
