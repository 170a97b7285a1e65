/**
 * The rules of storage classes. They follow `pkg/apis/storage/validation` of Kubernetes.
 *
 * @module
 */
import { duplicate, invalidValue, required, tooLong } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { StorageClass } from "../storage/storage_class.ts";
import type { TopologySelectorTerm } from "../storage/topology.ts";
import { unchanged } from "./meta.ts";
import { isDnsSubdomain, isQualifiedName } from "./names.ts";
import {
  each,
  oneOf,
  oneOfIfSet,
  repeatedPlaces,
  requiredBy,
} from "./values.ts";

const MAX_PARAMETERS = 512;
const MAX_PARAMETERS_BYTES = 256 * 1024;

/** Name of a storage driver. */
export function validateDriverName(
  field: string,
  name: string,
): FieldError[] {
  return requiredBy(
    field,
    name,
    (text) => isQualifiedName(text.toLowerCase()),
  );
}

/** Name of a CSI driver: a domain in any case. */
export function validateCsiDriverName(
  field: string,
  name: string,
): FieldError[] {
  if (name === "") return [required(field)];
  return [
    ...(name.length > 63 ? [tooLong(field, 63)] : []),
    ...each(field, name, isDnsSubdomain(name.toLowerCase())),
  ];
}

/** What a driver is told: not too much of it. */
export function validateParameters(
  parameters: Readonly<Record<string, string>>,
): FieldError[] {
  const field = "parameters";
  const entries = Object.entries(parameters);
  if (entries.length > MAX_PARAMETERS) return [tooLong(field, MAX_PARAMETERS)];
  const found: FieldError[] = [];
  let total = 0;
  for (const [key, value] of entries) {
    if (key === "") {
      found.push(invalidValue(field, key, "field can not be empty."));
    }
    total += key.length + value.length;
  }
  if (total > MAX_PARAMETERS_BYTES) {
    found.push(tooLong(field, MAX_PARAMETERS_BYTES));
  }
  return found;
}

function validateTerm(
  { matchLabelExpressions = [] }: TopologySelectorTerm,
  field: string,
): FieldError[] {
  const keys = new Set<string>();
  return matchLabelExpressions.flatMap(({ key, values }, i) => {
    const at = `${field}.matchLabelExpressions[${i}]`;
    const found = values.length === 0 ? [required(`${at}.values`)] : [];
    for (const j of repeatedPlaces(values)) {
      found.push(duplicate(`${at}.values[${j}]`, values[j]));
    }
    found.push(...each(`${at}.key`, key, isQualifiedName(key)));
    if (keys.has(key)) found.push(duplicate(`${at}.key`, key));
    keys.add(key);
    return found;
  });
}

/** A term as a text that is the same for terms that mean the same. */
function meaning({ matchLabelExpressions = [] }: TopologySelectorTerm): string {
  const byKey = new Map(
    matchLabelExpressions.map(({ key, values }) => [key, [...values].sort()]),
  );
  return JSON.stringify([...byKey].sort(([a], [b]) => a < b ? -1 : 1));
}

/** A term that means the same as so many before it is told of no oftener. */
const MAX_REPEATS_TOLD = 8;

function validateTopologies(
  terms: readonly TopologySelectorTerm[],
): FieldError[] {
  const field = "allowedTopologies";
  const known = new Map<string, number>();
  return terms.flatMap((term, i) => {
    const text = meaning(term);
    const before = known.get(text) ?? 0;
    known.set(text, before + 1);
    // Once for each that means the same, as in Kubernetes.
    const repeats = Array.from(
      { length: Math.min(before, MAX_REPEATS_TOLD) },
      () => duplicate(`${field}[${i}].matchLabelExpressions`, ""),
    );
    return [...validateTerm(term, `${field}[${i}]`), ...repeats];
  });
}

/** The rules of a StorageClass, beside those of its metadata. */
export function validateStorageClass(object: StorageClass): FieldError[] {
  return [
    ...validateDriverName("provisioner", object.provisioner),
    ...validateParameters(object.parameters ?? {}),
    ...oneOfIfSet("reclaimPolicy", object.reclaimPolicy || undefined, [
      "Delete",
      "Retain",
    ]),
    ...oneOf("volumeBindingMode", object.volumeBindingMode, [
      "Immediate",
      "WaitForFirstConsumer",
    ]),
    ...validateTopologies(object.allowedTopologies ?? []),
  ];
}

const FIXED = [
  "parameters",
  "provisioner",
  "reclaimPolicy",
  "volumeBindingMode",
] as const;

/** What of a class stays. */
export function validateStorageClassUpdate(
  next: StorageClass,
  previous: StorageClass,
): FieldError[] {
  return FIXED.flatMap((field) =>
    unchanged(field, { next: next[field], previous: previous[field] })
  );
}
