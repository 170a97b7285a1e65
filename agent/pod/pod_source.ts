/**
 * Which pods belong on this node: the API's word while there is contact, the checkpoint's without.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import { Stopped } from "../../src/base/errors.ts";
import type { Host } from "../../src/base/host.ts";
import type { ResourceInformer } from "../../src/client/informer.ts";
import {
  CONFIG_SOURCE,
  isMirrorPod,
  isStaticPod,
} from "./sources/annotations.ts";

/** Takes the wishes. */
export interface PodSink {
  /** This pod belongs here, as this version says. */
  set(pod: Pod): void;
  /** The object of this UID is gone. */
  remove(uid: string): void;
}

/** What a {@linkcode PodSource} reads. */
export interface PodSourceOptions {
  /** Watches this node's pods. */
  readonly informer: ResourceInformer<Pod>;
  /** From the checkpoint. */
  readonly known: readonly Pod[];
  /** How long, in milliseconds, the API is waited for before the checkpoint must do. */
  readonly contactMs: number;
}

/**
 * Merges the two: what the checkpoint names is started without the API's word, and what turns out to be gone is ended gracefully. Pods are told apart by their
 * UIDs; another pod of the same name is another pod. Pods of other sources are not for this one: neither they nor their mirrors count here.
 */
export class PodSource {
  readonly #host: Host;
  readonly #options: PodSourceOptions;
  readonly #known: readonly Pod[];

  constructor(host: Host, options: PodSourceOptions) {
    this.#host = host;
    this.#options = options;
    this.#known = options.known.filter((pod) => !isStaticPod(pod));
  }

  /** Resolves when the API has told of this node's pods, or has had its time. @throws the signal's reason */
  async contact(signal: AbortSignal): Promise<void> {
    const { informer, contactMs } = this.#options;
    const late = new AbortController();
    const timer = this.#host.clock.after(
      contactMs,
      () => late.abort(new Stopped("The wait is over")),
    );
    try {
      await informer.synced(AbortSignal.any([late.signal, signal]));
    } catch {
      signal.throwIfAborted();
    } finally {
      timer.cancel();
    }
  }

  /** Tells the sink of all pods that are known now, and of every change from now on. */
  begin(sink: PodSink, signal: AbortSignal): void {
    const { informer } = this.#options;
    const known = this.#known;
    if (!informer.hasSynced) {
      this.#host.log("info", "Working from the checkpoint", {
        pods: known.length,
      });
      for (const pod of known) sink.set(pod);
    }
    informer.onChange(({ object, previous }) => {
      if (signal.aborted) return;
      if ([object, previous].some((pod) => pod && isMirrorPod(pod))) {
        previous = previous && !isMirrorPod(previous) ? previous : undefined;
        object = object && !isMirrorPod(object) ? object : undefined;
      }
      const replaced = previous?.metadata.uid !== object?.metadata.uid;
      if (previous && replaced) sink.remove(previous.metadata.uid!);
      if (object) sink.set(fromApi(object));
    });
  }

  /**
   * Resolves when the API has told of all pods, and those of the checkpoint that are gone were removed.
   *
   * @throws the signal's reason
   */
  async complete(sink: PodSink, signal: AbortSignal): Promise<void> {
    const { informer } = this.#options;
    await informer.synced(signal);
    const there = new Set(informer.list().map(({ metadata }) => metadata.uid));
    for (const pod of this.#known) {
      const uid = pod.metadata.uid!;
      if (there.has(uid)) continue;
      // It may not have been told of yet: with its spec it ends gracefully, without it would be an orphan.
      sink.set(pod);
      sink.remove(uid);
    }
  }
}

/** What a user says of a pod's source does not make it a static one. */
function fromApi(pod: Pod): Pod {
  const { annotations } = pod.metadata;
  if (annotations?.[CONFIG_SOURCE] === undefined) return pod;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: { ...annotations, [CONFIG_SOURCE]: "api" },
    },
  };
}
