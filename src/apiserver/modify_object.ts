/**
 * Changes an object that exists.
 *
 * @module
 */
import { conflict, invalid, notFound } from "../api/status.ts";
import type { FieldError, Kind, KubeObject } from "../api/kind.ts";
import type { Row, Transaction } from "../store/store.ts";
import { sameJson } from "../api/equal.ts";
import type { AdmissionTarget } from "./admission/admission.ts";
import type { ApiServer } from "./call.ts";
import { isFinished } from "./delete_object.ts";
import { type KindHooks, type Plan } from "./hooks/kind_hooks.ts";
import { objectKey } from "./keys.ts";
import { encodeObject, prepareMetadataForUpdate } from "./metadata.ts";
import {
  hooksOf,
  refusals,
  runWrite,
  strategyContext,
  valueOf,
  type Write,
} from "./write.ts";

/** Which part of the object a change is of. */
export type Part = "" | "status";

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
  const { name } = modification;
  const key = objectKey(kind, { namespace, name });
  const hooks = hooksOf(api, kind);
  const own = api.store.get(key);
  const volatile = own !== undefined && hooks.volatile !== undefined &&
    hooks.volatile(JSON.parse(own.text));
  return runWrite<T, string>(api, {
    target: targetOf(write, modification),
    hooks,
    keys: [key],
    dryRun: write.dryRun,
    volatile,
    expect() {
      const row = api.store.get(key);
      if (row === undefined || modification.part !== "") return undefined;
      const previous: T = JSON.parse(row.text);
      const warnings = write.warnings.length;
      const next = modification.change(previous, () => JSON.parse(row.text));
      // The transaction will make the change again, and give its warnings then.
      write.warnings.length = warnings;
      return { next, previous };
    },
    run(transaction, plan) {
      const row = transaction.get(key);
      if (row === undefined) throw notFound(kind, name);
      const warnings = write.warnings.length;
      try {
        return apply(
          api,
          { write, modification, hooks, row, plan, volatile },
          transaction,
        );
      } catch (error) {
        // The next run would add them again.
        write.warnings.length = warnings;
        throw error;
      }
    },
  });
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
  readonly hooks: KindHooks;
  readonly row: Row;
  readonly plan: Plan<T>;
  readonly volatile: boolean;
}

function apply<T extends KubeObject>(
  api: ApiServer,
  step: Step<T>,
  transaction: Transaction,
): string {
  const { write, modification, hooks, row } = step;
  const { kind } = write;
  const { part, name } = modification;
  const current: T = JSON.parse(row.text);
  const next = modification.change(current, () => JSON.parse(row.text));
  checkPreconditions(kind, next, current);
  prepareMetadataForUpdate(next.metadata, current.metadata);
  next.metadata.resourceVersion = String(row.revision);
  const context = strategyContext(api, write);
  const direct = modification.direct === true;
  if (part === "status") kind.prepareForStatusUpdate?.(next, current, context);
  else if (!direct) kind.prepareForUpdate(next, current, context);
  const attributes = {
    ...targetOf(write, modification),
    object: next,
    previous: current,
    warnings: write.warnings,
  };
  api.admission.mutate(attributes);
  const errors = direct
    ? []
    : refusals(api, findErrors(kind, part, next, current));
  if (errors.length > 0) throw invalid(kind, name, errors);
  api.admission.validate(attributes);
  for (const warning of kind.warnings?.(next, current) ?? []) {
    write.warnings.push(warning);
  }
  const finished = isFinished(next, hooks);
  step.plan.apply(
    transaction,
    finished ? { previous: current } : { next, previous: current },
  );
  if (sameJson(next, current)) return row.text;
  if (finished) {
    const revision = transaction.delete(row.key);
    return encodeObject(next, revision);
  }
  const { volatile } = step;
  return transaction.put(row.key, valueOf(kind, next), { volatile }).text;
}

function checkPreconditions<T extends KubeObject>(
  kind: Kind<T>,
  next: T,
  current: T,
): void {
  const { resourceVersion, uid } = next.metadata;
  const name = current.metadata.name ?? "";
  if (
    resourceVersion && resourceVersion !== "0" &&
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
  return part === "status"
    ? kind.validateStatusUpdate?.(next, current) ?? []
    : [...kind.validate(next), ...kind.validateUpdate(next, current)];
}
