/**
 * Counts ResourceClaims, and the devices that they may get, by class.
 *
 * @module
 */
import type { DeviceRequest } from "../resource/device_request.ts";
import type { ResourceClaim } from "../resource/resource_claim.ts";
import type { ResourceList } from "../schema/words.ts";
import type { Evaluator } from "./evaluator.ts";

const COUNT = "count/resourceclaims.resource.k8s.io";
const BY_CLASS = ".deviceclass.resource.k8s.io/devices";
/** A claim that wants all devices gets so many at most. */
const MOST_DEVICES = 32;

/** One wish, of either form. */
type Wish = Pick<
  NonNullable<DeviceRequest["exactly"]>,
  "deviceClassName" | "allocationMode" | "count"
>;

/** Counts device claims. */
export const deviceClaimEvaluator: Evaluator<ResourceClaim> = {
  counts: (name) => name === COUNT || name.endsWith(BY_CLASS),
  usage({ spec }) {
    const devices = new Map<string, number>();
    for (const request of spec.devices?.requests ?? []) {
      for (const [name, count] of mostOf(request)) {
        devices.set(name, (devices.get(name) ?? 0) + count);
      }
    }
    const used: ResourceList = { [COUNT]: "1" };
    for (const [name, count] of devices) used[name + BY_CLASS] = String(count);
    return used;
  },
  inScope: () => false,
  limits: ({ subresource }) => subresource === "",
};

/** The most that a request can get of each class: of several wishes one comes true, and nobody knows which. */
function mostOf({ exactly, firstAvailable = [] }: DeviceRequest) {
  const wishes: readonly Wish[] = firstAvailable.length > 0
    ? firstAvailable
    : exactly === undefined
    ? []
    : [exactly];
  const most = new Map<string, number>();
  for (const wish of wishes) {
    const before = most.get(wish.deviceClassName) ?? 0;
    most.set(wish.deviceClassName, Math.max(before, devicesOf(wish)));
  }
  return most;
}

function devicesOf({ allocationMode, count = 1 }: Wish): number {
  if (allocationMode === "All") return MOST_DEVICES;
  return allocationMode === undefined || allocationMode === "ExactCount"
    ? count
    : 0;
}
