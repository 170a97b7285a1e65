/**
 * Which user a guest's process runs as.
 *
 * @module
 */
import { type ContainerConfig, RuntimeError } from "../runtime.ts";
import type { SuperviseRequest } from "./supervisor.ts";

/** The user and group of guests whose Pod names none: `nobody`. A guest has no files of its own that an owner would matter for. */
export const NOBODY = 65534;

/**
 * The user to become; undefined when the agent is not root and the guest stays whoever the agent is.
 *
 * @throws {RuntimeError} `CreateContainerConfigError` when the Pod asks for a user that we cannot become
 */
export function guestUser(
  config: Pick<ContainerConfig, "name" | "security">,
  agentUid: number,
): SuperviseRequest["user"] {
  const { runAsUser, runAsGroup, supplementalGroups } = config.security;
  if (agentUid === 0) {
    return {
      uid: runAsUser ?? NOBODY,
      gid: runAsGroup ?? NOBODY,
      groups: supplementalGroups,
    };
  }
  if (runAsUser !== undefined && runAsUser !== agentUid) {
    throw new RuntimeError(
      "CreateContainerConfigError",
      `Can not run container "${config.name}" as user ${runAsUser}: the agent is not root`,
    );
  }
  return undefined;
}
