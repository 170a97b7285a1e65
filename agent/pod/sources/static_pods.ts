/**
 * All static pods of the node, whatever source names them.
 *
 * @module
 */
import { sameJson } from "../../../src/api/equal.ts";
import type { Pod } from "../../../src/api/core/pod.ts";
import type { Host } from "../../../src/base/host.ts";
import type { PodSink } from "../pod_source.ts";
import {
  CONFIG_SEEN,
  CONFIG_SOURCE,
  podKey,
  type SourceName,
} from "./annotations.ts";

/** What {@linkcode StaticPods} work with. */
export interface StaticPodsOptions {
  /** Sources that will tell; until each has, nobody knows which pods are all. */
  readonly sources: readonly SourceName[];
  /** Static pods of the agent before, from the checkpoint. */
  readonly known: readonly Pod[];
  readonly sink: PodSink;
  /** Whether a pod of this name (`namespace/name`) is on the node, be it on its way out. */
  readonly isHeld: (key: string) => boolean;
  /** A pod is named twice by one source; the second does not count. */
  readonly onDuplicate: (pod: Pod, source: SourceName) => void;
  /** A pod waits for its name, which a pod of another source has; told once. */
  readonly onWaiting: (
    pod: Pod,
    from: { readonly source: SourceName; readonly holder: SourceName },
  ) => void;
  /** Called after another set of pods is wished for. */
  readonly onChange: () => void;
}

/**
 * Brings the sources together. A manifest that changed is another pod: the old one ends gracefully, and only when nothing is left of it the new one starts,
 * for both have one name.
 */
export class StaticPods {
  readonly #host: Host;
  readonly #options: StaticPodsOptions;
  readonly #told = new Map<SourceName, readonly Pod[]>();
  readonly #known: Map<string, Pod>;
  /** What the sink was told, by UID. */
  readonly #running = new Map<string, Pod>();
  readonly #settled = Promise.withResolvers<void>();
  /** Pods of which it was told that they wait, by UID. */
  readonly #toldWaiting = new Set<string>();
  #networkReady = false;
  #begun = false;

  constructor(host: Host, options: StaticPodsOptions) {
    this.#host = host;
    this.#options = options;
    this.#known = new Map(options.known.map((pod) => [pod.metadata.uid!, pod]));
  }

  /** Resolves when every source has told, and what none of them names any more was removed. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Whether {@linkcode StaticPods.settled} has resolved. */
  get isSettled(): boolean {
    return this.#begun && this.#told.size >= this.#options.sources.length;
  }

  /** The pods that are to run, by `namespace/name`; those that wait for their name or the network too. */
  wanted(): Map<string, Pod> {
    const wanted = new Map<string, Pod>();
    for (const source of this.#options.sources) {
      for (const pod of this.#told.get(source) ?? []) {
        const key = podKey(pod);
        // Of two sources with one name the pod that runs goes on.
        const held = wanted.get(key);
        if (!held || !this.#isRunning(held) && this.#isRunning(pod)) {
          wanted.set(key, pod);
        }
      }
    }
    return wanted;
  }

  /** The source that has a pod's name while this one waits for it; undefined when it does not. */
  waitsFor(pod: Pod): SourceName | undefined {
    const winner = this.wanted().get(podKey(pod));
    if (!winner || winner.metadata.uid === pod.metadata.uid) return undefined;
    return winner.metadata.annotations![CONFIG_SOURCE] as SourceName;
  }

