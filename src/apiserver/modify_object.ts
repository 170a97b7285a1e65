/**
 * Changes an object that exists.
 *
 * @module
 */
import type { KubeObject } from "../api/kind.ts";
import { conflict, notFound } from "../api/status.ts";
import type { Row, Transaction } from "../store/store.ts";
import type { ApiServer } from "./call.ts";
import {
  begin,
  commit,
  type Draft,
  finish,
  keepFields,
  type Step,
  targetOf,
} from "./draft.ts";
import { ConversionPending } from "./extensions/converter.ts";
import { objectKey } from "./keys.ts";
import { prepareMetadataForUpdate } from "./metadata.ts";
import { mutateOutside } from "./mutate_outside.ts";
import { readStored } from "./view.ts";
import { hooksOf, runWrite, type Write } from "./write.ts";

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
