/**
 * The parts that all writes share.
 *
 * @module
 */
import type {
  FieldError,
  Kind,
  KubeObject,
  StrategyContext,
} from "../api/kind.ts";
import type { ManagedFieldsEntry } from "../api/meta.ts";
import { isLoopbackFinding } from "../api/validation/endpoint_ip.ts";
import { requestEntityTooLarge } from "../api/status.ts";
import type { Key, Row, Transaction, Value } from "../store/store.ts";
import { type AdmissionTarget, joinPlans } from "./admission/admission.ts";
import { OBJECT_LIMIT_BYTES } from "./body.ts";
import type { ApiServer } from "./call.ts";
import type { User } from "./auth/user.ts";
import {
  type Change,
  type KindHooks,
  NO_PLAN,
  type Plan,
  PlanOutdated,
} from "./hooks/kind_hooks.ts";
import { ConversionPending } from "./extensions/converter.ts";
import { encodeObject } from "./metadata.ts";

/** How often a write plans again before it gives up. */
const PLAN_ATTEMPTS = 32;

/** What is written, and for whom. */
export interface Write<T extends KubeObject> {
  readonly kind: Kind<T>;
  /** "" for cluster-scoped kinds. */
  readonly namespace: string;
  readonly user: User;
  readonly dryRun: boolean;
  /** Takes texts for the client. */
  readonly warnings: string[];
  /** Takes what admission has to tell the audit log, by key. */
  readonly annotations?: Map<string, string>;
  /** Says who set which fields; absent: nobody is written down, and what is written stays. */
  readonly fields?: FieldsWriter;
  /** The request's options, for parts of admission outside of the server. @default none */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Keeps `metadata.managedFields` on behalf of one writer. */
export interface FieldsWriter {
  /**
   * What `managedFields` will be after a write; undefined for none.
   *
   * @param next the object as wanted, with the `managedFields` that the client sent
   * @param previous the object as it is; undefined when it is new
   */
  track(
    next: KubeObject,
    previous: KubeObject | undefined,
  ): ManagedFieldsEntry[] | undefined;
}

/** Whom admission may tell something. */
export function listenersOf(
  { warnings, annotations }: Pick<
    Write<KubeObject>,
    "warnings" | "annotations"
  >,
): Pick<Write<KubeObject>, "warnings" | "annotations"> {
  return annotations === undefined ? { warnings } : { warnings, annotations };
}

/** What a kind's strategy is told. */
export function strategyContext(
  api: ApiServer,
  write: { readonly user: User },
): StrategyContext {
  return { now: api.host.clock.now(), user: write.user };
}

/** The findings that count on this server. */
export function refusals(
  api: ApiServer,
  errors: readonly FieldError[],
): readonly FieldError[] {
  return api.allowLoopbackEndpoints
    ? errors.filter((error) => !isLoopbackFinding(error))
    : errors;
}

/** The hooks of a kind. */
export function hooksOf(
  api: ApiServer,
  kind: { readonly storagePrefix: string },
): KindHooks {
  return api.hooks.get(kind.storagePrefix) ?? NO_HOOKS;
}

const NO_HOOKS: KindHooks = {};

/** Makes the stored value of an object. @throws {ApiError} 413 when it is too large */
export function valueOf<T extends KubeObject>(
  kind: Kind<T>,
  object: T,
): (revision: number) => Value {
  return (revision) => {
    const encode = () =>
      encodeObject(kind.stored?.write(object) ?? object, revision);
    let text = encode();
    if (isTooLarge(text) && object.metadata.managedFields !== undefined) {
      // Rather nobody is noted than the object refused.
      delete object.metadata.managedFields;
      text = encode();
    }
    if (isTooLarge(text)) {
      throw requestEntityTooLarge(
        `the object is larger than ${OBJECT_LIMIT_BYTES} bytes`,
      );
    }
    const labels = object.metadata.labels;
    const fields = kind.selectableFields?.(object);
    return {
      text,
      ...(labels === undefined ? {} : { labels }),
      ...(fields === undefined ? {} : { fields }),
    };
  };
}

/** UTF-8 has one to three bytes for each unit of a string, so most texts need no counting. */
function isTooLarge(text: string): boolean {
  if (text.length > OBJECT_LIMIT_BYTES) return true;
  if (text.length * 3 <= OBJECT_LIMIT_BYTES) return false;
  return new TextEncoder().encode(text).length > OBJECT_LIMIT_BYTES;
}

/** A transaction for a dry run: reads are real, writes leave no trace. */
export function dryTransaction(transaction: Transaction): Transaction {
  return {
    get: (key) => transaction.get(key),
    list: (prefix) => transaction.list(prefix),
    put(key, encode): Row {
      const revision = transaction.get(key)?.revision ?? 0;
      return { key, revision, ...encode(revision) };
    },
    delete: (key) => transaction.get(key)?.revision ?? 0,
  };
}

/** What {@linkcode runWrite} needs. */
export interface WriteRun<T extends KubeObject, R> {
  /** For the parts of admission that take part in the transaction. */
  readonly target: AdmissionTarget;
  readonly hooks: KindHooks;
  readonly keys: readonly Key[];
  readonly dryRun: boolean;
  /** The rows live in memory only. */
  readonly volatile?: boolean;
  /** The change as committed state shows it, for the plan; undefined when nothing is to be planned. */
  expect(): Change<T> | undefined;
  run(transaction: Transaction, plan: Plan<T>): R;
}

/** Runs a write in a transaction, planning again when the plan turns out to be outdated. */
export async function runWrite<T extends KubeObject, R>(
  api: ApiServer,
  write: WriteRun<T, R>,
): Promise<R> {
  for (let attempt = 1;; attempt++) {
    const change = write.hooks.plan === undefined ? undefined : write.expect();
    const own: Plan<T> = change === undefined
      ? NO_PLAN
      : write.hooks.plan!(change);
    const plan: Plan<T> = joinPlans(api.admission.plan(write.target), own);
    try {
      const result = await api.store.transact(
        plan.keys.length === 0 ? write.keys : [...write.keys, ...plan.keys],
        (transaction) =>
          write.run(
            write.dryRun ? dryTransaction(transaction) : transaction,
            plan,
          ),
      );
      if (!write.dryRun && write.volatile !== true) api.watches.moved();
      return result;
    } catch (error) {
      if (attempt >= PLAN_ATTEMPTS) throw error;
      if (error instanceof ConversionPending) {
        await error.ready();
        continue;
      }
      if (!(error instanceof PlanOutdated)) throw error;
      // What the transaction saw may be on its way to the disk still; a plan sees committed state only.
      await api.store.waitFor(error.revision);
    }
  }
}
