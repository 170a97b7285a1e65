/**
 * What a pod's sandbox may, beside its containers.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import { podGroups } from "../container/security.ts";
import type { SandboxConfig } from "../runtime/runtime.ts";

/** Privileges, user, groups and kernel parameters of the sandbox. */
export function sandboxSecurity(
  pod: Pod,
): Pick<SandboxConfig, "security" | "sysctls"> {
  const { spec } = pod;
  const context = spec.securityContext ?? {};
  const { runAsUser, runAsGroup, seLinuxOptions, sysctls = [] } = context;
  const privileged = [
    ...spec.containers,
    ...spec.initContainers ?? [],
    ...spec.ephemeralContainers ?? [],
  ].some(({ securityContext }) => securityContext?.privileged);
  return {
    security: {
      privileged,
      supplementalGroups: podGroups(pod),
      ...(runAsUser !== undefined && { runAsUser }),
      ...(runAsGroup !== undefined && { runAsGroup }),
      ...(seLinuxOptions && { seLinux: seLinuxOptions }),
    },
    ...(sysctls.length > 0 && {
      sysctls: Object.fromEntries(
        sysctls.map(({ name, value }) => [name, value]),
      ),
    }),
  };
}
