import {
  bool,
  type Field,
  int64,
  list,
  named,
  object,
  optional,
  pointer,
  str,
} from "./schema/words.ts";

/** SeccompProfileType. */
export type SeccompProfileType = "Unconfined" | "RuntimeDefault" | "Localhost";

/** AppArmorProfileType. */
export type AppArmorProfileType = "Unconfined" | "RuntimeDefault" | "Localhost";

/** ProcMountType. */
export type ProcMountType = "Default" | "Unmasked";

/** SupplementalGroupsPolicy. */
export type SupplementalGroupsPolicy = "Merge" | "Strict";

/** PodFSGroupChangePolicy. */
export type PodFSGroupChangePolicy = "OnRootMismatch" | "Always";

/** Capabilities. */
export interface Capabilities {
  add?: string[];
  drop?: string[];
}

/** Schema of {@linkcode Capabilities}. */
export const capabilities: Field<Capabilities> = object<Capabilities>(
  "io.k8s.api.core.v1.Capabilities",
  () => ({
    add: optional(list(named("v1.Capability"), { type: "atomic" })),
    drop: optional(list(named("v1.Capability"), { type: "atomic" })),
  }),
);

/** SELinuxOptions. */
export interface SELinuxOptions {
  user?: string;
  role?: string;
  type?: string;
  level?: string;
}

/** Schema of {@linkcode SELinuxOptions}. */
export const seLinuxOptions: Field<SELinuxOptions> = object<SELinuxOptions>(
  "io.k8s.api.core.v1.SELinuxOptions",
  () => ({
    user: optional(str),
    role: optional(str),
    type: optional(str),
    level: optional(str),
  }),
);

/** WindowsSecurityContextOptions. */
export interface WindowsSecurityContextOptions {
  gmsaCredentialSpecName?: string;
  gmsaCredentialSpec?: string;
  runAsUserName?: string;
  hostProcess?: boolean;
}

/** Schema of {@linkcode WindowsSecurityContextOptions}. */
export const windowsSecurityContextOptions: Field<
  WindowsSecurityContextOptions
> = object<WindowsSecurityContextOptions>(
  "io.k8s.api.core.v1.WindowsSecurityContextOptions",
  () => ({
    gmsaCredentialSpecName: pointer(str),
    gmsaCredentialSpec: pointer(str),
    runAsUserName: pointer(str),
    hostProcess: pointer(bool),
  }),
);

/** SeccompProfile. */
export interface SeccompProfile {
  type: SeccompProfileType;
  localhostProfile?: string;
}

/** Schema of {@linkcode SeccompProfile}. */
export const seccompProfile: Field<SeccompProfile> = object<SeccompProfile>(
  "io.k8s.api.core.v1.SeccompProfile",
  () => ({
    type: named<SeccompProfileType>("v1.SeccompProfileType"),
    localhostProfile: pointer(str),
  }),
);

/** AppArmorProfile. */
export interface AppArmorProfile {
  type: AppArmorProfileType;
  localhostProfile?: string;
}

/** Schema of {@linkcode AppArmorProfile}. */
export const appArmorProfile: Field<AppArmorProfile> = object<AppArmorProfile>(
  "io.k8s.api.core.v1.AppArmorProfile",
  () => ({
    type: named<AppArmorProfileType>("v1.AppArmorProfileType"),
    localhostProfile: pointer(str),
  }),
);

/** SecurityContext. */
export interface SecurityContext {
  capabilities?: Capabilities;
  privileged?: boolean;
  seLinuxOptions?: SELinuxOptions;
  windowsOptions?: WindowsSecurityContextOptions;
  runAsUser?: number;
  runAsGroup?: number;
  runAsNonRoot?: boolean;
  readOnlyRootFilesystem?: boolean;
  allowPrivilegeEscalation?: boolean;
  procMount?: ProcMountType;
  seccompProfile?: SeccompProfile;
  appArmorProfile?: AppArmorProfile;
}

/** Schema of {@linkcode SecurityContext}. */
export const securityContext: Field<SecurityContext> = object<SecurityContext>(
  "io.k8s.api.core.v1.SecurityContext",
  () => ({
    capabilities: pointer(capabilities),
    privileged: pointer(bool),
    seLinuxOptions: pointer(seLinuxOptions),
    windowsOptions: pointer(windowsSecurityContextOptions),
    runAsUser: pointer(int64),
    runAsGroup: pointer(int64),
    runAsNonRoot: pointer(bool),
    readOnlyRootFilesystem: pointer(bool),
    allowPrivilegeEscalation: pointer(bool),
    procMount: pointer(named<ProcMountType>("v1.ProcMountType")),
    seccompProfile: pointer(seccompProfile),
    appArmorProfile: pointer(appArmorProfile),
  }),
);

/** Sysctl. */
export interface Sysctl {
  name: string;
  value: string;
}

/** Schema of {@linkcode Sysctl}. */
export const sysctl: Field<Sysctl> = object<Sysctl>(
  "io.k8s.api.core.v1.Sysctl",
  () => ({
    name: str,
    value: str,
  }),
);

/** PodSecurityContext. */
export interface PodSecurityContext {
  seLinuxOptions?: SELinuxOptions;
  windowsOptions?: WindowsSecurityContextOptions;
  runAsUser?: number;
  runAsGroup?: number;
  runAsNonRoot?: boolean;
  supplementalGroups?: number[];
  supplementalGroupsPolicy?: SupplementalGroupsPolicy;
  fsGroup?: number;
  sysctls?: Sysctl[];
  fsGroupChangePolicy?: PodFSGroupChangePolicy;
  seccompProfile?: SeccompProfile;
  appArmorProfile?: AppArmorProfile;
  seLinuxChangePolicy?: string;
}

/** Schema of {@linkcode PodSecurityContext}. */
export const podSecurityContext: Field<PodSecurityContext> = object<
  PodSecurityContext
>(
  "io.k8s.api.core.v1.PodSecurityContext",
  () => ({
    seLinuxOptions: pointer(seLinuxOptions),
    windowsOptions: pointer(windowsSecurityContextOptions),
    runAsUser: pointer(int64),
    runAsGroup: pointer(int64),
    runAsNonRoot: pointer(bool),
    supplementalGroups: optional(list(int64, { type: "atomic" })),
    supplementalGroupsPolicy: pointer(
      named<SupplementalGroupsPolicy>("v1.SupplementalGroupsPolicy"),
    ),
    fsGroup: pointer(int64),
    sysctls: optional(list(sysctl, { type: "atomic" })),
    fsGroupChangePolicy: pointer(
      named<PodFSGroupChangePolicy>("v1.PodFSGroupChangePolicy"),
    ),
    seccompProfile: pointer(seccompProfile),
    appArmorProfile: pointer(appArmorProfile),
    seLinuxChangePolicy: pointer(named("v1.PodSELinuxChangePolicy")),
  }),
);
