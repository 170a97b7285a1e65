import { resourceClaimColumns } from "../columns/resource.ts";
import { defaultDeviceClaim } from "../defaults/device_claim.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  list,
  needed,
  object,
  optional,
  pointer,
  str,
  typeMeta,
  uid,
} from "../schema/words.ts";
import {
  validateResourceClaim,
  validateResourceClaimStatus,
  validateSpecUpdate,
} from "../validation/resource_claim.ts";
import { type AllocationResult, allocationResult } from "./allocation.ts";
import { type DeviceClaim, deviceClaim } from "./device_claim.ts";
import {
  type AllocatedDeviceStatus,
  allocatedDeviceStatus,
} from "./device_status.ts";
import { deviceId } from "../validation/resource_claim.ts";
import { keepMetadata } from "../status_metadata.ts";

/** What is wished for. Cannot change. */
export interface ResourceClaimSpec {
  /** The devices. */
  devices: DeviceClaim;
}

/** Schema of {@linkcode ResourceClaimSpec}. */
export const resourceClaimSpec: Field<ResourceClaimSpec> = object<
  ResourceClaimSpec
>(
  "io.k8s.api.resource.v1.ResourceClaimSpec",
  () => ({
    devices: deviceClaim,
  }),
);

/** Who may use a claim. */
export interface ResourceClaimConsumerReference {
  /** Group of the object; absent is the core group. */
  apiGroup?: string;
  /** Its plural. */
  resource: string;
  /** Its name. */
  name: string;
  /** Its UID. */
  uid: string;
}

/** Schema of {@linkcode ResourceClaimConsumerReference}. */
export const resourceClaimConsumerReference: Field<
  ResourceClaimConsumerReference
> = object<ResourceClaimConsumerReference>(
  "io.k8s.api.resource.v1.ResourceClaimConsumerReference",
  () => ({
    apiGroup: optional(str),
    resource: str,
    name: str,
    uid: uid,
  }),
);

/** What a claim got. */
export interface ResourceClaimStatus {
  /** The devices; absent while there are none. */
  allocation?: AllocationResult;
  /** Who may use them. */
  reservedFor?: ResourceClaimConsumerReference[];
  /** What the drivers say of them. */
  devices?: AllocatedDeviceStatus[];
}

/** Schema of {@linkcode ResourceClaimStatus}. */
export const resourceClaimStatus: Field<ResourceClaimStatus> = object<
  ResourceClaimStatus
>(
  "io.k8s.api.resource.v1.ResourceClaimStatus",
  () => ({
    allocation: pointer(allocationResult),
    reservedFor: optional(
      list(resourceClaimConsumerReference, {
        type: "map",
        keys: ["uid"],
        strategy: "merge",
        mergeKey: "uid",
      }),
    ),
    devices: optional(
      list(allocatedDeviceStatus, {
        type: "map",
        keys: ["driver", "device", "pool", "shareID"],
      }),
    ),
  }),
);

/** Devices that a Pod needs. */
export interface ResourceClaim extends KubeObject {
  /** What is wished for. */
  spec: ResourceClaimSpec;
  /** What there is. */
  status?: ResourceClaimStatus;
}

/** Schema of {@linkcode ResourceClaim}. */
export const resourceClaim: Field<ResourceClaim> = object<ResourceClaim>(
  "io.k8s.api.resource.v1.ResourceClaim",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(resourceClaimSpec),
    status: resourceClaimStatus,
  }),
);

/** What drivers say of devices that the claim no longer has goes with them. */
function dropTakenDevices(next: ResourceClaim, previous: ResourceClaim): void {
  const { status } = next;
  const given = (claim: ResourceClaim) =>
    (claim.status?.allocation?.devices?.results ?? []).map(deviceId);
  const kept = new Set(given(next));
  const taken = new Set(given(previous).filter((id) => !kept.has(id)));
  if (status?.devices === undefined || taken.size === 0) return;
  const left = status.devices.filter((device) => !taken.has(deviceId(device)));
  if (left.length === 0) delete status.devices;
  else status.devices = left;
}

/** Devices that Pods need. */
export const resourceClaims: Kind<ResourceClaim> = defineKind({
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceClaim",
  plural: "resourceclaims",
  namespaced: true,
  subresources: ["status"],
  type: resourceClaim,
  setDefaults: ({ spec }) => defaultDeviceClaim(spec.devices),
  prepareForStatusUpdate(next, previous) {
    keepMetadata(next, previous);
    dropTakenDevices(next, previous);
  },
  validate: validateResourceClaim,
  validateUpdate: validateSpecUpdate,
  validateStatusUpdate: validateResourceClaimStatus,
  columns: resourceClaimColumns,
});
