/**
 * Builder of containers for tests.
 *
 * @module
 */
import type { ContainerConfig } from "../runtime/runtime.ts";

/** A container that wants nothing but its image, unless `more` says otherwise. */
export function plainContainer(
  more:
    & Partial<ContainerConfig>
    & Pick<ContainerConfig, "image" | "imageRef">,
): ContainerConfig {
  return {
    name: "main",
    attempt: 0,
    command: [],
    args: [],
    env: [],
    mounts: [],
    labels: {},
    annotations: {},
    ports: [],
    resources: {},
    security: {
      privileged: false,
      supplementalGroups: [],
      readOnlyRootFilesystem: false,
      capabilitiesAdd: [],
      capabilitiesDrop: [],
    },
    stdin: false,
    tty: false,
    ...more,
  };
}
