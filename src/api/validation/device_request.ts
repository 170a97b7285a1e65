/**
 * The rules of claims of devices. They follow `pkg/apis/resource/validation` of Kubernetes, but for selectors, whose expressions are not compiled.
 *
 * @module
 */
import {
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type {
  DeviceClaim,
  DeviceClaimConfiguration,
  DeviceConstraint,
} from "../resource/device_claim.ts";
import type {
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
} from "../resource/device_request.ts";
import type {
  DeviceSelector,
  DeviceToleration,
} from "../resource/device_selector.ts";
import {
  isDnsLabel,
  isDnsSubdomain,
  isLabelValue,
  isQualifiedName,
} from "./names.ts";
import {
  type ItemRule,
  validateConfiguration,
  validateFullName,
  validateItemName,
  validateList,
} from "./resource_lists.ts";
import { each, oneOf, oneOfIfSet, requiredBy } from "./values.ts";

/** How many requests a claim may have. */
export const MAX_REQUESTS = 32;
/** How many constraints, selectors, or parts of the configuration there may be. */
export const MAX_PARTS = 32;
/** What a taint may do. */
export const DEVICE_TAINT_EFFECTS: readonly string[] = [
  "NoExecute",
  "NoSchedule",
  "None",
];

const MAX_ALTERNATIVES = 8;
const MAX_EXPRESSION_LENGTH = 10 * 1024;

/** The rules of a condition on a device. */
export const validateDeviceSelector: ItemRule<DeviceSelector> = (
  { cel },
  field,
) => {
  if (cel === undefined) return [required(`${field}.cel`)];
  return cel.expression.length > MAX_EXPRESSION_LENGTH
    ? [tooLong(`${field}.cel.expression`, MAX_EXPRESSION_LENGTH)]
    : [];
};

/** The rules of a toleration of devices' taints. */
const validateToleration: ItemRule<DeviceToleration> = (
  { key = "", operator, value = "", effect },
  field,
) => [
  ...(key === "" ? [] : each(`${field}.key`, key, isQualifiedName(key))),
  ...oneOf(`${field}.operator`, operator, ["Equal", "Exists"]),
  ...(operator === "Exists" && value !== ""
    ? [
      invalidValue(
        `${field}.value`,
        value,
        "must be empty for operator `Exists`",
      ),
    ]
    : []),
  ...(operator === "Equal"
    ? each(`${field}.value`, value, isLabelValue(value))
    : []),
  ...oneOfIfSet(`${field}.effect`, effect, DEVICE_TAINT_EFFECTS),
];

function validateMode(
  { allocationMode = "", count = 0 }: ExactDeviceRequest,
  field: string,
): FieldError[] {
  const at = `${field}.count`;
  switch (allocationMode) {
    case "All":
      return count === 0 ? [] : [
        invalidValue(
          at,
          count,
          "must not be specified when allocationMode is 'All'",
        ),
      ];
    case "ExactCount":
      return count > 0
        ? []
        : [invalidValue(at, count, "must be greater than zero")];
  }
  return [
    notSupported(`${field}.allocationMode`, allocationMode, [
      "All",
      "ExactCount",
    ]),
  ];
}

const validateExact: ItemRule<ExactDeviceRequest> = (request, field) => [
  ...requiredBy(
    `${field}.deviceClassName`,
    request.deviceClassName,
    isDnsSubdomain,
  ),
  ...validateList(request.selectors, `${field}.selectors`, {
    max: MAX_PARTS,
    rule: validateDeviceSelector,
  }),
  ...validateMode(request, field),
  ...(request.tolerations ?? []).flatMap((toleration, i) =>
    validateToleration(toleration, `${field}.tolerations[${i}]`)
  ),
];

const validateAlternative: ItemRule<DeviceSubRequest> = (request, field) => [
  ...validateItemName(request.name, `${field}.name`),
  ...validateExact(request, field),
];

const validateRequest: ItemRule<DeviceRequest> = (
  { name, exactly, firstAvailable = [] },
  field,
) => {
  const found = validateItemName(name, `${field}.name`);
  const why = "exactly one of `exactly` or `firstAvailable` is required";
  if (firstAvailable.length > 0) {
    return exactly !== undefined
      ? [
        ...found,
        invalidValue(field, null, `${why}, but multiple fields are set`),
      ]
      : [
        ...found,
        ...validateList(firstAvailable, `${field}.firstAvailable`, {
          max: MAX_ALTERNATIVES,
          rule: validateAlternative,
          key: (request) => request.name,
        }),
      ];
  }
  return exactly === undefined
    ? [...found, required(field, why)]
    : [...found, ...validateExact(exactly, `${field}.exactly`)];
};

/** Names that others may refer to: of requests, and after a slash of their alternatives. */
export function requestNames({ requests = [] }: DeviceClaim): Set<string> {
  return new Set(requests.flatMap(({ name, firstAvailable = [] }) => [
    name,
    ...firstAvailable.map((other) => `${name}/${other.name}`),
  ]));
}

/** The rule of a reference to a request. */
export function requestNameRule(names: ReadonlySet<string>): ItemRule<string> {
  return (name, field) => {
    const parts = name.split("/");
    const unknown = invalidValue(
      field,
      name,
      "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
    );
    if (parts.length > 2) return [unknown];
    return [
      ...parts.flatMap((part) => each(field, part, isDnsLabel(part))),
      ...(names.has(name) ? [] : [unknown]),
    ];
  };
}

/** The rules of references to requests. */
export function validateRequestNames(
  requests: readonly string[] | undefined,
  field: string,
  names: ReadonlySet<string>,
): FieldError[] {
  return validateList(requests, field, {
    max: MAX_REQUESTS,
    rule: requestNameRule(names),
    key: (name) => name,
  });
}

/** The rules of devices that are wished for together. */
export function validateDeviceClaim(
  claim: DeviceClaim,
  field: string,
): FieldError[] {
  const names = requestNames(claim);
  const validateConstraint: ItemRule<DeviceConstraint> = (constraint, at) => [
    ...validateRequestNames(constraint.requests, `${at}.requests`, names),
    ...(constraint.matchAttribute !== undefined
      ? validateFullName(constraint.matchAttribute, `${at}.matchAttribute`)
      : constraint.distinctAttribute !== undefined
      ? validateFullName(
        constraint.distinctAttribute,
        `${at}.distinctAttribute`,
      )
      : [
        required(
          at,
          'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
        ),
      ]),
  ];
  const validateConfig: ItemRule<DeviceClaimConfiguration> = (config, at) => [
    ...validateRequestNames(config.requests, `${at}.requests`, names),
    ...validateConfiguration(config, at),
  ];
  return [
    ...validateList(claim.requests, `${field}.requests`, {
      max: MAX_REQUESTS,
      rule: validateRequest,
      key: ({ name }) => name,
    }),
    ...validateList(claim.constraints, `${field}.constraints`, {
      max: MAX_PARTS,
      rule: validateConstraint,
    }),
    ...validateList(claim.config, `${field}.config`, {
      max: MAX_PARTS,
      rule: validateConfig,
    }),
  ];
}
