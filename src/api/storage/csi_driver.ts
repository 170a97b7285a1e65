import { csiDriverColumns } from "../columns/storage.ts";
import { defaultCsiDriver } from "../defaults/csi_driver.ts";
import { defineKind } from "../define.ts";
import { sameJson } from "../equal.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  bool,
  type Field,
  int64,
  list,
  named,
  needed,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import {
  validateCsiDriver,
  validateCsiDriverUpdate,
  warnOfCsiDriver,
} from "../validation/csi_driver.ts";

/** A token that a driver needs of a Pod's service account. */
export interface TokenRequest {
  /** Who takes the token; "" is the server itself. */
  audience: string;
  /** How long it lives. */
  expirationSeconds?: number;
}

/** Schema of {@linkcode TokenRequest}. */
export const tokenRequest: Field<TokenRequest> = object<TokenRequest>(
  "io.k8s.api.storage.v1.TokenRequest",
  () => ({
    audience: str,
    expirationSeconds: pointer(int64),
  }),
);

/** What a driver needs. */
export interface CSIDriverSpec {
  /** Whether volumes must be attached before they are mounted. Default: true. */
  attachRequired?: boolean;
  /** Whether the driver is told of the Pod when it mounts. Default: false. */
  podInfoOnMount?: boolean;
  /** What volumes it has: `Persistent`, `Ephemeral`. Default: Persistent. */
  volumeLifecycleModes?: string[];
  /** Whether scheduling looks at the capacity that the driver publishes. Default: false. */
  storageCapacity?: boolean;
  /** Whether files get the Pod's group: `ReadWriteOnceWithFSType`, `File` or `None`. Default: ReadWriteOnceWithFSType. */
  fsGroupPolicy?: string;
  /** Tokens that it gets when it mounts. */
  tokenRequests?: TokenRequest[];
  /** Whether it is called again and again while a volume is mounted. Default: false. */
  requiresRepublish?: boolean;
  /** Whether it can mount with an SELinux context. Default: false. */
  seLinuxMount?: boolean;
  /** How often nodes ask how many volumes fit, at least 10; absent means once. */
  nodeAllocatableUpdatePeriodSeconds?: number;
  /** Whether tokens are handed over as secrets rather than in the volume's context. Default: false. */
  serviceAccountTokenInSecrets?: boolean;
  /** Whether Pods that need it go only to nodes that have it. */
  preventPodSchedulingIfMissing?: boolean;
}

/** Schema of {@linkcode CSIDriverSpec}. */
export const csiDriverSpec: Field<CSIDriverSpec> = object<CSIDriverSpec>(
  "io.k8s.api.storage.v1.CSIDriverSpec",
  () => ({
    attachRequired: pointer(bool),
    podInfoOnMount: pointer(bool),
    volumeLifecycleModes: optional(
      list(named("v1.VolumeLifecycleMode"), { type: "set" }),
    ),
    storageCapacity: pointer(bool),
    fsGroupPolicy: pointer(named("v1.FSGroupPolicy")),
    tokenRequests: optional(list(tokenRequest, { type: "atomic" })),
    requiresRepublish: pointer(bool),
    seLinuxMount: pointer(bool),
    nodeAllocatableUpdatePeriodSeconds: pointer(int64),
    serviceAccountTokenInSecrets: pointer(bool),
    preventPodSchedulingIfMissing: pointer(bool),
  }),
);

/** A storage driver, and what it needs of the cluster. */
export interface CSIDriver extends KubeObject {
  /** What it needs. */
  spec: CSIDriverSpec;
}

/** Schema of {@linkcode CSIDriver}. */
export const csiDriver: Field<CSIDriver> = object<CSIDriver>(
  "io.k8s.api.storage.v1.CSIDriver",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(csiDriverSpec),
  }),
);

/** Storage drivers. */
export const csiDrivers: Kind<CSIDriver> = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIDriver",
  plural: "csidrivers",
  namespaced: false,
  needsRevision: true,
  type: csiDriver,
  setDefaults: defaultCsiDriver,
  prepareForUpdate({ metadata, spec }, previous) {
    // A new driver has no generation; only its changes are counted.
    const { generation = 0 } = previous.metadata;
    if (sameJson(spec, previous.spec)) return;
    metadata.generation = generation + 1;
  },
  validate: validateCsiDriver,
  validateUpdate: validateCsiDriverUpdate,
  warnings: warnOfCsiDriver,
  columns: csiDriverColumns,
});
