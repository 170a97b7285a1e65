/**
 * The rules of what a PersistentVolume can be.
 *
 * @module
 */
import type { PersistentVolumeSpec } from "../core/persistent_volume.ts";
import type { SecretReference } from "../core/reference.ts";
import type { Volume } from "../core/volume.ts";
import { invalidValue, required, tooLong } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { isDnsLabel, isDnsSubdomain } from "./names.ts";
import { each, noBacksteps, requiredBy } from "./values.ts";
import { validateSource } from "./volume.ts";
import {
  validateFlexOptions,
  validateIscsiName,
  validateLun,
} from "./volume_legacy.ts";

/** All sources, in the order in which Kubernetes looks at them. */
export const VOLUME_SOURCES = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
] as const satisfies readonly (keyof PersistentVolumeSpec)[];

/** Name of a source. */
export type SourceName = (typeof VOLUME_SOURCES)[number];

const NAMES: ReadonlySet<string> = new Set(VOLUME_SOURCES);

/** Whether a field of the spec is a source. */
export function isSourceName(name: string): name is SourceName {
  return NAMES.has(name);
}

/** The name as Kubernetes writes it when there is one source too many. */
export function misspelt(name: SourceName): string {
  return name === "cephfs" ? "cephFS" : name;
}

const MAX_DRIVER_BYTES = 63;
const MAX_INITIATOR = 64;

function secretNamed(
  secret: SecretReference | undefined,
  field: string,
): FieldError[] {
  if (secret === undefined) return [];
  return [
    ...((secret.name ?? "") === "" ? [required(`${field}.name`)] : []),
    ...((secret.namespace ?? "") === ""
      ? [required(`${field}.namespace`)]
      : []),
  ];
}

function secretChecked(
  secret: SecretReference | undefined,
  field: string,
): FieldError[] {
  if (secret === undefined) return [];
  return [
    ...requiredBy(`${field}.name`, secret.name, isDnsSubdomain),
    ...requiredBy(`${field}.namespace`, secret.namespace, isDnsLabel),
  ];
}

function needed(
  source: object,
  field: string,
  names: readonly string[],
): FieldError[] {
  return names.filter((name) => {
    const value = (source as Record<string, unknown>)[name];
    return value === undefined || value === "" ||
      (Array.isArray(value) && value.length === 0);
  }).map((name) => required(`${field}.${name}`));
}

type Rules = {
  readonly [K in SourceName]?: (
    source: NonNullable<PersistentVolumeSpec[K]>,
    at: { readonly field: string; readonly name: string },
  ) => FieldError[];
};

/** Sources that a Pod's volumes do not have, or have in another form. */
const RULES: Rules = {
  azureFile: (source, { field }) => [
    ...needed(source, field, ["secretName", "shareName"]),
    ...(source.secretNamespace === ""
      ? [required(`${field}.secretNamespace`)]
      : []),
  ],
  csi: (source, { field }) => [
    ...(source.driver.length > MAX_DRIVER_BYTES
      ? [tooLong(`${field}.driver`, MAX_DRIVER_BYTES)]
      : []),
    ...requiredBy(
      `${field}.driver`,
      source.driver,
      (driver) => isDnsSubdomain(driver.toLowerCase()),
    ),
    ...needed(source, field, ["volumeHandle"]),
    ...([
      "controllerPublishSecretRef",
      "controllerExpandSecretRef",
      "nodePublishSecretRef",
      "nodeExpandSecretRef",
    ] as const).flatMap((name) =>
      secretChecked(source[name], `${field}.${name}`)
    ),
  ],
  cephfs: (source, { field }) => needed(source, field, ["monitors"]),
  cinder: (source, { field }) => [
    ...needed(source, field, ["volumeID"]),
    ...secretNamed(source.secretRef, `${field}.secretRef`),
  ],
  flexVolume: (source, { field }) => [
    ...needed(source, field, ["driver"]),
    ...validateFlexOptions(source.options, `${field}.options`),
  ],
  glusterfs: (source, { field }) => {
    const { endpointsNamespace: namespace } = source;
    const at = `${field}.endpointsNamespace`;
    return [
      ...needed(source, field, ["endpoints", "path"]),
      ...(namespace === undefined ? [] : namespace === ""
        ? [
          invalidValue(
            at,
            namespace,
            "if the endpointnamespace is set, it must be a valid namespace name",
          ),
        ]
        : each(at, namespace, isDnsLabel(namespace))),
    ];
  },
  iscsi: (source, { field, name }) => {
    const { targetPortal, iqn, lun, initiatorName, secretRef } = source;
    const found = needed(source, field, ["targetPortal"]);
    if (
      initiatorName !== undefined &&
      `${name}:${targetPortal}`.length > MAX_INITIATOR
    ) {
      found.push(
        invalidValue(
          `${field}.targetportal`,
          targetPortal,
          "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.",
        ),
      );
    }
    found.push(
      ...(iqn === ""
        ? [required(`${field}.iqn`)]
        : validateIscsiName(`${field}.iqn`, iqn)),
      ...validateLun(`${field}.lun`, lun),
    );
    if (source.chapAuthDiscovery === true || source.chapAuthSession === true) {
      if (secretRef === undefined) found.push(required(`${field}.secretRef`));
    }
    if (secretRef !== undefined && (secretRef.name ?? "") === "") {
      found.push(required(`${field}.secretRef.name`));
    }
    if (initiatorName !== undefined) {
      found.push(...validateIscsiName(`${field}.initiatorname`, initiatorName));
    }
    return found;
  },
  local: ({ path }, { field }) =>
    path === "" ? [required(`${field}.path`)] : noBacksteps(
      `${field}.path`,
      path,
    ),
  rbd: (source, { field }) => needed(source, field, ["monitors", "image"]),
  scaleIO: (source, { field }) =>
    needed(source, field, ["gateway", "system", "volumeName"]),
  storageos: ({ volumeName, volumeNamespace, secretRef }, { field }) => [
    ...requiredBy(`${field}.volumeName`, volumeName, isDnsLabel),
    ...(volumeNamespace === undefined ? [] : each(
      `${field}.volumeNamespace`,
      volumeNamespace,
      isDnsLabel(volumeNamespace),
    )),
    ...secretNamed(
      secretRef as SecretReference | undefined,
      `${field}.secretRef`,
    ),
  ],
};

/** The rules of one source of a volume. `at.name` is the volume's own. */
export function validateVolumeSource(
  spec: PersistentVolumeSpec,
  source: SourceName,
  at: { readonly field: string; readonly name: string },
): FieldError[] {
  const rule = RULES[source] as
    | ((source: unknown, where: typeof at) => FieldError[])
    | undefined;
  if (rule !== undefined) return rule(spec[source], at);
  // All others are the same as in a Pod.
  return validateSource(
    spec as unknown as Volume,
    source as Exclude<keyof Volume, "name">,
    at.field,
  );
}
