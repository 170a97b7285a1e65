/**
 * Defaults of claims of devices.
 *
 * @module
 */
import type { DeviceClaim } from "../resource/device_claim.ts";
import type { DeviceToleration } from "../resource/device_selector.ts";

interface Request {
  allocationMode?: string;
  count?: number;
  tolerations?: DeviceToleration[];
}

function defaultRequest(request: Request): void {
  request.allocationMode ??= "ExactCount";
  if (request.allocationMode === "ExactCount") request.count ??= 1;
  defaultTolerations(request.tolerations);
}

/** Fills in the operators of tolerations. */
export function defaultTolerations(
  tolerations: readonly DeviceToleration[] = [],
): void {
  for (const toleration of tolerations) toleration.operator ??= "Equal";
}

/** Fills in how many devices are wished for. */
export function defaultDeviceClaim({ requests = [] }: DeviceClaim): void {
  for (const { exactly, firstAvailable = [] } of requests) {
    if (exactly !== undefined) defaultRequest(exactly);
    firstAvailable.forEach(defaultRequest);
  }
}
