/**
 * The volume that a folder of a node is.
 *
 * @module
 */
import type { Node } from "../../api/core/node.ts";
import type { PersistentVolume } from "../../api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import type { StorageClass } from "../../api/storage/storage_class.ts";
import {
  classOf,
  PROVISIONED_BY,
  PROVISIONER_FINALIZER,
  referenceToClaim,
  SELECTED_NODE,
  volumeModeOf,
} from "../../api/volumes/claim_words.ts";
import {
  LOCAL_PATH_NODE,
  LOCAL_PATH_PROVISIONER,
  localPathFolder,
} from "../../api/volumes/local_path.ts";
import { requestOf } from "../../api/volumes/match_volume.ts";

/** The label that says which node it is: volumes know nodes by labels alone. */
const HOSTNAME = "kubernetes.io/hostname";

/** Why a folder cannot be what a claim asks for; undefined when it can. */
export function localPathProblem(
  claim: PersistentVolumeClaim,
  { parameters = {} }: StorageClass,
): string | undefined {
  const { spec, metadata } = claim;
  if (metadata.annotations?.[SELECTED_NODE] === undefined) {
    return "configuration error, no node was specified";
  }
  if (spec.selector !== undefined) {
    return "claim.Spec.Selector is not supported";
  }
  if (
    (spec.accessModes ?? []).some((mode) =>
      mode !== "ReadWriteOnce" && mode !== "ReadWriteOncePod"
    )
  ) {
    return "NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes";
  }
  if (volumeModeOf(claim) !== "Filesystem") {
    return "a folder cannot be a block device: volumeMode must be Filesystem";
  }
  if (spec.dataSource !== undefined || spec.dataSourceRef !== undefined) {
    return "data sources are not supported";
  }
  const [unknown] = Object.keys(parameters);
  return unknown === undefined
    ? undefined
    : `StorageClass parameter "${unknown}" is not supported`;
}

/** The volume, for this claim alone and on this node alone. Its size is what the claim asks for, and nobody enforces it. */
export function localPathVolume(
  claim: PersistentVolumeClaim,
  { oneClass, node, folder }: {
    readonly oneClass: StorageClass;
    readonly node: Node;
    /** Where the node keeps such folders. */
    readonly folder: string;
  },
): PersistentVolume {
  const { uid = "", namespace = "", name = "" } = claim.metadata;
  const nodeName = node.metadata.name ?? "";
  const { reclaimPolicy = "Delete", mountOptions } = oneClass;
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name: `pvc-${uid}`,
      annotations: {
        [LOCAL_PATH_NODE]: nodeName,
        [PROVISIONED_BY]: LOCAL_PATH_PROVISIONER,
      },
      ...reclaimPolicy === "Delete" && { finalizers: [PROVISIONER_FINALIZER] },
    },
    spec: {
      capacity: { storage: requestOf(claim) },
      accessModes: claim.spec.accessModes ?? [],
      volumeMode: "Filesystem",
      hostPath: {
        path: `${folder}/${localPathFolder({ uid, namespace, name })}`,
        type: "DirectoryOrCreate",
      },
      claimRef: referenceToClaim(claim),
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: classOf(claim),
      ...mountOptions !== undefined && { mountOptions },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{
            matchExpressions: [{
              key: HOSTNAME,
              operator: "In",
              values: [node.metadata.labels?.[HOSTNAME] ?? nodeName],
            }],
          }],
        },
      },
    },
  };
}
