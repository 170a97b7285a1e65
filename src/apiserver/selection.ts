/**
 * Which objects of a kind a list, watch or deletecollection means.
 *
 * @module
 */
import type { Kind } from "../api/kind.ts";
import {
  checkFieldSelector,
  type FieldSelector,
  parseFieldSelector,
  parseLabelSelector,
  type Selector,
  SelectorError,
} from "../api/selector.ts";
import { badRequest } from "../api/status.ts";
import type { Key, Row } from "../store/store.ts";
import type { Call } from "./call.ts";
import { shownFields } from "./view.ts";
import { collectionPrefix, nameOfKey, objectKey } from "./keys.ts";

/** A parsed selection. */
export interface Selection {
  /** Where the objects lie: a prefix that ends with `/`, or the key of the only object that can match. */
  readonly prefix: Key;
  /** Whether some rows below the prefix may not match. */
  readonly filtered: boolean;
  /** Whether a row below the prefix is meant. */
  matches(row: Row): boolean;
  /** An exact field that the store can wake by. */
  readonly field?: { readonly name: string; readonly value: string };
}

/** Fields that watchers are woken by. */
const INDEXED_FIELDS = ["spec.nodeName"];

/** Reads `labelSelector` and `fieldSelector`. @throws {ApiError} 400 */
export function selectionOf(call: Call): Selection {
  const { kind, at, params } = call;
  const prefix = collectionPrefix(kind, at.namespace);
  const labelText = params.get("labelSelector") ?? "";
  const fieldText = params.get("fieldSelector") ?? "";
  if (labelText === "" && fieldText === "") {
    return { prefix, filtered: false, matches: () => true };
  }
  const labels = parsed(() => parseLabelSelector(labelText));
  const fields = parsed(() => parseFieldSelector(fieldText));
  parsed(() => checkFieldSelector(fields, kind));
  const field = INDEXED_FIELDS.flatMap((name) => {
    const value = fields.exact(name);
    return value === undefined ? [] : [{ name, value }];
  })[0];
  return {
    prefix: exactKey(kind, at.namespace, fields) ?? prefix,
    filtered: true,
    matches: matcher(call, labels, fields),
    ...(field === undefined ? {} : { field }),
  };
}

function matcher(
  call: Call,
  labels: Selector,
  fields: FieldSelector,
): (row: Row) => boolean {
  if (fields.terms.length === 0) {
    return (row) => labels.matches(row.labels ?? {});
  }
  const byName = fields.terms.some(({ field }) =>
    field.startsWith("metadata.")
  );
  return (row) =>
    labels.matches(row.labels ?? {}) &&
    fields.matches(byName ? withName(call, row) : shownFields(call, row));
}

function withName(call: Call, row: Row): Record<string, string> {
  const { namespace, name } = nameOfKey(call.kind, row.key);
  return {
    ...shownFields(call, row),
    "metadata.name": name,
    "metadata.namespace": namespace,
  };
}

/** The key of the only object that a selector on `metadata.name` can meet. */
function exactKey(
  kind: Kind,
  namespace: string,
  fields: FieldSelector,
): Key | undefined {
  const name = fields.exact("metadata.name");
  if (name === undefined || name === "" || name.includes("/")) return undefined;
  if (!kind.namespaced) return objectKey(kind, { namespace: "", name });
  const inside = namespace === ""
    ? fields.exact("metadata.namespace")
    : namespace;
  if (inside === undefined || inside === "" || inside.includes("/")) {
    return undefined;
  }
  return objectKey(kind, { namespace: inside, name });
}

function parsed<R>(parse: () => R): R {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}
