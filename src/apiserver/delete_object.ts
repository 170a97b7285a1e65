/**
 * Deletes an object: preconditions, grace, finalizers, propagation, as Kubernetes' generic registry does it.
 *
 * ```text
 *   delete → grace left?      → stays, deletionTimestamp = now + grace
 *          → finalizers left? → stays, deletionTimestamp = now
 *          → otherwise        → gone
 * ```
 *
 * @module
 */
import { conflict, notFound } from "../api/status.ts";
import type { Kind, KubeObject } from "../api/kind.ts";
import type { ObjectMeta } from "../api/meta.ts";
import { formatTime } from "../api/time.ts";
import type { Key } from "../store/store.ts";
import { sameJson } from "../api/equal.ts";
import type { AdmissionTarget } from "./admission/admission.ts";
import type { ApiServer } from "./call.ts";
import type { DeleteParams } from "./delete_params.ts";
import type { KindHooks } from "./hooks/kind_hooks.ts";
import { objectKey } from "./keys.ts";
import { encodeObject } from "./metadata.ts";
import { readStored } from "./view.ts";
import {
  hooksOf,
  listenersOf,
  runWrite,
  valueOf,
  type Write,
} from "./write.ts";

/** Keeps an owner until its dependents are orphaned. */
export const ORPHAN_FINALIZER = "orphan";
/** Keeps an owner until its dependents are gone. */
export const FOREGROUND_FINALIZER = "foregroundDeletion";

/** What became of a delete. */
export interface Deleted {
  /** The object as it is now, or as it was last. */
  readonly text: string;
  /** Whether it is gone (or stays for grace or finalizers). */
  readonly gone: boolean;
}

/** Deletes, or begins to. @throws {ApiError} 404, 409 for a precondition, and what admission refuses */
export async function deleteObject<T extends KubeObject>(
  api: ApiServer,
  write: Write<T>,
  { name, params, subresource = "" }: {
    readonly name: string;
    readonly params: DeleteParams;
    /** For admission: the subresource that the client named. @default "" */
    readonly subresource?: string;
  },
): Promise<Deleted> {
  const { kind, namespace } = write;
  const target: AdmissionTarget = {
    operation: "DELETE",
    kind,
    namespace,
    name,
    subresource,
    user: write.user,
    dryRun: write.dryRun,
  };
  const step: Step<T> = {
    write,
    target,
    params,
    key: objectKey(kind, { namespace, name }),
    hooks: hooksOf(api, kind),
  };
  if (!api.asyncAdmission.concerns(target)) return await run(api, step);
  return await askOutside(api, step);
}

interface Step<T extends KubeObject> {
  readonly write: Write<T>;
  readonly target: AdmissionTarget;
  readonly params: DeleteParams;
  readonly key: Key;
  readonly hooks: KindHooks;
}

/** How often an optimistic delete starts again before it gives up. */
const OPTIMISTIC_ATTEMPTS = 32;

/** Parts of admission outside of the server see the committed object first; the transaction then insists on it. */
async function askOutside<T extends KubeObject>(
  api: ApiServer,
  step: Step<T>,
): Promise<Deleted> {
  const { write: { kind, warnings, options = {} }, target, key } = step;
  for (let attempt = 1;; attempt++) {
    const row = api.store.get(key);
    if (row === undefined) throw notFound(kind, target.name);
    await kind.stored?.prepare([row.text]);
    const previous = readStored(kind, row.text);
    checkPreconditions(kind, previous, step.params);
    const length = warnings.length;
    const attributes = { ...target, previous, warnings, options };
    await api.asyncAdmission.mutate(attributes);
    await api.asyncAdmission.validate(attributes);
    const deleted = await run(api, step, row.revision);
    if (typeof deleted !== "number") return deleted;
    if (attempt >= OPTIMISTIC_ATTEMPTS) throw conflict(kind, target.name);
    warnings.length = length;
    await api.store.waitFor(deleted);
  }
}

function run<T extends KubeObject>(
  api: ApiServer,
  step: Step<T>,
): Promise<Deleted>;
/** Answers the newest revision, and does nothing, when the row is not the one of `shown`. */
function run<T extends KubeObject>(
  api: ApiServer,
  step: Step<T>,
  shown: number,
): Promise<Deleted | number>;
function run<T extends KubeObject>(
  api: ApiServer,
  { write, target, params, key, hooks }: Step<T>,
  shown?: number,
): Promise<Deleted | number> {
  const { kind } = write;
  return runWrite<T, Deleted | number>(api, {
    target,
    hooks,
    keys: [key],
    dryRun: write.dryRun,
    expect() {
      const row = api.store.get(key);
      return row === undefined ? undefined : { previous: JSON.parse(row.text) };
    },
    run(transaction, plan) {
      const row = transaction.get(key);
      if (row === undefined) throw notFound(kind, target.name);
      if (shown !== undefined && row.revision !== shown) return row.revision;
      const current: T = JSON.parse(row.text);
      checkPreconditions(kind, current, params);
      api.admission.validate({
        ...target,
        previous: current,
        ...listenersOf(write),
      });
      const next: T = JSON.parse(row.text);
      const now = api.host.clock.now();
      const grace = beginGrace(write.kind, next, { params, now, hooks });
      if (grace === "pending") return { text: row.text, gone: false };
      const meta = next.metadata;
      setFinalizers(
        meta,
        wantedFinalizers(meta.finalizers ?? [], params, hooks),
      );
      if (grace === "none" && hasFinalizers(next, hooks)) {
        markDeleting(meta, now);
      }
      if (grace === "waits" || hasFinalizers(next, hooks)) {
        hooks.deletionStarted?.(next);
        if (sameJson(next, current)) return { text: row.text, gone: false };
        const volatile = hooks.volatile?.(next) ?? false;
        const stored = transaction.put(key, valueOf(kind, next), { volatile });
        return { text: stored.text, gone: false };
      }
      plan.apply(transaction, { previous: current });
      const revision = transaction.delete(key);
      return { text: encodeObject(next, revision), gone: true };
    },
  });
}

