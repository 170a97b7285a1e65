/**
 * A change to an object on its way: made, finished, committed.
 *
 * ```text
 *   row → begin: change, preconditions, managers, built-in admission → (webhooks) → finish: strategy, rules → commit
 * ```
 *
 * @module
 */
import { sameButTimes } from "../api/apply/managed.ts";
import { sameJson } from "../api/equal.ts";
import { invalidValue } from "../api/field_error.ts";
import type { FieldError, Kind, KubeObject } from "../api/kind.ts";
import type { ManagedFieldsEntry } from "../api/meta.ts";
import { conflict, invalid } from "../api/status.ts";
import type { Key, Row, Transaction } from "../store/store.ts";
import type { AdmissionTarget } from "./admission/admission.ts";
import type { ApiServer } from "./call.ts";
import { isFinished } from "./delete_object.ts";
import type { KindHooks, Plan } from "./hooks/kind_hooks.ts";
import { encodeObject, prepareMetadataForUpdate } from "./metadata.ts";
import type { Modification, Part } from "./modify_object.ts";
import { readStored } from "./view.ts";
import {
  listenersOf,
  refusals,
  strategyContext,
  valueOf,
  type Write,
} from "./write.ts";

/** What admission is told before there is an object. */
export function targetOf<T extends KubeObject>(
  { kind, namespace, user, dryRun }: Write<T>,
  { name, part, subresource = part }: Modification<T>,
): AdmissionTarget {
  return {
    operation: "UPDATE",
    kind,
    namespace,
    name,
    subresource,
    user,
    dryRun,
  };
}

/** A change that is to be made. */
export interface Step<T extends KubeObject> {
  readonly write: Write<T>;
  readonly modification: Modification<T>;
  readonly key: Key;
  readonly hooks: KindHooks;
  readonly volatile: boolean;
}

/** A change under way. */
export interface Draft<T extends KubeObject> {
  readonly row: Row;
  readonly current: T;
  readonly next: T;
}

/** Makes the change and lets the built-in parts of admission change it further. */
export function begin<T extends KubeObject>(
  api: ApiServer,
  { write, modification, volatile }: Step<T>,
  row: Row,
): Draft<T> {
  const current = readStored(write.kind, row.text);
  const next = modification.change(
    current,
    () => readStored(write.kind, row.text),
  );
  checkPreconditions(write.kind, next, current);
  const { fields } = write;
  const tracks = fields !== undefined && !volatile;
  const managedFields = tracks ? fields.track(next, current) : undefined;
  prepareMetadataForUpdate(next.metadata, current.metadata);
  if (tracks) keepFields(next, { metadata: { managedFields } });
  next.metadata.resourceVersion = String(row.revision);
  api.admission.mutate({
    ...targetOf(write, modification),
    object: next,
    previous: current,
    ...listenersOf(write),
  });
  return { row, current, next };
}

/** Gives an object the managers of another, in place. */
export function keepFields(
  next: KubeObject,
  { metadata: { managedFields } }: {
    metadata: { managedFields?: ManagedFieldsEntry[] | undefined };
  },
): void {
  if (managedFields === undefined) delete next.metadata.managedFields;
  else next.metadata.managedFields = managedFields;
}

/** What follows when nobody changes the object any more: the kind's strategy and rules. */
export function finish<T extends KubeObject>(
  api: ApiServer,
  { write, modification }: Step<T>,
  { current, next }: Draft<T>,
): void {
  const { kind, warnings } = write;
  const { part, name, direct = false } = modification;
  const context = strategyContext(api, write);
  if (part === "status") kind.prepareForStatusUpdate?.(next, current, context);
  else if (part !== "") {
    kind.parts?.[part]?.prepareForUpdate(next, current, context);
  } else if (!direct) kind.prepareForUpdate(next, current, context);
  const errors = direct
    ? []
    : refusals(api, findErrors(kind, part, next, current));
  if (errors.length > 0) throw invalid(kind, name, errors);
  api.admission.validate({
    ...targetOf(write, modification),
    object: next,
    previous: current,
    ...listenersOf(write),
  });
  // Parts other than the object itself are written by programs, which need no advice.
  if (part !== "" || direct) return;
  for (const text of kind.warnings?.(next, current) ?? []) warnings.push(text);
}

/** Writes a finished draft, or nothing when nothing changed. @returns the object as stored */
export function commit<T extends KubeObject>(
  transaction: Transaction,
  { step, draft, plan }: { step: Step<T>; draft: Draft<T>; plan: Plan<T> },
): string {
  const { write: { kind }, hooks, volatile } = step;
  const { row, current, next } = draft;
  const finished = isFinished(next, hooks);
  plan.apply(
    transaction,
    finished ? { previous: current } : { next, previous: current },
  );
  if (isUnchanged(next, current)) return row.text;
  if (finished) {
    const revision = transaction.delete(row.key);
    return encodeObject(next, revision);
  }
  return transaction.put(row.key, valueOf(kind, next), { volatile }).text;
}

/** Whether there is nothing to write: that somebody wrote the same at another time is no change. */
function isUnchanged(next: KubeObject, current: KubeObject): boolean {
  if (sameJson(next, current)) return true;
  const { managedFields } = current.metadata;
  if (managedFields === undefined) return false;
  if (!sameButTimes(next.metadata.managedFields, managedFields)) return false;
  const metadata = { ...next.metadata, managedFields };
  return sameJson({ ...next, metadata }, current);
}

function checkPreconditions<T extends KubeObject>(
  kind: Kind<T>,
  next: T,
  current: T,
): void {
  const { resourceVersion, uid } = next.metadata;
  const name = current.metadata.name ?? "";
  const told = resourceVersion && resourceVersion !== "0";
  if (kind.needsRevision === true && !told) {
    // Kubernetes names the resource rather than the kind here.
    throw invalid({ ...kind, kind: kind.plural }, name, [
      invalidValue(
        "metadata.resourceVersion",
        0,
        "must be specified for an update",
      ),
    ]);
  }
  if (
    told &&
    resourceVersion !== current.metadata.resourceVersion
  ) {
    throw conflict(kind, name);
  }
  if (uid && uid !== current.metadata.uid) {
    throw conflict(
      kind,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${
        current.metadata.uid ?? ""
      }`,
    );
  }
}

function findErrors<T extends KubeObject>(
  kind: Kind<T>,
  part: Part,
  next: T,
  current: T,
): FieldError[] {
  if (part === "status") {
    return kind.validateStatusUpdate?.(next, current) ?? [];
  }
  return part === ""
    ? [...kind.validate(next), ...kind.validateUpdate(next, current)]
    : kind.parts?.[part]?.validateUpdate(next, current) ?? [];
}
