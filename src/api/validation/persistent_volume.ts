/**
 * The rules of PersistentVolumes.
 *
 * @module
 */
import type {
  PersistentVolume,
  PersistentVolumeSpec,
  VolumeNodeAffinity,
} from "../core/persistent_volume.ts";
import { sameJson } from "../equal.ts";
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { parseQuantity, wholeUnits } from "../quantity.ts";
import { jsonDiff } from "./json_diff.ts";
import { IMMUTABLE, unchanged } from "./meta.ts";
import { isDnsSubdomain } from "./names.ts";
import {
  isSourceName,
  misspelt,
  type SourceName,
  validateVolumeSource,
  VOLUME_SOURCES,
} from "./persistent_volume_source.ts";
import { validateNodeSelector } from "./scheduling.ts";
import { each, oneOfIfSet } from "./values.ts";

const ACCESS_MODES = [
  "ReadOnlyMany",
  "ReadWriteMany",
  "ReadWriteOnce",
  "ReadWriteOncePod",
];
/** Labels of nodes that were renamed when they were no longer beta. */
const NEW_LABELS: Readonly<Record<string, string>> = {
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
  "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/os": "kubernetes.io/os",
  "beta.kubernetes.io/arch": "kubernetes.io/arch",
};
const MOUNT_ANNOTATION = "volume.beta.kubernetes.io/mount-options";

/** Sources that mount options were once given to by an annotation. */
const MOUNTABLE: readonly SourceName[] = [
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "nfs",
  "rbd",
  "quobyte",
  "iscsi",
  "cinder",
  "cephfs",
  "azureFile",
  "vsphereVolume",
  "azureDisk",
  "photonPersistentDisk",
];

/** The rules of how a volume can be mounted; at least one way is the caller's to ask for. */
export function validateAccessModes(
  modes: readonly string[],
  field: string,
): FieldError[] {
  const known = modes.filter((mode) => ACCESS_MODES.includes(mode));
  const mixed = known.includes("ReadWriteOncePod") &&
    known.some((mode) => mode !== "ReadWriteOncePod");
  return [
    ...modes.filter((mode) => !ACCESS_MODES.includes(mode)).map((mode) =>
      notSupported(field, mode, ACCESS_MODES)
    ),
    ...(mixed
      ? [
        forbiddenField(
          field,
          "may not use ReadWriteOncePod with other access modes",
        ),
      ]
      : []),
  ];
}

function validateCapacity(spec: PersistentVolumeSpec): FieldError[] {
  const field = "spec.capacity";
  const { capacity = {} } = spec;
  const names = Object.keys(capacity);
  return [
    ...(names.length === 0 ? [required(field)] : []),
    ...(capacity["storage"] === undefined || names.length > 1
      ? [notSupported(field, spec.capacity, ["storage"])]
      : []),
    ...Object.entries(capacity).flatMap(([name, amount]) => {
      const at = `${field}[${name}]`;
      const { nano } = parseQuantity(amount);
      return [
        ...(wholeUnits(amount) < 0
          ? [
            invalidValue(
              at,
              wholeUnits(amount),
              "must be a valid resource quantity",
            ),
          ]
          : []),
        ...(nano <= 0n
          ? [invalidValue(at, amount, "must be greater than zero")]
          : []),
      ];
    }),
  ];
}

function validateAffinity(
  { nodeAffinity }: PersistentVolumeSpec,
): FieldError[] {
  if (nodeAffinity === undefined) return [];
  const field = "spec.nodeAffinity.required";
  return nodeAffinity.required === undefined
    ? [required(field, "must specify required node constraints")]
    : validateNodeSelector(nodeAffinity.required, field);
}

/** The sources that a volume has, in the order in which Kubernetes looks at them. */
function sourcesOf(spec: PersistentVolumeSpec): SourceName[] {
  return VOLUME_SOURCES.filter((name) => spec[name] !== undefined);
}

function validateSources(
  { metadata: { name = "" }, spec }: PersistentVolume,
): FieldError[] {
  const [first, ...others] = sourcesOf(spec);
  if (first === undefined) {
    return [required("spec", "must specify a volume type")];
  }
  return [
    ...validateVolumeSource(spec, first, { field: `spec.${first}`, name }),
    ...(first === "local" && spec.nodeAffinity === undefined
      ? [required("spec.nodeAffinity", "Local volume requires node affinity")]
      : []),
    ...others.map((other) =>
      forbiddenField(
        `spec.${misspelt(other)}`,
        "may not specify more than 1 volume type",
      )
    ),
  ];
}

