/**
 * Admission: parts that may change or refuse what is about to be written.
 *
 * Parts are synchronous and run inside the write's transaction for updates, so they must be quick and may run again.
 *
 * @module
 */
import type { Kind, KubeObject } from "../../api/kind.ts";
import type { User } from "../auth/user.ts";

/** What is about to happen. */
export interface AdmissionAttributes {
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  // deno-lint-ignore no-explicit-any
  readonly kind: Kind<any>;
  /** "" for cluster-scoped kinds. */
  readonly namespace: string;
  /** The name; "" when it is not known yet. */
  readonly name: string;
  readonly subresource: string;
  readonly user: User;
  /** The wanted object; a mutating part may change it. Absent for deletes. */
  readonly object?: KubeObject;
  /** The object as it is. Absent for creates. */
  readonly previous?: KubeObject;
  readonly dryRun: boolean;
}

/** One part of the chain. */
export interface AdmissionPlugin {
  /** As Kubernetes names it, for example `ServiceAccount`. */
  readonly name: string;
  /** Changes the object in place. @throws {ApiError} to refuse */
  mutate?(attributes: AdmissionAttributes): void;
  /** @throws {ApiError} to refuse */
  validate?(attributes: AdmissionAttributes): void;
}

/** All parts, in order. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  /** Lets every part change the object. */
  mutate(attributes: AdmissionAttributes): void {
    for (const plugin of this.#plugins) plugin.mutate?.(attributes);
  }

  /** Asks every part about the object as it will be. */
  validate(attributes: AdmissionAttributes): void {
    for (const plugin of this.#plugins) plugin.validate?.(attributes);
  }
}
