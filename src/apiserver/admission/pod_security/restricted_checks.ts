/**
 * Level `restricted`: containers as they should be.
 *
 * Follows https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 *
 * @module
 */
import type { Volume } from "../../../api/core/volume.ts";
import { procMount } from "./baseline_checks.ts";
import {
  type AnyContainer,
  type Check,
  type CheckFn,
  containersOf,
  containersText,
  namesOf,
  plural,
  quoted,
  settersText,
  sorted,
  unlessUserNamespace,
  unlessWindows,
} from "./check.ts";
import { seccompRestricted } from "./seccomp_checks.ts";

const allowPrivilegeEscalation: CheckFn = ({ spec }) => {
  const names = namesOf(
    spec,
    ({ securityContext }) =>
      securityContext?.allowPrivilegeEscalation !== false,
  );
  if (names.length === 0) return undefined;
  return {
    reason: "allowPrivilegeEscalation != false",
    detail: `${
      containersText(names)
    } must set securityContext.allowPrivilegeEscalation=false`,
  };
};

const capabilities: CheckFn = ({ spec }) => {
  const added = ({ securityContext }: AnyContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((name) =>
      name !== "NET_BIND_SERVICE"
    );
  const keeping = namesOf(
    spec,
    ({ securityContext }) =>
      !(securityContext?.capabilities?.drop ?? []).includes("ALL"),
  );
  const adding = namesOf(spec, (container) => added(container).length > 0);
  const details = [
    ...keeping.length > 0
      ? [
        `${
          containersText(keeping)
        } must set securityContext.capabilities.drop=["ALL"]`,
      ]
      : [],
    ...adding.length > 0
      ? [
        `${containersText(adding)} must not include ${
          quoted(sorted(containersOf(spec).flatMap(added)))
        } in securityContext.capabilities.add`,
      ]
      : [],
  ];
  if (details.length === 0) return undefined;
  return { reason: "unrestricted capabilities", detail: details.join("; ") };
};

const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
] as const satisfies readonly (keyof Volume)[];

/** Kinds of volumes by field, in the order in which the check looks for them. */
const OTHER_VOLUMES = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "gitRepo",
  "nfs",
  "iscsi",
  "glusterfs",
  "rbd",
  "flexVolume",
  "cinder",
  "cephfs",
  "flocker",
  "fc",
  "azureFile",
  "vsphereVolume",
  "quobyte",
  "azureDisk",
  "photonPersistentDisk",
  "portworxVolume",
  "scaleIO",
  "storageos",
] as const satisfies readonly (keyof Volume)[];

const restrictedVolumes: CheckFn = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((volume) =>
    VOLUMES.every((type) => volume[type] === undefined)
  );
  if (bad.length === 0) return undefined;
  const types = sorted(
    bad.map((volume) =>
      OTHER_VOLUMES.find((type) => volume[type] !== undefined) ?? "unknown"
    ),
  );
  return {
    reason: "restricted volume types",
    detail: `${plural(bad.length, "volume")} ${
      quoted(bad.map(({ name }) => name))
    } ${plural(bad.length, "uses", "use")} ${
      plural(types.length, "restricted volume type")
    } ${quoted(types)}`,
  };
};

const runAsNonRoot: CheckFn = ({ spec }) => {
  const reason = "runAsNonRoot != true";
  const own = spec.securityContext?.runAsNonRoot;
  const wish = (container: AnyContainer) =>
    container.securityContext?.runAsNonRoot;
  const explicit = namesOf(spec, (container) => wish(container) === false);
  if (own === false || explicit.length > 0) {
    return {
      reason,
      detail: `${
        settersText(own === false, explicit)
      } must not set securityContext.runAsNonRoot=false`,
    };
  }
  const silent = own === true
    ? []
    : namesOf(spec, (container) => wish(container) === undefined);
  if (silent.length === 0) return undefined;
  return {
    reason,
    detail: `pod or ${
      containersText(silent)
    } must set securityContext.runAsNonRoot=true`,
  };
};

const runAsUser: CheckFn = ({ spec }) => {
  const pod = spec.securityContext?.runAsUser === 0;
  const names = namesOf(
    spec,
    ({ securityContext }) => securityContext?.runAsUser === 0,
  );
  if (!pod && names.length === 0) return undefined;
  return {
    reason: "runAsUser=0",
    detail: `${settersText(pod, names)} must not set runAsUser=0`,
  };
};

/** All of them. */
export const RESTRICTED_CHECKS: readonly Check[] = [
  {
    id: "allowPrivilegeEscalation",
    level: "restricted",
    versions: [
      [8, allowPrivilegeEscalation],
      [25, unlessWindows(allowPrivilegeEscalation)],
    ],
  },
  {
    id: "capabilities_restricted",
    level: "restricted",
    versions: [[22, capabilities], [25, unlessWindows(capabilities)]],
    overrides: "capabilities_baseline",
  },
  {
    id: "procMount_restricted",
    level: "restricted",
    versions: [[35, procMount]],
    overrides: "procMount",
  },
  {
    id: "restrictedVolumes",
    level: "restricted",
    versions: [[0, restrictedVolumes]],
    overrides: "hostPathVolumes",
  },
  {
    id: "runAsNonRoot",
    level: "restricted",
    versions: [[0, runAsNonRoot], [35, unlessUserNamespace(runAsNonRoot)]],
  },
  {
    id: "runAsUser",
    level: "restricted",
    versions: [[23, runAsUser], [35, unlessUserNamespace(runAsUser)]],
  },
  {
    id: "seccompProfile_restricted",
    level: "restricted",
    versions: [[19, seccompRestricted], [25, unlessWindows(seccompRestricted)]],
    overrides: "seccompProfile_baseline",
  },
];
