/**
 * Admission that takes time: parts that ask somebody outside of the server (webhooks). Where none of them wants to see a write, which is so in most
 * clusters, the write stays as it is without them: one synchronous transaction.
 *
 * Where one does, the write is optimistic:
 *
 * ```text
 *   read the committed row → change → built-in parts → mutate (async) → decode → strategy, rules, built-in parts → validate (async)
 *     → transaction, if the row is still the same; else again from the start
 * ```
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import type { AdmissionAttributes, AdmissionTarget } from "./admission.ts";

/** What an asynchronous part is told. */
export interface AsyncAttributes extends AdmissionAttributes {
  /** The request's options as their JSON: `CreateOptions`, `UpdateOptions`, `PatchOptions` or `DeleteOptions`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly warnings: string[];
}

/** The asynchronous parts, as one. */
export interface AsyncAdmission {
  /** Whether any part wants to see such a write. Asked on every write, so it must be quick. */
  concerns(target: AdmissionTarget): boolean;
  /**
   * Lets the parts change the object of a CREATE or UPDATE; parts that only look at a DELETE run here too.
   *
   * @returns the changed object, which will be decoded and get its defaults anew; undefined when nothing changed. The given one stays as it is
   * @throws {ApiError} to refuse
   */
  mutate(attributes: AsyncAttributes): Promise<KubeObject | undefined>;
  /** Asks the parts about the object as it will be. @throws {ApiError} to refuse */
  validate(attributes: AsyncAttributes): Promise<void>;
}

/** Nobody outside is asked. */
export const NO_ASYNC_ADMISSION: AsyncAdmission = {
  concerns: () => false,
  mutate: () => Promise.resolve(undefined),
  validate: () => Promise.resolve(),
};
