/**
 * Rules that the kinds of dynamic resource allocation share: lists with a bound, names of drivers, pools and attributes.
 *
 * @module
 */
import {
  duplicate,
  invalidValue,
  required,
  tooLong,
  tooMany,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { OpaqueDeviceConfiguration } from "../resource/device_configuration.ts";
import { isDnsLabel, isDnsSubdomain, isQualifiedName } from "./names.ts";
import { validateCsiDriverName } from "./storage_class.ts";
import { each } from "./values.ts";

const MAX_POOL_LENGTH = 253;
const MAX_ID_LENGTH = 32;
const MAX_PARAMETERS_LENGTH = 10 * 1024;
const MAX_BINDING_CONDITIONS = 4;

/** A rule for one of many. */
export type ItemRule<T> = (item: T, field: string) => FieldError[];

/** A list with a bound, each of whose items obeys a rule; items that have the same key are told when there is a key. */
export function validateList<T>(
  items: readonly T[] = [],
  field: string,
  { max, rule, key }: {
    readonly max: number;
    readonly rule: ItemRule<T>;
    readonly key?: (item: T) => string;
  },
): FieldError[] {
  if (items.length > max) return [tooMany(field, items.length, max)];
  const found = items.flatMap((item, i) => rule(item, `${field}[${i}]`));
  if (key === undefined) return found;
  const seen = new Set<string>();
  items.forEach((item, i) => {
    const text = key(item);
    if (seen.has(text)) found.push(duplicate(`${field}[${i}]`, text));
    seen.add(text);
  });
  return found;
}

/** The name of a request, a device or a counter. */
export const validateItemName: ItemRule<string> = (name, field) =>
  each(field, name, isDnsLabel(name));

/** The name of a driver. */
export const validateDriver: ItemRule<string> = (name, field) =>
  validateCsiDriverName(field, name);

/** The name of a pool: subdomains with slashes between them. */
export const validatePoolName: ItemRule<string> = (name, field) => {
  if (name === "") return [required(field)];
  return [
    ...(name.length > MAX_POOL_LENGTH ? [tooLong(field, MAX_POOL_LENGTH)] : []),
    ...name.split("/").flatMap((part) =>
      each(field, part, isDnsSubdomain(part))
    ),
  ];
};

function validateIdentifier(id: string, field: string): FieldError[] {
  return [
    ...(id.length > MAX_ID_LENGTH ? [tooLong(field, MAX_ID_LENGTH)] : []),
    ...(/^[A-Za-z_][A-Za-z0-9_]*$/.test(id) ? [] : [
      invalidValue(
        field,
        id,
        "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')",
      ),
    ]),
  ];
}

/** The name of an attribute or capacity, which may have a domain. */
export const validateAttributeName: ItemRule<string> = (name, field) => {
  const [first = "", second, ...rest] = name.split("/");
  // As in Kubernetes, a name with more slashes is not looked at.
  if (rest.length > 0) return [];
  if (second === undefined) return validateIdentifier(first, field);
  return [
    ...(first === ""
      ? [invalidValue(field, "", "the domain must not be empty")]
      : validateDriver(first, field)),
    ...(second === ""
      ? [invalidValue(field, "", "the name must not be empty")]
      : validateIdentifier(second, field)),
  ];
};

/** The name of an attribute with its domain. */
export const validateFullName: ItemRule<string> = (name, field) => [
  ...validateAttributeName(name, field),
  ...(name.includes("/") ? [] : [
    invalidValue(
      field,
      name,
      "a fully qualified name must be a domain and a name separated by a slash",
    ),
  ]),
];

/** Any JSON object, not too large. */
export function validateRaw(
  value: unknown,
  field: string,
  maxLength: number = MAX_PARAMETERS_LENGTH,
): FieldError[] {
  if (value === undefined || value === null) return [required(field)];
  if (JSON.stringify(value).length > maxLength) {
    return [tooLong(field, maxLength)];
  }
  return typeof value === "object" && !Array.isArray(value) ? [] : [
    invalidValue(field, "<value omitted>", "must be a valid JSON object"),
  ];
}

/** What a driver is told. */
export const validateConfiguration: ItemRule<
  { readonly opaque?: OpaqueDeviceConfiguration }
> = ({ opaque }, field) =>
  opaque === undefined ? [required(`${field}.opaque`)] : [
    ...validateDriver(opaque.driver, `${field}.opaque.driver`),
    ...validateRaw(opaque.parameters, `${field}.opaque.parameters`),
  ];

/** Conditions before a Pod is bound, which come in pairs. */
export function validateBindingConditions(
  given: {
    readonly bindingConditions?: readonly string[];
    readonly bindingFailureConditions?: readonly string[];
  },
  field: string,
): FieldError[] {
  const wanted = given.bindingConditions ?? [];
  const feared = given.bindingFailureConditions ?? [];
  const at = `${field}.bindingConditions`;
  const fearedAt = `${field}.bindingFailureConditions`;
  const options = {
    max: MAX_BINDING_CONDITIONS,
    rule: (name: string, item: string) =>
      each(item, name, isQualifiedName(name)),
    key: (name: string) => name,
  };
  return [
    ...validateList(wanted, at, options),
    ...validateList(feared, fearedAt, options),
    ...feared.flatMap((name, i) =>
      wanted.includes(name)
        ? [
          invalidValue(
            `${fearedAt}[${i}]`,
            name,
            "bindingFailureConditions must not overlap with bindingConditions",
          ),
        ]
        : []
    ),
    ...(wanted.length === 0 && feared.length > 0
      ? [
        invalidValue(
          at,
          given.bindingConditions,
          "bindingConditions are required to use bindingFailureConditions",
        ),
      ]
      : []),
    ...(feared.length === 0 && wanted.length > 0
      ? [
        invalidValue(
          fearedAt,
          given.bindingFailureConditions,
          "bindingFailureConditions are required to use bindingConditions",
        ),
      ]
      : []),
  ];
}