function validateClasses(spec: PersistentVolumeSpec): FieldError[] {
  const { storageClassName = "", volumeAttributesClassName: attributes } = spec;
  const found = storageClassName === "" ? [] : each(
    "spec.storageClassName",
    storageClassName,
    isDnsSubdomain(storageClassName),
  );
  found.push(
    ...oneOfIfSet("spec.volumeMode", spec.volumeMode, ["Block", "Filesystem"]),
  );
  if (attributes === undefined) return found;
  const field = "spec.volumeAttributesClassName";
  return [
    ...found,
    ...(attributes === ""
      ? [required(field, "an empty string is disallowed")]
      : each(field, attributes, isDnsSubdomain(attributes))),
    ...(spec.csi === undefined
      ? [
        required(
          "spec.csi",
          "has to be specified when using volumeAttributesClassName",
        ),
      ]
      : []),
  ];
}

/** The rules of a PersistentVolume, beside those of its metadata. */
export function validatePersistentVolume(
  volume: PersistentVolume,
): FieldError[] {
  const { metadata, spec } = volume;
  const { accessModes = [], persistentVolumeReclaimPolicy: policy } = spec;
  const isRoot = spec.hostPath !== undefined &&
    /^\/[/.]*$/.test(spec.hostPath.path) &&
    !spec.hostPath.path.includes("..");
  return [
    ...(accessModes.length === 0 ? [required("spec.accessModes")] : []),
    ...validateAccessModes(accessModes, "spec.accessModes"),
    ...validateCapacity(spec),
    ...oneOfIfSet("spec.persistentVolumeReclaimPolicy", policy, [
      "Delete",
      "Recycle",
      "Retain",
    ]),
    ...validateAffinity(spec),
    ...validateSources(volume),
    ...(isRoot && policy === "Recycle"
      ? [
        forbiddenField(
          "spec.persistentVolumeReclaimPolicy",
          "may not be 'recycle' for a hostPath mount of '/'",
        ),
      ]
      : []),
    ...validateClasses(spec),
    ...(metadata.annotations?.[MOUNT_ANNOTATION] !== undefined &&
        !MOUNTABLE.some((name) => spec[name] !== undefined)
      ? [
        forbiddenField(
          `metadata.annotations.${MOUNT_ANNOTATION}`,
          "may not specify mount options for this volume type",
        ),
      ]
      : []),
  ];
}

function sourceParts(spec: PersistentVolumeSpec): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(spec).filter(([name]) => isSourceName(name)),
  );
}

/** The old affinity, with labels of nodes by their new names where the new one has those. */
function withNewLabels(
  previous: VolumeNodeAffinity,
  next: VolumeNodeAffinity | undefined,
): VolumeNodeAffinity {
  const terms = previous.required?.nodeSelectorTerms;
  if (terms === undefined) return previous;
  return {
    required: {
      nodeSelectorTerms: terms.map((term, i) => ({
        ...term,
        ...(term.matchExpressions === undefined ? {} : {
          matchExpressions: term.matchExpressions.map((own, j) => {
            const key = next?.required?.nodeSelectorTerms[i]
              ?.matchExpressions?.[j]?.key;
            return key !== undefined && NEW_LABELS[own.key] === key
              ? { ...own, key }
              : own;
          }),
        }),
      })),
    },
  };
}

/** The rules for a change of a PersistentVolume: where it is stays. */
export function validatePersistentVolumeUpdate(
  next: PersistentVolume,
  previous: PersistentVolume,
): FieldError[] {
  const before = sourceParts(previous.spec);
  const after = sourceParts(next.spec);
  const { csi } = next.spec;
  // A secret for making the volume larger may be added later.
  if (
    csi?.controllerExpandSecretRef !== undefined &&
    previous.spec.csi !== undefined &&
    previous.spec.csi.controllerExpandSecretRef === undefined
  ) {
    const { controllerExpandSecretRef: _, ...rest } = csi;
    after["csi"] = rest;
  }
  const found: FieldError[] = [];
  if (!sameJson(after, before)) {
    found.push(
      forbiddenField(
        "spec.persistentvolumesource",
        `spec.persistentvolumesource is immutable after creation\n${
          jsonDiff(before, after)
        }`,
      ),
    );
  }
  found.push(
    ...unchanged("volumeMode", {
      next: next.spec.volumeMode,
      previous: previous.spec.volumeMode,
    }),
  );
  const { nodeAffinity } = previous.spec;
  if (nodeAffinity !== undefined) {
    found.push(
      ...unchanged("nodeAffinity", {
        next: next.spec.nodeAffinity,
        previous: withNewLabels(nodeAffinity, next.spec.nodeAffinity),
      }, `${IMMUTABLE}, except for updating from beta label to GA`),
    );
  }
  return found;
}
