/**
 * Changes an object that exists.
 *
 * @module
 */
import { invalidValue } from "../api/field_error.ts";
import { conflict, invalid, notFound } from "../api/status.ts";
import type { FieldError, Kind, KubeObject } from "../api/kind.ts";
import type { ManagedFieldsEntry } from "../api/meta.ts";
import type { Key, Row, Transaction } from "../store/store.ts";
import { sameButTimes } from "../api/apply/managed.ts";
import { sameJson } from "../api/equal.ts";
import type { AdmissionTarget } from "./admission/admission.ts";
import type { ApiServer } from "./call.ts";
import { isFinished } from "./delete_object.ts";
import { type KindHooks, type Plan } from "./hooks/kind_hooks.ts";
import { objectKey } from "./keys.ts";
import { mutateOutside } from "./mutate_outside.ts";
import { encodeObject, prepareMetadataForUpdate } from "./metadata.ts";
import { ConversionPending } from "./extensions/converter.ts";
import { readStored } from "./view.ts";
import {
  hooksOf,
  listenersOf,
  refusals,
  runWrite,
  strategyContext,
  valueOf,
  type Write,
} from "./write.ts";

/** Which part of the object a change is of: "" for all but the status, else a subresource: `status` or one of the kind's `parts`. */
export type Part = string;

/** A change to an object. */
export interface Modification<T extends KubeObject> {
  readonly name: string;
  readonly part: Part;
  /** For admission: the subresource that the client named. @default the part */
  readonly subresource?: string;
  /**
   * The wanted object. Gets the current one, which it must leave as it is; `fresh` makes a copy to change.
   * May be called again when the object has moved.
   */
  change(current: T, fresh: () => T): T;
  /**
   * The server itself makes the change, knowing what it does: neither the kind's strategy nor its rules for updates apply.
   *
   * @default false
   */
  readonly direct?: boolean;
}

/** How often an optimistic write starts again before it gives up. */
const OPTIMISTIC_ATTEMPTS = 32;

/**
 * Applies a change.
 *
 * @returns the object as stored
 * @throws {ApiError} 404, 409 when the resource version has moved, 422, and what admission refuses
 */
export function modifyObject<T extends KubeObject>(
  api: ApiServer,
  write: Write<T>,
  modification: Modification<T>,
): Promise<string> {
  const { kind, namespace } = write;
  const key = objectKey(kind, { namespace, name: modification.name });
  const hooks = hooksOf(api, kind);
  const own = api.store.get(key);
  const volatile = own !== undefined && hooks.volatile !== undefined &&
    hooks.volatile(JSON.parse(own.text));
  const step: Step<T> = { write, modification, key, hooks, volatile };
  return api.asyncAdmission.concerns(targetOf(write, modification))
    ? modifyOptimistically(api, step)
    : modifyAtOnce(api, step);
}

/** Everything happens in the transaction, on the newest row. */
function modifyAtOnce<T extends KubeObject>(
  api: ApiServer,
  step: Step<T>,
): Promise<string> {
  const { write, modification, key } = step;
  const { warnings } = write;
  return runWrite<T, string>(api, {
    ...runOf(step),
    expect() {
      const row = api.store.get(key);
      if (row === undefined || modification.part !== "") return undefined;
      const previous = readStored(write.kind, row.text);
      const length = warnings.length;
      const next = modification.change(
        previous,
        () => readStored(write.kind, row.text),
      );
      // The transaction will make the change again, and give its warnings then.
      warnings.length = length;
      return { next, previous };
    },
    run(transaction, plan) {
      const row = newestRow(transaction, step);
      const length = warnings.length;
      try {
        const draft = begin(api, step, row);
        finish(api, step, draft);
        return commit(transaction, { step, draft, plan });
      } catch (error) {
        // The next run would add them again.
        warnings.length = length;
        throw error;
      }
    },
  });
}

/** Somebody outside is asked before the transaction, which then insists on the row that was shown. */
async function modifyOptimistically<T extends KubeObject>(
  api: ApiServer,
  step: Step<T>,
): Promise<string> {
  const { write, modification, key } = step;
  const { warnings, options = {} } = write;
  for (let attempt = 1;; attempt++) {
    const row = api.store.get(key);
    if (row === undefined) throw notFound(write.kind, modification.name);
    const length = warnings.length;
    await write.kind.stored?.prepare([row.text]);
    let draft: Draft<T>;
    try {
      draft = begin(api, step, row);
    } catch (error) {
      if (!(error instanceof ConversionPending)) throw error;
      warnings.length = length;
      await error.ready();
      continue;
    }
    const attributes = {
      ...targetOf(write, modification),
      previous: draft.current,
      warnings,
      options,
    };
    const next = await mutateOutside(api, {
      write,
      object: draft.next,
      attributes: { ...attributes, object: draft.next },
    });
    if (next !== draft.next) {
      prepareMetadataForUpdate(next.metadata, draft.current.metadata);
      keepFields(next, draft.next);
      next.metadata.resourceVersion = String(row.revision);
      draft = { ...draft, next };
    }
    finish(api, step, draft);
    await api.asyncAdmission.validate({ ...attributes, object: next });
    try {
      return await runWrite<T, string>(api, {
        ...runOf(step),
        expect: () => ({ next, previous: draft.current }),
        run(transaction, plan) {
          const newest = newestRow(transaction, step);
          if (newest.revision !== row.revision) {
            throw new RowMoved(newest.revision);
          }
          return commit(transaction, {
            step,
            // A transaction may run again, and hooks change what they get.
            draft: { ...draft, next: structuredClone(next) },
            plan,
          });
        },
      });
    } catch (error) {
      if (!(error instanceof RowMoved)) throw error;
      if (attempt >= OPTIMISTIC_ATTEMPTS) {
        throw conflict(write.kind, modification.name);
      }
      warnings.length = length;
      await api.store.waitFor(error.revision);
    }
  }
}

/** The row is no longer the one that was shown outside. */
class RowMoved extends Error {
  readonly revision: number;
  constructor(revision: number) {
    super("The row has moved");
    this.revision = revision;
  }
}

function runOf<T extends KubeObject>(step: Step<T>) {
  const { write, modification, key, hooks, volatile } = step;
  return {
    target: targetOf(write, modification),
    hooks,
    keys: [key],
    dryRun: write.dryRun,
    volatile,
  };
}

function newestRow<T extends KubeObject>(
  transaction: Transaction,
  { write, modification, key }: Step<T>,
): Row {
  const row = transaction.get(key);
  if (row === undefined) throw notFound(write.kind, modification.name);
  return row;
}

function targetOf<T extends KubeObject>(
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

interface Step<T extends KubeObject> {
  readonly write: Write<T>;
  readonly modification: Modification<T>;
  readonly key: Key;
  readonly hooks: KindHooks;
  readonly volatile: boolean;
}

/** A change under way. */
interface Draft<T extends KubeObject> {
  readonly row: Row;
  readonly current: T;
  readonly next: T;
}

/** Makes the change and lets the built-in parts of admission change it further. */
function begin<T extends KubeObject>(
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

function keepFields(
  next: KubeObject,
  { metadata: { managedFields } }: {
    metadata: { managedFields?: ManagedFieldsEntry[] | undefined };
  },
): void {
  if (managedFields === undefined) delete next.metadata.managedFields;
  else next.metadata.managedFields = managedFields;
}

/** What follows when nobody changes the object any more: the kind's strategy and rules. */
function finish<T extends KubeObject>(
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

function commit<T extends KubeObject>(
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
