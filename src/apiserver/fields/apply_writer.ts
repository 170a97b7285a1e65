/**
 * Server-side apply on the server's objects: conflicts in Kubernetes' words, what `kubectl` applied from its side before, the managers afterwards.
 *
 * @module
 */
import { applyFields, type Conflict } from "../../api/apply/apply_fields.ts";
import { checkApplied, findingsText } from "../../api/apply/check_applied.ts";
import { compareObjects } from "../../api/apply/compare.ts";
import {
  difference,
  type FieldSet,
  hasPath,
} from "../../api/apply/field_set.ts";
import { fieldsOf } from "../../api/apply/fields_of.ts";
import {
  BEFORE_FIRST_APPLY,
  entriesOf,
  type Managed,
  managedOf,
  type Manager,
} from "../../api/apply/managed.ts";
import { pathText } from "../../api/apply/path_element.ts";
import { updateFields } from "../../api/apply/update_fields.ts";
import type { Versions } from "../../api/apply/versions.ts";
import type { ManagedFieldsEntry } from "../../api/meta.ts";
import { isObject, type JsonObject } from "../../api/patch/json_value.ts";
import { groupVersion } from "../../api/registry.ts";
import type { Shape } from "../../api/shape.ts";
import { applyConflict, badRequest, unknownError } from "../../api/status.ts";
import { formatTime } from "../../api/time.ts";
import type { FieldsWriter } from "../write.ts";
import { type Requested, versionsOf } from "./kind_versions.ts";

/** Where kubectl keeps what it applied from its side. */
export const LAST_APPLIED_ANNOTATION =
  "kubectl.kubernetes.io/last-applied-configuration";

/** The manager that kubectl applies as; only this one takes over what it applied from its side. */
const KUBECTL = "kubectl";

/** The most bytes of all annotations together. */
const ANNOTATIONS_LIMIT_BYTES = 256 * 1024;

/** An apply. */
export interface ApplyOptions extends Requested {
  readonly config: JsonObject;
  readonly manager: string;
  /** Takes fields from others. */
  readonly force: boolean;
  readonly nowMs: number;
}

/** Leaves `managedFields` as they are in the object: an apply has set them already. */
export const APPLIED_FIELDS: FieldsWriter = {
  track: ({ metadata: { managedFields } }) => managedFields,
};

/** What is known of the type of a configuration. */
export interface Configured {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly schema: { readonly shape: Shape };
}

/** Checks a configuration before it is applied to anything. @throws {ApiError} 400, 500 as kube-apiserver answers */
export function checkConfig(
  value: unknown,
  { kind }: { readonly kind: Configured },
  at: { readonly namespace: string; readonly name: string },
): JsonObject {
  if (!isObject(value)) {
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${
        Array.isArray(value) ? "array" : typeof value
      } into Go value of type map[string]interface {}`,
    );
  }
  const expected = groupVersion(kind);
  const { apiVersion = "", kind: name = "" } = value;
  if (apiVersion !== expected || name !== kind.kind) {
    throw badRequest(
      `invalid object type: ${typeText(String(apiVersion), String(name))}`,
    );
  }
  const { metadata } = value;
  if (isObject(metadata) && metadata["managedFields"] !== undefined) {
    if (metadata["managedFields"] !== null) {
      throw badRequest("metadata.managedFields must be nil");
    }
  }
  const found = checkApplied(value, kind.schema.shape);
  if (found.length > 0) {
    throw unknownError(
      `failed to create typed patch object (${at.namespace}/${at.name}; ${
        typeText(expected, kind.kind)
      }): ${findingsText(found)}`,
    );
  }
  return value;
}

/** A type as Go prints it: `apps/v1, Kind=Deployment`. */
function typeText(apiVersion: string, kind: string): string {
  const version = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  return `${version}, Kind=${kind}`;
}

/**
 * Applies a configuration to an object, which stays as it is.
 *
 * @param live the object in the request's version; undefined when there is none yet
 * @throws {ApiError} 409 with every field that somebody else manages
 */
export function applyConfig(
  live: JsonObject | undefined,
  options: ApplyOptions,
): JsonObject {
  const { kind, subresource, manager, config, force } = options;
  const versions = versionsOf(options);
  const time = formatTime(options.nowMs);
  const applier: Manager = {
    manager,
    operation: "Apply",
    apiVersion: groupVersion(kind),
    subresource,
  };
  const before: JsonObject = live ?? nothingOf(options);
  const managed = live === undefined
    ? []
    : managersOf(live, { versions, time, applier, options });
  const applied = applyFields({
    live: before,
    managed,
    config,
    versions,
    applier,
    time,
  });
  if (!force) {
    refuseConflicts(applied.conflicts, { before, versions, manager });
  }
  let { object } = applied;
  if (manager === KUBECTL) object = withLastApplied(object, config);
  return withManagers(object, entriesOf(applied.managed));
}

/** What a new object is merged into. */
function nothingOf({ kind }: ApplyOptions): JsonObject {
  return kind.schema.empty() as unknown as JsonObject;
}

/** The managers of an object; where nobody has been written down, all that is there belongs to one name. */
function managersOf(
  live: JsonObject,
  { versions, time, applier, options }: {
    versions: Versions;
    time: string;
    applier: Manager;
    options: ApplyOptions;
  },
): readonly Managed[] {
  const { managedFields } = live["metadata"] as {
    managedFields?: ManagedFieldsEntry[];
  };
  const managed = managedOf(managedFields);
  if (managed.length > 0) return managed;
  return updateFields([], {
    before: nothingOf(options),
    after: live,
    versions,
  }, {
    writer: {
      ...applier,
      manager: BEFORE_FIRST_APPLY,
      operation: "Update",
    },
    time,
  });
}

function withManagers(
  object: JsonObject,
  managedFields: ManagedFieldsEntry[] | undefined,
): JsonObject {
  const { managedFields: _, ...metadata } = object["metadata"] as JsonObject;
  return {
    ...object,
    metadata: managedFields === undefined
      ? metadata
      : { ...metadata, managedFields },
  };
}

/** @throws {ApiError} 409 */
function refuseConflicts(
  conflicts: readonly Conflict[],
  { before, versions, manager }: {
    before: JsonObject;
    versions: Versions;
    manager: string;
  },
): void {
  if (conflicts.length === 0) return;
  const allowed = manager === KUBECTL
    ? lastAppliedFields(before, versions)
    : undefined;
  const left = allowed === undefined
    ? conflicts
    : conflicts.filter(({ path }) => !hasPath(allowed, path));
  if (left.length === 0) return;
  throw applyConflict(
    left.map((conflict) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${managerText(conflict.manager)}`,
      field: pathText(conflict.path),
    })),
    conflictText(left),
  );
}

