/**
 * The rules of slices of devices. They follow `pkg/apis/resource/validation` of Kubernetes.
 *
 * @module
 */
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { CounterSet } from "../resource/device_capacity.ts";
import type {
  ResourcePool,
  ResourceSlice,
  ResourceSliceSpec,
} from "../resource/resource_slice.ts";
import { validateCounters, validateDevice } from "./device.ts";
import { unchanged } from "./meta.ts";
import { isDnsSubdomain } from "./names.ts";
import {
  type ItemRule,
  validateDriver,
  validateItemName,
  validateList,
  validatePoolName,
} from "./resource_lists.ts";
import { validateNodeSelector } from "./scheduling.ts";
import { each } from "./values.ts";

const MAX_DEVICES = 128;
/** How many devices there may be when any of them has taints, consumes counters or has lists for attributes. */
const MAX_ADVANCED_DEVICES = 64;
const MAX_COUNTER_SETS = 8;

function validatePool(pool: ResourcePool): FieldError[] {
  const { name, resourceSliceCount: count, generation } = pool;
  return [
    ...validatePoolName(name, "spec.pool.name"),
    ...(count > 0 ? [] : [
      invalidValue(
        "spec.pool.resourceSliceCount",
        count,
        "must be greater than zero",
      ),
    ]),
    ...(generation >= 0 ? [] : [
      invalidValue(
        "spec.pool.generation",
        generation,
        "must be greater than or equal to zero",
      ),
    ]),
  ];
}

function onlyTrue(field: string, value: boolean | undefined): FieldError[] {
  return value === false
    ? [invalidValue(field, value, "must be either unset or set to true")]
    : [];
}

function validateNodes(spec: ResourceSliceSpec): FieldError[] {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection } = spec;
  const at = "spec.nodeSelector";
  const found = [
    ...(nodeName === ""
      ? [
        invalidValue(
          "spec.nodeName",
          nodeName,
          "must be either unset or set to a non-empty string",
        ),
      ]
      : each("spec.nodeName", nodeName, isDnsSubdomain(nodeName ?? "node"))),
    ...(nodeSelector === undefined
      ? []
      : validateNodeSelector(nodeSelector, at)),
    ...(nodeSelector === undefined ||
        nodeSelector.nodeSelectorTerms.length === 1
      ? []
      : [
        invalidValue(
          `${at}.nodeSelectorTerms`,
          nodeSelector.nodeSelectorTerms,
          "must have exactly one node selector term",
        ),
      ]),
    ...onlyTrue("spec.allNodes", allNodes),
    ...onlyTrue("spec.perDeviceNodeSelection", perDeviceNodeSelection),
  ];
  const set = [
    ...(nodeName ? ["`nodeName`"] : []),
    ...(nodeSelector === undefined ? [] : ["`nodeSelector`"]),
    ...(allNodes === true ? ["`allNodes`"] : []),
    ...(perDeviceNodeSelection === true ? ["`perDeviceNodeSelection`"] : []),
  ];
  const why =
    "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  if (set.length === 0) found.push(required("spec", why));
  else if (set.length > 1) {
    found.push(
      invalidValue(
        "spec",
        `{${set.join(", ")}}`,
        `${why}, but multiple fields are set`,
      ),
    );
  }
  return found;
}

const validateCounterSet: ItemRule<CounterSet> = (
  { name, counters },
  field,
) => [
  ...(name === ""
    ? [required(`${field}.name`)]
    : validateItemName(name, `${field}.name`)),
  ...validateCounters(counters, `${field}.counters`),
];

function maxDevices({ devices = [] }: ResourceSliceSpec): number {
  const advanced = devices.some(({ taints, consumesCounters, attributes }) =>
    taints !== undefined || consumesCounters !== undefined ||
    Object.values(attributes ?? {}).some((a) =>
      (a.ints ?? a.bools ?? a.strings ?? a.versions) !== undefined
    )
  );
  return advanced ? MAX_ADVANCED_DEVICES : MAX_DEVICES;
}

/** The rules of a ResourceSlice, beside those of its metadata. */
export function validateResourceSlice({ spec }: ResourceSlice): FieldError[] {
  const { devices, sharedCounters, perDeviceNodeSelection = false } = spec;
  return [
    ...validateDriver(spec.driver, "spec.driver"),
    ...validatePool(spec.pool),
    ...validateNodes(spec),
    ...(devices === undefined || sharedCounters === undefined ? [] : [
      invalidValue(
        "spec",
        "",
        "only one of `sharedCounters` or `devices` is allowed",
      ),
    ]),
    ...validateList(devices, "spec.devices", {
      max: maxDevices(spec),
      rule: (device, field) =>
        validateDevice(device, field, perDeviceNodeSelection),
      key: ({ name }) => name,
    }),
    ...validateList(sharedCounters, "spec.sharedCounters", {
      max: MAX_COUNTER_SETS,
      rule: validateCounterSet,
      key: ({ name }) => name,
    }),
  ];
}

/** Pool, driver and node of a slice stay. */
export function validateResourceSliceUpdate(
  { spec: next }: ResourceSlice,
  { spec: previous }: ResourceSlice,
): FieldError[] {
  return [
    ...unchanged("spec.pool.name", {
      next: next.pool.name,
      previous: previous.pool.name,
    }),
    ...(["driver", "nodeName"] as const).flatMap((field) =>
      unchanged(`spec.${field}`, {
        next: next[field],
        previous: previous[field],
      })
    ),
  ];
}
