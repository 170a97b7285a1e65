/**
 * The rules of ObjectMeta.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import {
  forbiddenField,
  invalidValue,
  required,
  tooLong,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { ObjectMeta, OwnerReference } from "../meta.ts";
import {
  isDnsLabel,
  isLabelValue,
  isQualifiedName,
  type NameRule,
} from "./names.ts";

/** The most bytes that all annotations of an object may have together. */
export const ANNOTATIONS_LIMIT_BYTES: number = 256 * 1024;

/** Why a field may not change. */
export const IMMUTABLE = "field is immutable";

/** Rules for labels. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const found: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    found.push(
      ...isQualifiedName(key).map((w) => invalidValue(field, key, w)),
      ...isLabelValue(value).map((w) => invalidValue(field, value, w)),
    );
  }
  return found;
}

const encoder = new TextEncoder();

/** Rules for annotations. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const found: FieldError[] = [];
  let characters = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const wrong of isQualifiedName(key.toLowerCase())) {
      found.push(invalidValue(field, key, wrong));
    }
    characters += key.length + value.length;
  }
  // A character has at most three bytes per UTF-16 unit, so most objects need no counting.
  if (characters * 3 > ANNOTATIONS_LIMIT_BYTES) {
    let bytes = 0;
    for (const [key, value] of Object.entries(annotations ?? {})) {
      bytes += encoder.encode(key).length + encoder.encode(value).length;
    }
    if (bytes > ANNOTATIONS_LIMIT_BYTES) {
      found.push(tooLong(field, ANNOTATIONS_LIMIT_BYTES));
    }
  }
  return found;
}

/** Of more than one controller so many are told. */
const MAX_CONTROLLERS_TOLD = 4;

function validateOwners(
  owners: readonly OwnerReference[],
  field: string,
): FieldError[] {
  const found: FieldError[] = [];
  let controller = "";
  let others = 0;
  for (const owner of owners) {
    const version = owner.apiVersion.split("/").at(-1)!;
    if (version === "") {
      found.push(
        invalidValue(
          `${field}.apiVersion`,
          owner.apiVersion,
          "version must not be empty",
        ),
      );
    }
    for (const part of ["kind", "name", "uid"] as const) {
      if (owner[part] !== "") continue;
      found.push(invalidValue(`${field}.${part}`, "", "must not be empty"));
    }
    if (owner.apiVersion === "v1" && owner.kind === "Event") {
      found.push(
        invalidValue(
          field,
          owner,
          "/v1, Kind=Event is disallowed from being an owner",
        ),
      );
    }
    if (owner.controller !== true) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller !== "") {
      // Each finding shows the whole list: a thousand of them would fill the memory.
      if (++others > MAX_CONTROLLERS_TOLD) continue;
      found.push(
        invalidValue(
          field,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
        ),
      );
    } else controller = name;
  }
  return found;
}

function validateFinalizers(
  finalizers: readonly string[],
  field: string,
): FieldError[] {
  const found = finalizers.flatMap((name) =>
    isQualifiedName(name).map((w) => invalidValue(field, name, w))
  );
  if (
    finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")
  ) {
    found.push(
      invalidValue(
        field,
        finalizers,
        "finalizer orphan and foregroundDeletion cannot be both set",
      ),
    );
  }
  return found;
}

/** Rules for the metadata of a stored object; its name has been made by now. */
export function validateMeta(
  meta: ObjectMeta,
  options: { namespaced: boolean; rule: NameRule; field?: string },
): FieldError[] {
  const { namespaced, rule, field = "metadata" } = options;
  const found: FieldError[] = [];
  const { name = "", generateName = "", namespace = "" } = meta;
  if (generateName !== "") {
    for (const wrong of rule(generateName, true)) {
      found.push(invalidValue(`${field}.generateName`, generateName, wrong));
    }
  }
  if (name === "") {
    found.push(required(`${field}.name`, "name or generateName is required"));
  } else {
    for (const wrong of rule(name, false)) {
      found.push(invalidValue(`${field}.name`, name, wrong));
    }
  }
  if (namespaced) {
    if (namespace === "") found.push(required(`${field}.namespace`));
    else {
      for (const wrong of isDnsLabel(namespace)) {
        found.push(invalidValue(`${field}.namespace`, namespace, wrong));
      }
    }
  } else if (namespace !== "") {
    found.push(
      forbiddenField(`${field}.namespace`, "not allowed on this type"),
    );
  }
  if ((meta.generation ?? 0) < 0) {
    found.push(
      invalidValue(
        `${field}.generation`,
        meta.generation,
        "must be greater than or equal to 0",
      ),
    );
  }
  found.push(
    ...validateLabels(meta.labels, `${field}.labels`),
    ...validateAnnotations(meta.annotations, `${field}.annotations`),
    ...validateOwners(meta.ownerReferences ?? [], `${field}.ownerReferences`),
    ...validateFinalizers(meta.finalizers ?? [], `${field}.finalizers`),
  );
  return found;
}

/** An error when a field differs from what it was. */
export function unchanged(
  field: string,
  values: { next: unknown; previous: unknown },
  why: string = IMMUTABLE,
): FieldError[] {
  return sameJson(values.next, values.previous)
    ? []
    : [invalidValue(field, values.next, why)];
}

/** Rules for a change of metadata, beside {@linkcode validateMeta} of the new one. */
export function validateMetaUpdate(
  next: ObjectMeta,
  previous: ObjectMeta,
  field = "metadata",
): FieldError[] {
  const found: FieldError[] = [];
  if (previous.deletionTimestamp !== undefined) {
    const known = previous.finalizers ?? [];
    const added = (next.finalizers ?? []).filter((f) => !known.includes(f));
    if (added.length > 0) {
      const list = added.sort().map((f) => JSON.stringify(f)).join(", ");
      found.push(
        forbiddenField(
          `${field}.finalizers`,
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
        ),
      );
    }
  }
  if ((next.resourceVersion ?? "") === "") {
    found.push(
      invalidValue(
        `${field}.resourceVersion`,
        "",
        "must be specified for an update",
      ),
    );
  }
  if ((next.generation ?? 0) < (previous.generation ?? 0)) {
    found.push(
      invalidValue(
        `${field}.generation`,
        next.generation ?? 0,
        "must not be decremented",
      ),
    );
  }
  for (
    const part of [
      "name",
      "namespace",
      "uid",
      "creationTimestamp",
      "deletionTimestamp",
      "deletionGracePeriodSeconds",
    ] as const
  ) {
    found.push(
      ...unchanged(`${field}.${part}`, {
        next: next[part],
        previous: previous[part],
      }),
    );
  }
  return found;
}
