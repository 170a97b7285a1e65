import { claimColumns } from "../columns/volume.ts";
import {
  alignDataSources,
  defaultPersistentVolumeClaim,
} from "../defaults/persistent_volume.ts";
import { defineKind } from "../define.ts";
import {
  validatePersistentVolumeClaim,
  validatePersistentVolumeClaimStatus,
  validatePersistentVolumeClaimUpdate,
} from "../validation/persistent_volume_claim.ts";
import { warnOfPersistentVolumeClaim } from "../warnings/volume.ts";
import type { Kind } from "../kind.ts";
import {
  type PersistentVolumeAccessMode,
  type PersistentVolumeClaimSpec,
  persistentVolumeClaimSpec,
} from "./volume_claim_spec.ts";
import { type KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  granular,
  list,
  map,
  named,
  object,
  optional,
  pointer,
  type ResourceList,
  resourceList,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";

/** How a change of attributes goes. */
export interface ModifyVolumeStatus {
  /** The class that is being applied. */
  targetVolumeAttributesClassName?: string;
  /** `Pending`, `InProgress` or `Infeasible`. */
  status: string;
}

/** Schema of {@linkcode ModifyVolumeStatus}. */
export const modifyVolumeStatus: Field<ModifyVolumeStatus> = object<
  ModifyVolumeStatus
>(
  "io.k8s.api.core.v1.ModifyVolumeStatus",
  () => ({
    targetVolumeAttributesClassName: optional(str),
    status: named("v1.PersistentVolumeClaimModifyVolumeStatus"),
  }),
);

/** One aspect of a claim's state. */
export interface PersistentVolumeClaimCondition {
  /** Name of the aspect, for example `Resizing`. */
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** When it was last looked at. */
  lastProbeTime?: string;
  /** When the status last changed. */
  lastTransitionTime?: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
  message?: string;
}

/** Schema of {@linkcode PersistentVolumeClaimCondition}. */
export const persistentVolumeClaimCondition: Field<
  PersistentVolumeClaimCondition
> = object<PersistentVolumeClaimCondition>(
  "io.k8s.api.core.v1.PersistentVolumeClaimCondition",
  () => ({
    type: named("v1.PersistentVolumeClaimConditionType"),
    status: named("v1.ConditionStatus"),
    lastProbeTime: optional(time),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** What a claim got. */
export interface PersistentVolumeClaimStatus {
  /** `Pending`, `Bound` or `Lost`. */
  phase?: string;
  /** How the volume can be mounted. */
  accessModes?: PersistentVolumeAccessMode[];
  /** How large the volume is. */
  capacity?: ResourceList;
  /** Aspects of its state. */
  conditions?: PersistentVolumeClaimCondition[];
  /** What is being made for it, while it is resized. */
  allocatedResources?: ResourceList;
  /** How far resizing is, for each resource. */
  allocatedResourceStatuses?: Record<string, string>;
  /** The class of attributes that the volume has now. */
  currentVolumeAttributesClassName?: string;
  /** How a change of attributes goes. */
  modifyVolumeStatus?: ModifyVolumeStatus;
}

/** Schema of {@linkcode PersistentVolumeClaimStatus}. */
export const persistentVolumeClaimStatus: Field<PersistentVolumeClaimStatus> =
  object<PersistentVolumeClaimStatus>(
    "io.k8s.api.core.v1.PersistentVolumeClaimStatus",
    () => ({
      phase: optional(named("v1.PersistentVolumeClaimPhase")),
      accessModes: optional(
        list(
          named<PersistentVolumeAccessMode>("v1.PersistentVolumeAccessMode"),
          { type: "atomic" },
        ),
      ),
      capacity: optional(resourceList),
      conditions: optional(
        list(persistentVolumeClaimCondition, {
          type: "map",
          keys: ["type"],
          strategy: "merge",
          mergeKey: "type",
        }),
      ),
      allocatedResources: optional(resourceList),
      allocatedResourceStatuses: optional(
        granular(map(named("v1.ClaimResourceStatus"))),
      ),
      currentVolumeAttributesClassName: pointer(str),
      modifyVolumeStatus: pointer(modifyVolumeStatus),
    }),
  );

/** A wish for storage, and the right to a volume. */
export interface PersistentVolumeClaim extends KubeObject {
  /** What is wished for. */
  spec: PersistentVolumeClaimSpec;
  /** What it got. */
  status?: PersistentVolumeClaimStatus;
}

/** Schema of {@linkcode PersistentVolumeClaim}. */
export const persistentVolumeClaim: Field<PersistentVolumeClaim> = object<
  PersistentVolumeClaim
>(
  "io.k8s.api.core.v1.PersistentVolumeClaim",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: persistentVolumeClaimSpec,
    status: persistentVolumeClaimStatus,
  }),
);

/** Wishes for storage. */
export const persistentVolumeClaims: Kind<PersistentVolumeClaim> = defineKind({
  group: "",
  version: "v1",
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  namespaced: true,
  shortNames: ["pvc"],
  subresources: ["status"],
  type: persistentVolumeClaim,
  setDefaults: defaultPersistentVolumeClaim,
  prepareForCreate(object) {
    object.status = { phase: "Pending" };
    alignDataSources(object);
  },
  prepareForUpdate: alignDataSources,
  validate: validatePersistentVolumeClaim,
  validateUpdate: validatePersistentVolumeClaimUpdate,
  validateStatusUpdate: validatePersistentVolumeClaimStatus,
  warnings: warnOfPersistentVolumeClaim,
  columns: claimColumns,
});
