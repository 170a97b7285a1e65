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
} from "../schema/words.ts";

/** Where a seccomp profile comes from. */
export type SeccompProfileType = "Unconfined" | "RuntimeDefault" | "Localhost";

/** Where an AppArmor profile comes from. */
export type AppArmorProfileType = "Unconfined" | "RuntimeDefault" | "Localhost";

/** How `/proc` is shown to a container. */
export type ProcMountType = "Default" | "Unmasked";

/** Whether groups from the image count beside those of the Pod. */
export type SupplementalGroupsPolicy = "Merge" | "Strict";

/** When the group of a volume's files is changed. */
export type PodFSGroupChangePolicy = "OnRootMismatch" | "Always";

/** Linux capabilities beyond or without the usual ones. */
export interface Capabilities {
  /** Capabilities to add. */
  add?: string[];
  /** Capabilities to drop; `ALL` is all. */
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

/** SELinux label of a process. */
export interface SELinuxOptions {
  /** User part. */
  user?: string;
  /** Role part. */
  role?: string;
  /** Type part. */
  type?: string;
  /** Level part. */
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

/** Settings for Windows. */
export interface WindowsSecurityContextOptions {
  /** Name of the group-managed service account's spec. */
  gmsaCredentialSpecName?: string;
  /** The spec itself. */
  gmsaCredentialSpec?: string;
  /** User that runs the entry point. */
  runAsUserName?: string;
  /** Whether the container is a process of the host. */
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

/** Which system calls are allowed. */
export interface SeccompProfile {
  /** Where the profile comes from. */
  type: SeccompProfileType;
  /** The profile's file on the node, for `Localhost`. */
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

/** Which AppArmor profile confines the process. */
export interface AppArmorProfile {
  /** Where the profile comes from. */
  type: AppArmorProfileType;
  /** The profile's name on the node, for `Localhost`. */
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

/** Rights of one container; it wins over the Pod's. */
export interface SecurityContext {
  /** Linux capabilities to add and drop. */
  capabilities?: Capabilities;
  /** Whether the container is as mighty as root on the node. */
  privileged?: boolean;
  /** SELinux label. */
  seLinuxOptions?: SELinuxOptions;
  /** Settings for Windows. */
  windowsOptions?: WindowsSecurityContextOptions;
  /** User id of the process. Default: the image's. */
  runAsUser?: number;
  /** Group id of the process. Default: the runtime's. */
  runAsGroup?: number;
  /** Refuse to run as user 0. */
  runAsNonRoot?: boolean;
  /** Whether the root file system is read-only. */
  readOnlyRootFilesystem?: boolean;
  /** Whether a process may gain more rights than its parent. */
  allowPrivilegeEscalation?: boolean;
  /** How `/proc` is shown. */
  procMount?: ProcMountType;
  /** Which system calls are allowed. */
  seccompProfile?: SeccompProfile;
  /** Which AppArmor profile applies. */
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

/** A kernel parameter. */
export interface Sysctl {
  /** Its name. */
  name: string;
  /** Its value. */
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

/** Rights of all containers of a Pod. */
export interface PodSecurityContext {
  /** SELinux label. */
  seLinuxOptions?: SELinuxOptions;
  /** Settings for Windows. */
  windowsOptions?: WindowsSecurityContextOptions;
  /** User id of all processes. Default: the image's. */
  runAsUser?: number;
  /** Group id of all processes. */
  runAsGroup?: number;
  /** Refuse to run as user 0. */
  runAsNonRoot?: boolean;
  /** Further groups of all processes. */
  supplementalGroups?: number[];
  /** Whether groups from the image count too. Default: Merge. */
  supplementalGroupsPolicy?: SupplementalGroupsPolicy;
  /** Group that owns the files of volumes. */
  fsGroup?: number;
  /** Kernel parameters of the Pod. */
  sysctls?: Sysctl[];
  /** When the group of a volume's files is changed. Default: Always. */
  fsGroupChangePolicy?: PodFSGroupChangePolicy;
  /** Which system calls are allowed. */
  seccompProfile?: SeccompProfile;
  /** Which AppArmor profile applies. */
  appArmorProfile?: AppArmorProfile;
  /** How volumes get their SELinux label: `MountOption` or `Recursive`. */
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