function conflictText(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${
      managerText(first!.manager)
    }: ${pathText(first!.path)}`;
  }
  const byManager = Map.groupBy(
    conflicts,
    ({ manager }) => managerText(manager),
  );
  const lines = [...byManager.keys()].sort().flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...byManager.get(manager)!.map(({ path }) => `- ${pathText(path)}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}

function managerText(
  { manager, operation, apiVersion, subresource }: Manager,
): string {
  const name = JSON.stringify(manager);
  const where = subresource === ""
    ? ""
    : ` with subresource ${JSON.stringify(subresource)}`;
  return operation === "Update"
    ? `${name}${where} using ${apiVersion}`
    : `${name}${where}`;
}

/** The fields that kubectl applied from its side and that nobody has changed since; undefined when it is not known. */
function lastAppliedFields(
  live: JsonObject,
  { own }: Versions,
): FieldSet | undefined {
  const text = annotationsOf(live)[LAST_APPLIED_ANNOTATION];
  if (typeof text !== "string" || text === "") return undefined;
  let last: unknown;
  try {
    last = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(last) || last["apiVersion"] !== own.apiVersion) {
    return undefined;
  }
  if (checkApplied(last, own.shape).length > 0) return undefined;
  const all = {
    shape: own.shape,
    ignored: { top: () => false, metadata: new Set<string>() },
  };
  const { added, modified, removed } = compareObjects(last, live, all);
  return [added, modified, removed].reduce(
    difference,
    fieldsOf(last, own.shape),
  );
}

/** Keeps kubectl's annotation in step where there is one, so that its client-side apply goes on to work. */
function withLastApplied(object: JsonObject, config: JsonObject): JsonObject {
  const annotations = annotationsOf(object);
  if (!annotations[LAST_APPLIED_ANNOTATION]) return object;
  const { [LAST_APPLIED_ANNOTATION]: _, ...applied } = annotationsOf(config);
  const metadata = { ...config["metadata"] as JsonObject };
  if ("annotations" in metadata) metadata["annotations"] = applied;
  const text = JSON.stringify({ ...config, metadata }) + "\n";
  const kept = { ...annotations, [LAST_APPLIED_ANNOTATION]: text };
  if (sizeOf(kept) > ANNOTATIONS_LIMIT_BYTES) {
    delete (kept as JsonObject)[LAST_APPLIED_ANNOTATION];
  }
  return {
    ...object,
    metadata: { ...object["metadata"] as JsonObject, annotations: kept },
  };
}

function sizeOf(annotations: JsonObject): number {
  const encoder = new TextEncoder();
  return Object.entries(annotations).reduce(
    (sum, [key, value]) =>
      sum + encoder.encode(key).length + encoder.encode(String(value)).length,
    0,
  );
}

function annotationsOf(object: JsonObject): JsonObject {
  const { metadata } = object;
  const annotations = isObject(metadata) ? metadata["annotations"] : undefined;
  return isObject(annotations) ? annotations : {};
}
