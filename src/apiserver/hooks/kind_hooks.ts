/**
 * What a kind does in the server beside the generic path, for the few that need it: allocations that live and die with an object, finalizers
 * outside of the metadata.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import type { Key, Revision, Transaction } from "../../store/store.ts";

/** The change that a plan is for. */
export interface Change<T extends KubeObject> {
  /** Absent when the object is deleted. */
  readonly next?: T;
  /** Absent when the object is created. */
  readonly previous?: T;
}

/** What a hook will do in the transaction that writes the object. */
export interface Plan<T extends KubeObject> {
  /** Keys that the transaction needs beside the object's own. */
  readonly keys: readonly Key[];
  /**
   * Runs in the transaction, before the object is written; may change `next` and write the plan's keys.
   *
   * @throws {PlanOutdated} when what it finds needs other keys
   */
  apply(transaction: Transaction, change: Change<T>): void;
}

/** What single kinds add. All optional. */
// deno-lint-ignore no-explicit-any
export interface KindHooks<T extends KubeObject = any> {
  /** Chooses what to allocate or release. Sees the committed state; {@linkcode Plan.apply} checks it again. */
  plan?(change: Change<T>): Plan<T>;
  /** Finalizers that keep the object beside `metadata.finalizers`. */
  finalizers?(object: T): readonly string[];
  /** Whether a delete has nothing to wait for, whatever grace is asked for. */
  deletesAtOnce?(object: T): boolean;
  /** Called in place when deletion begins and the object stays. */
  deletionStarted?(object: T): void;
  /** Whether the object's row lives in memory only. */
  volatile?(object: T): boolean;
  /** Whether a PUT of an object that is not there makes it. @default false */
  readonly createsOnUpdate?: boolean;
  /** Dependents are orphaned when a delete does not say otherwise. @default false */
  readonly orphansByDefault?: boolean;
  /** Whether a delete answers with the object rather than with a Status. @default false */
  readonly answersDeleted?: boolean;
}

/** The state has moved since the plan was made: plan again, once this revision is committed. */
export class PlanOutdated extends Error {
  override readonly name = "PlanOutdated";
  /** The newest revision that the transaction saw. */
  readonly revision: Revision;
  constructor(revision: Revision) {
    super("The plan is outdated");
    this.revision = revision;
  }
}

/** The plan of a kind that needs none. */
export const NO_PLAN: Plan<KubeObject> = { keys: [], apply: () => {} };