/** Whether a deleted object has nothing left to wait for. */
export function isFinished(object: KubeObject, hooks: KindHooks): boolean {
  const meta = object.metadata;
  if (meta.deletionTimestamp === undefined) return false;
  if ((meta.deletionGracePeriodSeconds ?? 0) > 0) return false;
  return !hasFinalizers(object, hooks);
}

function hasFinalizers(object: KubeObject, hooks: KindHooks): boolean {
  return (object.metadata.finalizers?.length ?? 0) > 0 ||
    (hooks.finalizers?.(object).length ?? 0) > 0;
}

function checkPreconditions<T extends KubeObject>(
  kind: Kind<T>,
  current: T,
  params: DeleteParams,
): void {
  const { uid = "", resourceVersion = "", name = "" } = current.metadata;
  if (params.uid !== undefined && params.uid !== uid) {
    throw conflict(
      kind,
      name,
      `the UID in the precondition (${params.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (
    params.resourceVersion !== undefined &&
    params.resourceVersion !== resourceVersion
  ) {
    throw conflict(
      kind,
      name,
      `the ResourceVersion in the precondition (${params.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

/**
 * Starts or shortens the grace, in place.
 *
 * `none`: there is none (left), delete now. `waits`: it runs from now. `pending`: it runs already and nothing changes.
 */
function beginGrace<T extends KubeObject>(
  kind: Kind<T>,
  object: T,
  { params, now, hooks }: {
    params: DeleteParams;
    now: number;
    hooks: KindHooks;
  },
): "none" | "waits" | "pending" {
  if (kind.gracePeriodSeconds === undefined) return "none";
  const meta = object.metadata;
  const asked = params.gracePeriodSeconds === undefined
    ? undefined
    : params.gracePeriodSeconds < 0
    ? 1
    : params.gracePeriodSeconds;
  if (meta.deletionTimestamp !== undefined) {
    const running = meta.deletionGracePeriodSeconds ?? 0;
    if (running === 0) return "none";
    // Only a shorter grace may be asked for.
    if (asked === undefined || asked >= running) return "pending";
    const began = Date.parse(meta.deletionTimestamp) - running * 1000;
    meta.deletionTimestamp = formatTime(began + asked * 1000);
    meta.deletionGracePeriodSeconds = asked;
    return asked === 0 ? "none" : "waits";
  }
  const grace = hooks.deletesAtOnce?.(object) === true
    ? 0
    : asked ?? kind.gracePeriodSeconds(object);
  if (grace === 0) return "none";
  meta.deletionTimestamp = formatTime(now + grace * 1000);
  meta.deletionGracePeriodSeconds = grace;
  if ((meta.generation ?? 0) > 0) meta.generation = meta.generation! + 1;
  return "waits";
}

function markDeleting(meta: ObjectMeta, now: number): void {
  if (meta.deletionTimestamp === undefined && (meta.generation ?? 0) > 0) {
    meta.generation = meta.generation! + 1;
  }
  if (
    meta.deletionTimestamp === undefined ||
    Date.parse(meta.deletionTimestamp) > now
  ) {
    meta.deletionTimestamp = formatTime(now);
  }
  meta.deletionGracePeriodSeconds = 0;
}

function setFinalizers(meta: ObjectMeta, finalizers: string[]): void {
  if (finalizers.length > 0) meta.finalizers = finalizers;
  else delete meta.finalizers;
}

/** The finalizers with those of garbage collection as the propagation asks for. */
function wantedFinalizers(
  present: readonly string[],
  params: DeleteParams,
  hooks: KindHooks,
): string[] {
  const propagation = params.propagation ?? propagationOf(present, hooks);
  const kept = present.filter((name) =>
    name !== ORPHAN_FINALIZER && name !== FOREGROUND_FINALIZER
  );
  if (propagation === "Orphan") kept.push(ORPHAN_FINALIZER);
  if (propagation === "Foreground") kept.push(FOREGROUND_FINALIZER);
  return kept;
}

function propagationOf(
  present: readonly string[],
  hooks: KindHooks,
): "Foreground" | "Background" | "Orphan" {
  if (present.includes(ORPHAN_FINALIZER)) return "Orphan";
  if (present.includes(FOREGROUND_FINALIZER)) return "Foreground";
  return hooks.orphansByDefault === true ? "Orphan" : "Background";
}