  /** Those that the sink was told of, by `namespace/name`. */
  running(): Map<string, Pod> {
    return new Map(
      [...this.#running.values()].map((pod) => [podKey(pod), pod]),
    );
  }

  /** Takes the pods of a source: all of them, every time. */
  tell(source: SourceName, pods: readonly Pod[]): void {
    const names = new Set<string>();
    this.#told.set(
      source,
      pods.filter((pod) => {
        const key = podKey(pod);
        if (names.has(key)) this.#options.onDuplicate(pod, source);
        return !names.has(key) && names.add(key);
      }).map((pod) => this.#seen(pod, source)),
    );
    this.#sync();
  }

  /** From now on the sink is told. Pods in the node's own network wait for nothing, others for {@linkcode StaticPods.networkReady}. */
  begin(): void {
    this.#begun = true;
    this.#sync();
  }

  /** Pods can get addresses. */
  networkReady(): void {
    this.#networkReady = true;
    this.#sync();
  }

  /** A pod of the node is gone: its name is free. */
  podGone(): void {
    this.#sync();
  }

  /** What a pod has had since it was first seen. */
  #seen(pod: Pod, source: SourceName): Pod {
    const known = this.#known.get(pod.metadata.uid!);
    const status = known?.status ?? pod.status;
    const { annotations } = pod.metadata;
    return {
      ...pod,
      metadata: {
        ...pod.metadata,
        annotations: {
          ...annotations,
          [CONFIG_SOURCE]: source,
          [CONFIG_SEEN]: known?.metadata.annotations?.[CONFIG_SEEN] ??
            this.#running.get(pod.metadata.uid!)?.metadata
              .annotations?.[CONFIG_SEEN] ??
            new Date(this.#host.clock.now()).toISOString(),
        },
      },
      ...(status && { status }),
    };
  }

  #isRunning({ metadata }: Pod): boolean {
    return this.#running.has(metadata.uid!);
  }

  #sync(): void {
    if (!this.#begun) return;
    const { sink, isHeld } = this.#options;
    const wanted = new Map(
      [...this.wanted().values()].map((pod) => [pod.metadata.uid!, pod]),
    );
    for (const uid of [...this.#running.keys()]) {
      if (wanted.has(uid)) continue;
      this.#running.delete(uid);
      sink.remove(uid);
    }
    for (const [uid, pod] of wanted) {
      const running = this.#running.get(uid);
      if (running) {
        this.#update(running, pod);
        continue;
      }
      if (!pod.spec.hostNetwork && !this.#networkReady) continue;
      this.#endKnownOf(pod);
      // Also one of the same UID: a manifest that is back before all is gone.
      if (isHeld(podKey(pod))) continue;
      this.#running.set(uid, pod);
      sink.set(pod);
    }
    this.#endKnown(wanted);
    this.#tellWaiting(wanted);
    this.#options.onChange();
  }

  /** Nothing else shows such a pod: the mirror of its name is the other's. */
  #tellWaiting(wanted: ReadonlyMap<string, Pod>): void {
    const waiting = new Set<string>();
    for (const [source, pods] of this.#told) {
      for (const pod of pods) {
        const uid = pod.metadata.uid!;
        const holder = wanted.has(uid) ? undefined : this.waitsFor(pod);
        if (holder === undefined) continue;
        waiting.add(uid);
        if (this.#toldWaiting.has(uid)) continue;
        this.#toldWaiting.add(uid);
        this.#options.onWaiting(pod, { source, holder });
      }
    }
    for (const uid of this.#toldWaiting) {
      if (!waiting.has(uid)) this.#toldWaiting.delete(uid);
    }
  }

  /** Only a manifest that gives its pod a UID can say something else of the same pod. */
  #update(running: Pod, pod: Pod): void {
    if (
      sameJson(running.spec, pod.spec) &&
      sameJson(running.metadata, pod.metadata)
    ) return;
    this.#running.set(pod.metadata.uid!, pod);
    this.#options.sink.set(pod);
  }

  /** Another version of this pod may still run from before the agent's start. */
  #endKnownOf(pod: Pod): void {
    for (const [uid, known] of this.#known) {
      if (uid === pod.metadata.uid || podKey(known) !== podKey(pod)) continue;
      this.#end(known);
    }
  }

  /** Once all is told, what only the checkpoint knows is to end. */
  #endKnown(wanted: ReadonlyMap<string, Pod>): void {
    if (!this.isSettled) return;
    for (const [uid, pod] of this.#known) {
      if (wanted.has(uid)) this.#known.delete(uid);
      else this.#end(pod);
    }
    this.#settled.resolve();
  }

  /** With its spec a pod ends gracefully, without it would be an orphan. */
  #end(known: Pod): void {
    const uid = known.metadata.uid!;
    this.#known.delete(uid);
    this.#options.sink.set(known);
    this.#options.sink.remove(uid);
  }
}
