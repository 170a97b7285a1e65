/**
 * The ConfigMaps and Secrets that this node's pods refer to, kept current.
 *
 * @module
 */
import type { ConfigMap } from "../../src/api/core/config_map.ts";
import type { KubeObject } from "../../src/api/kind.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Secret } from "../../src/api/core/secret.ts";
import { Stopped } from "../../src/base/errors.ts";
import type { Host } from "../../src/base/host.ts";
import type { Client } from "../../src/client/client.ts";
import { ResourceInformer } from "../../src/client/informer.ts";
import { CONFIG_MAPS, SECRETS } from "../../src/client/resources.ts";
import type { ConfigName, ConfigSource } from "../volumes/config_source.ts";
import {
  type ConfigReference,
  podReferences,
  referenceKey,
} from "./references.ts";

/** How long, in milliseconds, the API is asked before what the checkpoint has must do. */
const CONTACT_MS = 2_000;

/** What a {@linkcode ConfigCache} needs. */
export interface ConfigCacheOptions {
  readonly client: Client;
  /** From the checkpoint. */
  readonly known: readonly (readonly [ConfigReference, KubeObject])[];
  /** Called when an object changed, with the UIDs of the pods that refer to it; undefined when it is gone. */
  readonly onChange: (
    reference: ConfigReference,
    object: KubeObject | undefined,
    uids: readonly string[],
  ) => void;
  /** Called when no pod refers to it any more. */
  readonly onUnused: (reference: ConfigReference) => void;
  /** Whether there is contact with the server now. */
  readonly isUp: () => boolean;
  readonly signal: AbortSignal;
}

interface Entry {
  readonly reference: ConfigReference;
  readonly uids: Set<string>;
  readonly informer: ResourceInformer<KubeObject>;
  readonly stop: AbortController;
}

/**
 * Watches each object that a pod refers to by its name, and no others: a node sees only what its pods need.
 * Without contact, answers come from the checkpoint.
 */
export class ConfigCache implements ConfigSource {
  readonly #host: Host;
  readonly #options: ConfigCacheOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #known: Map<string, KubeObject>;

  constructor(host: Host, options: ConfigCacheOptions) {
    this.#host = host;
    this.#options = options;
    this.#known = new Map(
      options.known.map(([reference, object]) => [
        referenceKey(reference),
        object,
      ]),
    );
  }

  /** Watches what the pod refers to. */
  retain(pod: Pod): void {
    const uid = pod.metadata.uid!;
    for (const reference of podReferences(pod)) {
      this.#entry(reference).uids.add(uid);
    }
  }

  /** Leaves off what only this pod referred to. */
  release(uid: string): void {
    for (const [key, entry] of this.#entries) {
      if (!entry.uids.delete(uid) || entry.uids.size > 0) continue;
      entry.stop.abort(new Stopped("No pod refers to it"));
      this.#entries.delete(key);
      this.#known.delete(key);
      this.#options.onUnused(entry.reference);
    }
  }

  /** For `/debug/state`. */
  state(): Record<string, unknown> {
    return { watched: [...this.#entries.keys()].sort() };
  }

  async configMap(name: ConfigName): Promise<ConfigMap | undefined> {
    return await this.#get({ kind: "configmaps", ...name }) as
      | ConfigMap
      | undefined;
  }

  async secret(name: ConfigName): Promise<Secret | undefined> {
    return await this.#get({ kind: "secrets", ...name }) as Secret | undefined;
  }

  async #get(reference: ConfigReference): Promise<KubeObject | undefined> {
    const entry = this.#entries.get(referenceKey(reference));
    if (!entry) {
      // The pod was released meanwhile. A watch begun for it now would never end.
      throw new Error(
        `Could not read "${referenceKey(reference)}": no pod refers to it`,
      );
    }
    const { informer } = entry;
    const key = `${reference.namespace}/${reference.name}`;
    if (!informer.hasSynced) {
      const known = this.#known.get(referenceKey(reference));
      if (!known) {
        await informer.synced(this.#options.signal);
      } else if (
        !this.#options.isUp() || !await this.#syncedSoon(informer)
      ) return known;
    }
    return informer.get(key);
  }

  async #syncedSoon(informer: ResourceInformer<KubeObject>): Promise<boolean> {
    const waiting = new AbortController();
    const timer = this.#host.clock.after(
      CONTACT_MS,
      () => waiting.abort(new Stopped("The wait is over")),
    );
    try {
      await informer.synced(
        AbortSignal.any([waiting.signal, this.#options.signal]),
      );
      return true;
    } catch (error) {
      if (this.#options.signal.aborted) throw error;
      return false;
    } finally {
      timer.cancel();
    }
  }

  #entry(reference: ConfigReference): Entry {
    const key = referenceKey(reference);
    const there = this.#entries.get(key);
    if (there) return there;
    const stop = new AbortController();
    const informer = new ResourceInformer<KubeObject>(
      this.#host,
      this.#options.client,
      reference.kind === "configmaps" ? CONFIG_MAPS : SECRETS,
      {
        namespace: reference.namespace,
        fieldSelector: `metadata.name=${reference.name}`,
      },
    );
    const entry: Entry = { reference, uids: new Set(), informer, stop };
    this.#entries.set(key, entry);
    informer.onChange(({ object }) => {
      this.#options.onChange(reference, object, [...entry.uids]);
      // As in kubelet: what says that it never changes is not watched, nor is its end, as long as a pod here has it.
      const { immutable } = (object ?? {}) as Partial<ConfigMap | Secret>;
      if (immutable) stop.abort(new Stopped("It never changes"));
    });
    this.#host.spawn(
      "config",
      () => informer.run(AbortSignal.any([stop.signal, this.#options.signal])),
    );
    return entry;
  }
}
