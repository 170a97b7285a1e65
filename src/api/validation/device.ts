/**
 * The rules of devices. They follow `pkg/apis/resource/validation` of Kubernetes.
 *
 * @module
 */
import {
  forbiddenField,
  invalidValue,
  required,
  tooLong,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type {
  Device,
  DeviceAttribute,
  DeviceTaint,
} from "../resource/device.ts";
import type { DeviceCounterConsumption } from "../resource/device_capacity.ts";
import { DEVICE_TAINT_EFFECTS } from "./device_request.ts";
import { isDnsSubdomain, isLabelValue, isQualifiedName } from "./names.ts";
import {
  type ItemRule,
  validateAttributeName,
  validateBindingConditions,
  validateItemName,
  validateList,
} from "./resource_lists.ts";
import { validateNodeSelector } from "./scheduling.ts";
import { each, oneOf } from "./values.ts";

const MAX_ATTRIBUTES = 32;
const MAX_ATTRIBUTE_VALUES = 48;
const MAX_VALUE_LENGTH = 64;
const MAX_TAINTS = 16;
const MAX_CONSUMPTIONS = 2;
const MAX_COUNTERS = 32;

const NUMBER = "(0|[1-9]\\d*)";
const PRERELEASE = "(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
const BUILD = "[0-9a-zA-Z-]+";
const SEMVER = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-${PRERELEASE}(\\.${PRERELEASE})*)?(\\+${BUILD}(\\.${BUILD})*)?$`,
);

function isShort(text: string, field: string): FieldError[] {
  return text.length > MAX_VALUE_LENGTH
    ? [tooLong(field, MAX_VALUE_LENGTH)]
    : [];
}

function isVersion(text: string, field: string): FieldError[] {
  return [
    ...(SEMVER.test(text) ? [] : [
      invalidValue(
        field,
        text,
        "must be a string compatible with semver.org spec 2.0.0",
      ),
    ]),
    ...isShort(text, field),
  ];
}

function validateAttribute(
  attribute: DeviceAttribute,
  field: string,
): FieldError[] {
  const { string, version, strings = [], versions = [] } = attribute;
  const count = Object.keys(attribute).length;
  return [
    ...(string === undefined ? [] : isShort(string, `${field}.string`)),
    ...(version === undefined ? [] : isVersion(version, `${field}.version`)),
    ...strings.flatMap((text, i) => isShort(text, `${field}.strings[${i}]`)),
    ...versions.flatMap((text, i) =>
      isVersion(text, `${field}.versions[${i}]`)
    ),
    ...(count === 1 ? [] : [
      invalidValue(
        field,
        count === 0 ? "" : attribute,
        "exactly one value must be specified",
      ),
    ]),
  ];
}

/** Items of a list count by themselves. */
function valuesOf(attribute: DeviceAttribute): number {
  const { ints, bools, strings, versions } = attribute;
  return Math.max(
    1,
    [ints, bools, strings, versions]
      .reduce((sum, values) => sum + (values?.length ?? 0), 0),
  );
}

function validateAttributes(
  { attributes = {}, capacity = {}, allowMultipleAllocations }: Device,
  field: string,
): FieldError[] {
  const names = Object.keys(attributes);
  const count = names.length + Object.keys(capacity).length;
  const values = Object.values(attributes)
    .reduce((sum, attribute) => sum + valuesOf(attribute), 0);
  return [
    ...(count <= MAX_ATTRIBUTES ? [] : [
      invalidValue(
        field,
        count,
        `the total number of attributes and capacities must not exceed ${MAX_ATTRIBUTES}`,
      ),
    ]),
    ...(values <= MAX_ATTRIBUTE_VALUES ? [] : [
      invalidValue(
        field,
        values,
        `the total number of attribute values must not exceed ${MAX_ATTRIBUTE_VALUES}`,
      ),
    ]),
    ...Object.entries(attributes).flatMap(([name, attribute]) => [
      ...validateAttributeName(name, `${field}.attributes`),
      ...validateAttribute(attribute, `${field}.attributes[${name}]`),
    ]),
    ...Object.entries(capacity).flatMap(([name, { requestPolicy }]) => [
      ...validateAttributeName(name, `${field}.capacity`),
      ...(requestPolicy === undefined || allowMultipleAllocations === true
        ? []
        : [
          forbiddenField(
            `${field}.capacity[${name}].requestPolicy`,
            "allowMultipleAllocations must be true",
          ),
        ]),
    ]),
  ];
}

const validateTaint: ItemRule<DeviceTaint> = (
  { key, value = "", effect },
  field,
) => [
  ...each(`${field}.key`, key, isQualifiedName(key)),
  ...each(`${field}.value`, value, isLabelValue(value)),
  ...oneOf(`${field}.effect`, effect, DEVICE_TAINT_EFFECTS),
];

/** The rules of amounts by name. */
export function validateCounters(
  counters: Readonly<Record<string, unknown>> = {},
  field: string,
): FieldError[] {
  const names = Object.keys(counters);
  if (names.length === 0) return [required(field)];
  return validateList(names, field, {
    max: MAX_COUNTERS,
    rule: (name) => validateItemName(name, field),
  });
}

const validateConsumption: ItemRule<DeviceCounterConsumption> = (
  { counterSet, counters },
  field,
) => [
  ...(counterSet === ""
    ? [required(`${field}.counterSet`)]
    : validateItemName(counterSet, `${field}.counterSet`)),
  ...validateCounters(counters, `${field}.counters`),
];

function validateNodes(
  { nodeName, nodeSelector, allNodes }: Device,
  field: string,
): FieldError[] {
  const found: FieldError[] = [];
  const set: string[] = [];
  if (nodeName === "") {
    found.push(
      invalidValue(`${field}.nodeName`, nodeName, "must not be empty"),
    );
  } else if (nodeName !== undefined) {
    set.push("`nodeName`");
    found.push(
      ...each(`${field}.nodeName`, nodeName, isDnsSubdomain(nodeName)),
    );
  }
  if (nodeSelector !== undefined) {
    set.push("`nodeSelector`");
    found.push(...validateNodeSelector(nodeSelector, `${field}.nodeSelector`));
  }
  if (allNodes === true) set.push("`allNodes`");
  else if (allNodes === false) {
    found.push(
      invalidValue(
        `${field}.allNodes`,
        allNodes,
        "must be either unset or set to true",
      ),
    );
  }
  const why =
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
  if (set.length === 0) found.push(required(field, why));
  else if (set.length > 1) {
    found.push(invalidValue(field, `{${set.join(", ")}}`, why));
  }
  return found;
}

/** The rules of a device; `perDevice` when each says for itself which nodes can reach it. */
export function validateDevice(
  device: Device,
  field: string,
  perDevice: boolean,
): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  const says = nodeName ?? nodeSelector ?? allNodes;
  return [
    ...validateItemName(device.name, `${field}.name`),
    ...validateAttributes(device, field),
    ...validateList(device.taints, `${field}.taints`, {
      max: MAX_TAINTS,
      rule: validateTaint,
    }),
    ...validateList(device.consumesCounters, `${field}.consumesCounters`, {
      max: MAX_CONSUMPTIONS,
      rule: validateConsumption,
      key: ({ counterSet }) => counterSet,
    }),
    ...(perDevice ? validateNodes(device, field) : says === undefined ? [] : [
      invalidValue(
        field,
        null,
        "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec",
      ),
    ]),
    ...validateBindingConditions(device, field),
  ];
}
