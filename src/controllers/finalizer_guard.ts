/**
 * {@linkcode FinalizerGuard}: keeps objects that are being deleted for as long as somebody uses them.
 *
 * @module
 */
import type { KubeObject, Resource } from "../api/kind.ts";
import { isApiError } from "../api/status.ts";
import type { Client } from "../client/client.ts";
import type { ResourceInformer } from "../client/informer.ts";
import type { Reconciler } from "../loop/reconciler.ts";

/** What a {@linkcode FinalizerGuard} works with. */
export interface GuardParts<T extends KubeObject> {
  /** For logs, for example `pvc-protection`. */
  readonly name: string;
  /** What keeps the objects; the API server gives it to new ones. */
  readonly finalizer: string;
  /** The API, as this component's own user. */
  readonly client: Client;
  /** What is guarded. */
  readonly resource: Resource<T>;
  /** All objects of it. */
  readonly objects: ResourceInformer<T>;
  /** Whether somebody uses an object that is being deleted. */
  isUsed(object: T, signal: AbortSignal): boolean | Promise<boolean>;
}

/** Takes the finalizer away from what is being deleted and not used, and gives it to what has none. */
export class FinalizerGuard<T extends KubeObject> implements Reconciler {
  readonly name: string;
  readonly #parts: GuardParts<T>;

  /** Nothing runs until it is asked to. */
  constructor(parts: GuardParts<T>) {
    this.name = parts.name;
    this.#parts = parts;
  }

  /** Whether a key stands for an object that waits for its users. */
  isWaiting(key: string): boolean {
    return this.#parts.objects.get(key)?.metadata.deletionTimestamp !==
      undefined;
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { finalizer, objects, isUsed } = this.#parts;
    const object = objects.get(key);
    if (object === undefined) return;
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    const guarded = finalizers.includes(finalizer);
    if (deletionTimestamp === undefined) {
      if (!guarded) {
        await this.#write(object, [...finalizers, finalizer], signal);
      }
    } else if (guarded && !await isUsed(object, signal)) {
      const others = finalizers.filter((name) => name !== finalizer);
      await this.#write(object, others, signal);
    }
  }

  async #write(
    object: T,
    finalizers: string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { client, resource } = this.#parts;
    const metadata = { ...object.metadata, finalizers };
    try {
      await client.update(resource, { ...object, metadata }, { signal });
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
  }
}
