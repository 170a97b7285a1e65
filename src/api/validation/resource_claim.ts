/**
 * The rules of claims and of what they are made from. They follow `pkg/apis/resource/validation` of Kubernetes.
 *
 * @module
 */
import { forbiddenField, invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type {
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
} from "../resource/allocation.ts";
import type { AllocatedDeviceStatus } from "../resource/device_status.ts";
import type {
  ResourceClaim,
  ResourceClaimConsumerReference,
} from "../resource/resource_claim.ts";
import type { ResourceClaimTemplate } from "../resource/resource_claim_template.ts";
import {
  MAX_PARTS,
  requestNameRule,
  requestNames,
  validateDeviceClaim,
  validateRequestNames,
} from "./device_request.ts";
import { unchanged, validateAnnotations, validateLabels } from "./meta.ts";
import {
  type ItemRule,
  validateBindingConditions,
  validateConfiguration,
  validateDriver,
  validateItemName,
  validateList,
  validatePoolName,
  validateRaw,
} from "./resource_lists.ts";
import { validateNodeSelector } from "./scheduling.ts";
import { oneOf } from "./values.ts";

const MAX_RESERVATIONS = 256;
const MAX_RESULTS = 32;

/** The rules of a ResourceClaim, beside those of its metadata. */
export function validateResourceClaim({ spec }: ResourceClaim): FieldError[] {
  return validateDeviceClaim(spec.devices, "spec.devices");
}

/** What is wished for stays. */
export function validateSpecUpdate(
  next: { readonly spec: unknown },
  previous: { readonly spec: unknown },
): FieldError[] {
  return unchanged("spec", { next: next.spec, previous: previous.spec });
}

/** The rules of a ResourceClaimTemplate, beside those of its metadata. */
export function validateResourceClaimTemplate(
  { spec: { metadata, spec } }: ResourceClaimTemplate,
): FieldError[] {
  return [
    ...validateLabels(metadata?.labels, "spec.metadata.labels"),
    ...validateAnnotations(metadata?.annotations, "spec.metadata.annotations"),
    ...validateDeviceClaim(spec.devices, "spec.spec.devices"),
  ];
}

const validateConsumer: ItemRule<ResourceClaimConsumerReference> = (
  consumer,
  field,
) =>
  (["resource", "name", "uid"] as const).flatMap((part) =>
    consumer[part] === "" ? [required(`${field}.${part}`)] : []
  );

function validateAllocation(
  { devices, nodeSelector }: AllocationResult,
  names: ReadonlySet<string>,
): FieldError[] {
  const field = "status.allocation";
  const nameRule = requestNameRule(names);
  const validateResult: ItemRule<DeviceRequestAllocationResult> = (
    result,
    at,
  ) => [
    ...nameRule(result.request, `${at}.request`),
    ...validateDriver(result.driver, `${at}.driver`),
    ...validatePoolName(result.pool, `${at}.pool`),
    ...validateItemName(result.device, `${at}.device`),
    ...validateBindingConditions(result, at),
  ];
  const validateConfig: ItemRule<DeviceAllocationConfiguration> = (
    config,
    at,
  ) => [
    ...oneOf(`${at}.source`, config.source, ["FromClaim", "FromClass"]),
    ...validateRequestNames(config.requests, `${at}.requests`, names),
    ...validateConfiguration(config, at),
  ];
  return [
    ...validateList(devices?.results, `${field}.devices.results`, {
      max: MAX_RESULTS,
      rule: validateResult,
    }),
    ...validateList(devices?.config, `${field}.devices.config`, {
      // Those of the class and those of the claim.
      max: 2 * MAX_PARTS,
      rule: validateConfig,
    }),
    ...(nodeSelector === undefined
      ? []
      : validateNodeSelector(nodeSelector, `${field}.nodeSelector`)),
  ];
}

/** What a device is known by. */
export interface DeviceId {
  /** The driver. */
  readonly driver: string;
  /** The pool of the device. */
  readonly pool: string;
  /** The device. */
  readonly device: string;
  /** Which share of it. */
  readonly shareID?: string;
}

/** Tells a device, or a share of one, from all others. */
export function deviceId({ driver, pool, device, shareID }: DeviceId): string {
  return [driver, pool, device, ...(shareID === undefined ? [] : [shareID])]
    .join("/");
}

function validateReservations(
  next: ResourceClaim,
  previous: ResourceClaim,
): FieldError[] {
  const field = "status.reservedFor";
  const { reservedFor = [], allocation } = next.status ?? {};
  const known = new Set(previous.status?.reservedFor?.map(({ uid }) => uid));
  const found = validateList(reservedFor, field, {
    max: MAX_RESERVATIONS,
    rule: validateConsumer,
    key: ({ uid }) => uid,
  });
  if (reservedFor.length === 0) return found;
  if (allocation === undefined) {
    found.push(
      forbiddenField(
        field,
        "may not be specified when `allocated` is not set",
      ),
    );
  } else if (
    next.metadata.deletionTimestamp !== undefined &&
    reservedFor.some(({ uid }) => !known.has(uid))
  ) {
    found.push(
      forbiddenField(
        field,
        "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set",
      ),
    );
  }
  return found;
}

/** The rules of a change of a claim's status. */
export function validateResourceClaimStatus(
  next: ResourceClaim,
  previous: ResourceClaim,
): FieldError[] {
  const { allocation, devices } = next.status ?? {};
  const before = previous.status?.allocation;
  const given = new Set((allocation?.devices?.results ?? []).map(deviceId));
  const validateDevice: ItemRule<AllocatedDeviceStatus> = (device, field) => [
    ...validateDriver(device.driver, `${field}.driver`),
    ...validatePoolName(device.pool, `${field}.pool`),
    ...validateItemName(device.device, `${field}.device`),
    ...(given.has(deviceId(device)) ? [] : [
      invalidValue(
        field,
        deviceId(device),
        "must be an allocated device in the claim",
      ),
    ]),
    ...(device.data === undefined
      ? []
      : validateRaw(device.data, `${field}.data`)),
  ];
  return [
    ...validateReservations(next, previous),
    ...validateList(devices, "status.devices", {
      max: Infinity,
      rule: validateDevice,
      key: deviceId,
    }),
    ...(allocation === undefined
      ? []
      : before === undefined
      ? validateAllocation(allocation, requestNames(next.spec.devices))
      : unchanged("status.allocation", {
        next: allocation,
        previous: before,
      })),
  ];
}
