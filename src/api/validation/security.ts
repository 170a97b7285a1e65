/**
 * The rules of security contexts.
 *
 * @module
 */
import {
  duplicate,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { PodSpec } from "../core/pod_spec.ts";
import type {
  AppArmorProfile,
  PodSecurityContext,
  SeccompProfile,
  SecurityContext,
} from "../core/security_context.ts";
import { validateWindowsOptions } from "./pod_os.ts";
import { descendingPath, each, oneOfIfSet, validateId } from "./values.ts";

const PROFILES = ["Localhost", "RuntimeDefault", "Unconfined"];
const SYSCTL_PART = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SYSCTL = new RegExp(
  `^(${SYSCTL_PART}[\\./])*(?:${SYSCTL_PART})$`,
);
const SYSCTL_TEXT =
  `^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`;
const SYSCTL_MAX = 253;
const MAX_PROFILE_BYTES = 4095;

function validateType(
  type: string,
  field: string,
  what: string,
): FieldError[] {
  if (type === "") {
    return [required(field, `type is required when ${what} is set`)];
  }
  return PROFILES.includes(type) ? [] : [notSupported(field, type, PROFILES)];
}

function validateSeccomp(
  profile: SeccompProfile | undefined,
  field: string,
): FieldError[] {
  if (profile === undefined) return [];
  const { type, localhostProfile } = profile;
  const at = `${field}.localhostProfile`;
  const found = validateType(type, `${field}.type`, "seccompProfile");
  if (type === "Localhost") {
    found.push(
      ...(localhostProfile === undefined
        ? [required(at, "must be set when seccomp type is Localhost")]
        : descendingPath(at, localhostProfile)),
    );
  } else if (localhostProfile !== undefined) {
    found.push(
      invalidValue(
        at,
        // Kubernetes shows its internal form, whose fields are upper-case.
        { Type: type, LocalhostProfile: localhostProfile },
        "can only be set when seccomp type is Localhost",
      ),
    );
  }
  return found;
}

function validateAppArmor(
  profile: AppArmorProfile | undefined,
  field: string,
): FieldError[] {
  if (profile === undefined) return [];
  const { type, localhostProfile: path } = profile;
  const at = `${field}.localhostProfile`;
  const found = validateType(type, `${field}.type`, "appArmorProfile");
  if (type === "Localhost") {
    if (path === undefined || path === "") {
      found.push(required(at, "must be set when AppArmor type is Localhost"));
    } else if (path.trim() !== path) {
      found.push(
        invalidValue(at, path, "must not be padded with whitespace"),
      );
    }
    if ((path?.length ?? 0) > MAX_PROFILE_BYTES) {
      found.push(tooLong(at, MAX_PROFILE_BYTES));
    }
  } else if (path !== undefined && found.length === 0) {
    found.push(
      invalidValue(at, path, "can only be set when AppArmor type is Localhost"),
    );
  }
  return found;
}

/** The rules of a container's security context. */
export function validateSecurityContext(
  context: SecurityContext | undefined,
  field: string,
  { hostUsers }: { hostUsers: boolean },
): FieldError[] {
  if (context === undefined) return [];
  const found = [
    ...validateId(`${field}.runAsUser`, context.runAsUser),
    ...validateId(`${field}.runAsGroup`, context.runAsGroup),
    ...oneOfIfSet(`${field}.procMount`, context.procMount, [
      "Default",
      "Unmasked",
    ]),
  ];
  if (hostUsers && context.procMount === "Unmasked") {
    found.push(
      invalidValue(
        `${field}.procMount`,
        context.procMount,
        "`hostUsers` must be false to use `Unmasked`",
      ),
    );
  }
  found.push(
    ...validateSeccomp(context.seccompProfile, `${field}.seccompProfile`),
  );
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged === true) {
      found.push(
        invalidValue(
          field,
          context,
          "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
        ),
      );
    }
    if (context.capabilities?.add?.includes("CAP_SYS_ADMIN") === true) {
      found.push(
        invalidValue(
          field,
          context,
          "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
        ),
      );
    }
  }
  return [
    ...found,
    ...validateWindowsOptions(
      context.windowsOptions,
      `${field}.windowsOptions`,
    ),
    ...validateAppArmor(context.appArmorProfile, `${field}.appArmorProfile`),
  ];
}

function validateSysctls(
  { sysctls = [] }: PodSecurityContext,
  field: string,
): FieldError[] {
  const seen = new Set<string>();
  return sysctls.flatMap(({ name }, i) => {
    const at = `${field}[${i}].name`;
    if (name === "") return [required(at)];
    if (name.length > SYSCTL_MAX || !SYSCTL.test(name)) {
      return each(at, name, [
        `must have at most ${SYSCTL_MAX} characters and match regex ${SYSCTL_TEXT}`,
      ]);
    }
    if (seen.has(name)) return [duplicate(at, name)];
    seen.add(name);
    return [];
  });
}

/** The rules of a Pod's security context. */
export function validatePodSecurityContext(
  { securityContext: context, hostPID, shareProcessNamespace }: PodSpec,
  field: string,
): FieldError[] {
  const found = shareProcessNamespace === true && hostPID === true
    ? [
      invalidValue(
        `${field}.shareProcessNamespace`,
        true,
        "ShareProcessNamespace and HostPID cannot both be enabled",
      ),
    ]
    : [];
  if (context === undefined) return found;
  return [
    ...validateId(`${field}.fsGroup`, context.fsGroup),
    ...validateId(`${field}.runAsUser`, context.runAsUser),
    ...validateId(`${field}.runAsGroup`, context.runAsGroup),
    ...(context.supplementalGroups ?? []).flatMap((id, i) =>
      validateId(`${field}.supplementalGroups[${i}]`, id)
    ),
    ...found,
    ...validateSysctls(context, `${field}.sysctls`),
    ...oneOfIfSet(
      `${field}.fsGroupChangePolicy`,
      context.fsGroupChangePolicy,
      ["Always", "OnRootMismatch"],
    ),
    ...validateSeccomp(context.seccompProfile, `${field}.seccompProfile`),
    ...validateWindowsOptions(
      context.windowsOptions,
      `${field}.windowsOptions`,
    ),
    ...validateAppArmor(context.appArmorProfile, `${field}.appArmorProfile`),
    ...oneOfIfSet(
      `${field}.supplementalGroupsPolicy`,
      context.supplementalGroupsPolicy,
      ["Merge", "Strict"],
    ),
    ...oneOfIfSet(
      `${field}.seLinuxChangePolicy`,
      context.seLinuxChangePolicy,
      ["Recursive"],
    ),
  ];
}
