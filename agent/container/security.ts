/**
 * From security contexts to what a runtime is told.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type {
  SeccompProfile,
  SecurityContext,
} from "../../src/api/core/security_context.ts";
import {
  type ContainerConfig,
  type ImageUser,
  type Profile,
  RuntimeError,
} from "../runtime/runtime.ts";
import { appArmorProfile } from "./app_armor_profile.ts";
import { podInMessages } from "./pod_events.ts";

/** Largest user id. */
const MAX_ID = 2 ** 31 - 1;

/** What {@linkcode securityConfig} looks at. */
export interface SecurityInput {
  readonly pod: Pod;
  readonly container: Container;
  /** Whom the image names; absent where the engine's images name nobody. */
  readonly imageUser?: ImageUser;
  /** Folder with the seccomp profiles of the node. */
  readonly seccompDir: string;
}

/**
 * The container's context over the pod's, and the image's user where neither names one.
 *
 * @throws {RuntimeError} `CreateContainerConfigError` in kubelet's words when it breaks a rule
 */
export function securityConfig(
  input: SecurityInput,
): ContainerConfig["security"] {
  const { pod, container, imageUser } = input;
  const { securityContext: own = {} } = container;
  const { securityContext: shared = {} } = pod.spec;
  const { runAsUser, runAsGroup, runAsNonRoot, seLinuxOptions } = {
    ...effective(shared),
    ...effective(own),
  };
  if (runAsNonRoot) verifyNonRoot(input, runAsUser);
  const user = runAsUser ?? imageUser?.uid;
  const username = runAsUser === undefined ? imageUser?.username : undefined;
  const seccomp = own.seccompProfile ?? shared.seccompProfile;
  const appArmor = appArmorProfile(pod, container);
  return {
    privileged: own.privileged ?? false,
    ...(user !== undefined && { runAsUser: user }),
    ...(username !== undefined && { runAsUsername: username }),
    ...(runAsGroup !== undefined && { runAsGroup }),
    supplementalGroups: podGroups(pod),
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    ...(own.allowPrivilegeEscalation !== undefined &&
      { allowPrivilegeEscalation: own.allowPrivilegeEscalation }),
    capabilitiesAdd: own.capabilities?.add ?? [],
    capabilitiesDrop: own.capabilities?.drop ?? [],
    seccomp: seccompConfig(seccomp, input.seccompDir),
    ...(appArmor && {
      appArmor: {
        type: appArmor.type,
        ...(appArmor.localhostProfile !== undefined &&
          { ref: appArmor.localhostProfile }),
      },
    }),
    ...(own.procMount === "Unmasked" && { unmaskedProc: true }),
    ...(seLinuxOptions && { seLinux: seLinuxOptions }),
  };
}

/** The group of a pod's volumes and the further groups of its processes. */
export function podGroups({ spec }: Pod): number[] {
  const { fsGroup, supplementalGroups = [] } = spec.securityContext ?? {};
  return fsGroup === undefined
    ? [...supplementalGroups]
    : [fsGroup, ...supplementalGroups];
}

/** Only what is said: an absent field does not hide the pod's. */
function effective(
  context: SecurityContext,
): Pick<
  SecurityContext,
  "runAsUser" | "runAsGroup" | "runAsNonRoot" | "seLinuxOptions"
> {
  const { runAsUser, runAsGroup, runAsNonRoot, seLinuxOptions } = context;
  return {
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && { runAsGroup }),
    ...(runAsNonRoot !== undefined && { runAsNonRoot }),
    ...(seLinuxOptions !== undefined && { seLinuxOptions }),
  };
}

function verifyNonRoot(
  { pod, container, imageUser }: SecurityInput,
  runAsUser: number | undefined,
): void {
  const where = `(pod: "${podInMessages(pod)}", container: ${container.name})`;
  if (runAsUser !== undefined) {
    if (runAsUser !== 0) return;
    throw configError(
      `container's runAsUser breaks non-root policy ${where}`,
    );
  }
  if (imageUser?.username) {
    throw configError(
      `container has runAsNonRoot and image has non-numeric user (${imageUser.username}), cannot verify user is non-root ${where}`,
    );
  }
  if (imageUser?.uid === 0) {
    throw configError(
      `container has runAsNonRoot and image will run as root ${where}`,
    );
  }
  if (imageUser?.uid !== undefined && imageUser.uid > MAX_ID) {
    throw configError(
      `container has runAsNonRoot and image has an invalid user id (${imageUser.uid}). (Must be 1-(${MAX_ID})): must be between 0 and ${MAX_ID}, inclusive ${where}`,
    );
  }
}

function seccompConfig(
  profile: SeccompProfile | undefined,
  folder: string,
): Profile {
  if (profile?.type !== "Localhost") {
    return { type: profile?.type ?? "Unconfined" };
  }
  const name = profile.localhostProfile;
  if (!name) {
    throw configError(
      "localhostProfile must be set if seccompProfile type is Localhost.",
    );
  }
  // The API takes none that leads out; a static pod's manifest has not been there.
  if (name.startsWith("/") || name.split("/").includes("..")) {
    throw configError(
      `seccomp profile "${name}" must be a path within the node's folder of profiles`,
    );
  }
  return { type: "Localhost", ref: `${folder}/${name}` };
}

function configError(message: string): RuntimeError {
  return new RuntimeError("CreateContainerConfigError", message);
}
