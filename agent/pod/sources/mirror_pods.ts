/**
 * Shows static pods in the API.
 *
 * @module
 */
import type { Node } from "../../../src/api/core/node.ts";
import type { Pod } from "../../../src/api/core/pod.ts";
import { messageOf, Stopped } from "../../../src/base/errors.ts";
import type { Host } from "../../../src/base/host.ts";
import type { Client, Informer } from "../../../src/client/client.ts";
import { PODS } from "../../../src/client/resources.ts";
import { hasStatusCode } from "../../../src/client/response_error.ts";
import { Bell } from "../../container/bell.ts";
import {
  CONFIG_HASH,
  CONFIG_MIRROR,
  isMirrorPod,
  podKey,
} from "./annotations.ts";

/** When, in milliseconds, a mirror that the API did not take is tried again; kubelet's period of its own passes. */
const RETRY_MS = 60_000;
/** How long, in milliseconds, a mirror that was made may take to come by the watch. */
const SHOWN_MS = 10_000;

/** What {@linkcode MirrorPods} work with. */
export interface MirrorPodsOptions {
  readonly client: Client;
  /** This node's pods in the API. */
  readonly informer: Informer<Pod>;
  readonly nodeName: string;
  /** This node's object; without it there is nobody whose the mirrors are. */
  readonly node: () => Node | undefined;
  /** The static pods that run, by `namespace/name`. */
  readonly running: () => ReadonlyMap<string, Pod>;
  /** Those that are to run, by `namespace/name`; the others may still wait. */
  readonly wanted: () => ReadonlyMap<string, Pod>;
  /** Whether the static pods are all known, so that a mirror of none of them is over. */
  readonly isSettled: () => boolean;
  /** Whether a pod of this name is on the node, be it on its way out. */
  readonly isHeld: (key: string) => boolean;
}

/** Makes mirrors, makes them anew when they are deleted or of an older manifest, and deletes those of pods that are gone. */
export class MirrorPods {
  readonly #host: Host;
  readonly #options: MirrorPodsOptions;
  readonly #bell = new Bell();
  /** When a mirror may be tried again, by `namespace/name`. */
  readonly #notBefore = new Map<string, number>();

  constructor(host: Host, options: MirrorPodsOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Call it when static pods, their mirrors or the node may have changed. */
  changed(): void {
    this.#bell.ring();
  }

  /** The API has told of a mirror, or that it is gone. */
  observed(key: string): void {
    this.#notBefore.delete(key);
    this.#bell.ring();
  }

  /** The mirror of a static pod, if it is of this very manifest and to stay. */
  of(pod: Pod): Pod | undefined {
    const mirror = this.#mirror(podKey(pod));
    return mirror && isMirrorOf(mirror, pod) ? mirror : undefined;
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#options.informer.synced(signal);
      for (;;) {
        const seen = this.#bell.rings;
        await this.#pass(signal);
        await this.#rest(seen, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Until something rings, or a mirror may be tried again. */
  async #rest(seen: number, signal: AbortSignal): Promise<void> {
    const next = Math.min(...this.#notBefore.values());
    if (next === Infinity) return await this.#bell.after(seen, signal);
    const wait = new AbortController();
    const either = AbortSignal.any([signal, wait.signal]);
    const leftMs = Math.max(0, next - this.#host.clock.monotonicMs());
    try {
      await Promise.race([
        this.#bell.after(seen, either),
        this.#host.clock.sleep(leftMs, either),
      ]);
    } finally {
      wait.abort(new Stopped("The wait is over"));
    }
  }

  async #pass(signal: AbortSignal): Promise<void> {
    for (const [key, pod] of this.#options.running()) {
      const mirror = this.#mirror(key);
      if (mirror && isMirrorOf(mirror, pod)) continue;
      if (this.#isWaiting(key)) continue;
      if (mirror) await this.#delete(mirror, signal);
      else await this.#create(pod, signal);
    }
    const wanted = this.#options.wanted();
    for (const key of [...this.#notBefore.keys()]) {
      if (!wanted.has(key) && !this.#mirror(key)) this.#notBefore.delete(key);
    }
    if (!this.#options.isSettled()) return;
    for (const mirror of this.#options.informer.list()) {
      const key = podKey(mirror);
      if (!isMirrorPod(mirror) || wanted.has(key) || this.#isWaiting(key)) {
        continue;
      }
      // While its pod ends, the mirror shows how.
      if (!this.#options.isHeld(key)) await this.#delete(mirror, signal);
    }
  }

  #mirror(key: string): Pod | undefined {
    const pod = this.#options.informer.get(key);
    return pod && isMirrorPod(pod) ? pod : undefined;
  }

  #isWaiting(key: string): boolean {
    const due = this.#notBefore.get(key);
    return due !== undefined && this.#host.clock.monotonicMs() < due;
  }

  #wait(key: string, ms: number): void {
    this.#notBefore.set(key, this.#host.clock.monotonicMs() + ms);
  }

  async #create(pod: Pod, signal: AbortSignal): Promise<void> {
    const key = podKey(pod);
    const node = this.#options.node();
    if (!node?.metadata.uid || node.metadata.deletionTimestamp) return;
    this.#wait(key, SHOWN_MS);
    try {
      await this.#options.client.create(PODS, mirrorOf(pod, node), { signal });
    } catch (error) {
      signal.throwIfAborted();
      this.#failed("Could not make a mirror pod", { key, error });
    }
  }

  async #delete(mirror: Pod, signal: AbortSignal): Promise<void> {
    const { name, namespace, uid } = mirror.metadata;
    const key = podKey(mirror);
    this.#wait(key, SHOWN_MS);
    try {
      await this.#options.client.delete(PODS, {
        name: name!,
        namespace: namespace!,
      }, { gracePeriodSeconds: 0, preconditions: { uid: uid! }, signal });
    } catch (error) {
      signal.throwIfAborted();
      // It is gone, or another one has its name: the watch will tell.
      if (hasStatusCode(error, 404) || hasStatusCode(error, 409)) return;
      this.#failed("Could not delete a mirror pod", { key, error });
    }
  }

  #failed(message: string, { key, error }: { key: string; error: unknown }) {
    this.#wait(key, RETRY_MS);
    this.#host.log("warn", message, { pod: key, error: messageOf(error) });
  }
}

/** Whether a pod of the API shows this static one as it is now. */
function isMirrorOf({ metadata }: Pod, pod: Pod): boolean {
  return metadata.deletionTimestamp === undefined &&
    metadata.annotations?.[CONFIG_MIRROR] ===
      pod.metadata.annotations?.[CONFIG_HASH];
}

function mirrorOf(pod: Pod, node: Node): Pod {
  const { uid: _uid, annotations, ...metadata } = pod.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      annotations: {
        ...annotations,
        [CONFIG_MIRROR]: annotations![CONFIG_HASH]!,
      },
      // A node may make only pods that are its own.
      ownerReferences: [{
        apiVersion: "v1",
        kind: "Node",
        name: node.metadata.name!,
        uid: node.metadata.uid!,
        controller: true,
      }],
    },
    spec: pod.spec,
  };
}
