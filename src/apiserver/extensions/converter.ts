/**
 * How objects of a custom kind become another version.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";

/** Makes objects of other versions. */
export interface Converter {
  /**
   * The object in another version; the given one stays as it is.
   *
   * @throws {ConversionPending} when that takes time
   */
  convert(object: KubeObject, apiVersion: string): KubeObject;
  /** Resolves when all these objects can be converted at once; undefined when they can be now. */
  prepare(
    objects: readonly KubeObject[],
    apiVersion: string,
  ): Promise<void> | undefined;
}

/** Synchronous code has met an object that a webhook has to convert: wait, and do it again. */
export class ConversionPending extends Error {
  override readonly name = "ConversionPending";
  /** Resolves when the object can be converted; fails in Kubernetes' words. */
  readonly ready: () => Promise<void>;
  constructor(ready: () => Promise<void>) {
    super("The object has to be converted first");
    this.ready = ready;
  }
}

/** Changes the version's name and nothing else: the strategy `None`. */
export const renaming: Converter = {
  convert: (object, apiVersion) => ({ ...object, apiVersion }),
  prepare: () => undefined,
};
