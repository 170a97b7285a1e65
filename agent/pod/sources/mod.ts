/**
 * Where the node's pods come from beside the API.
 *
 * @module
 */
import type { Node } from "../../../src/api/core/node.ts";
import type { Pod } from "../../../src/api/core/pod.ts";
import type { Host } from "../../../src/base/host.ts";
import type { Change, Client, Informer } from "../../../src/client/client.ts";
import {
  type EventRecorder,
  referenceTo,
} from "../../../src/client/event_recorder.ts";
import { podInMessages } from "../../container/pod_events.ts";
import type { PodSink } from "../pod_source.ts";
import {
  CONFIG_SOURCE,
  isMirrorPod,
  isStaticPod,
  podKey,
  type SourceName,
} from "./annotations.ts";
import { FileSource } from "./file_source.ts";
import { ManifestReader } from "./manifest_reader.ts";
import { MirrorPods } from "./mirror_pods.ts";
import { PutManifests } from "./put_manifests.ts";
import { StaticPods } from "./static_pods.ts";
import { UrlSource } from "./url_source.ts";

/** How often, in milliseconds, files and URL are looked at; kubelet's. */
const CHECK_MS = 20_000;

/** Sources of static pods, beside the agent's socket. */
export interface ManifestOptions {
  /** A folder or file. Absolute. */
  readonly path?: string;
  /** How often, in milliseconds, it is looked at without a hint. @default 20000 */
  readonly pathCheckMs?: number;
  readonly url?: string;
  /** Sent with every request to the URL. */
  readonly urlHeaders?: readonly (readonly [string, string])[];
  /** How often, in milliseconds, the URL is asked. @default 20000 */
  readonly urlCheckMs?: number;
}

/** The node's pods, as far as sources have to do with them. */
export interface SourcedPods extends PodSink {
  /** Whether a pod of this name (`namespace/name`) is on the node, be it on its way out. */
  isHeld(key: string): boolean;
  /** What the API shows this pod by is another object, or another version of it. */
  shown(uid: string): void;
  readonly events: Pick<EventRecorder, "record">;
}

/** What {@linkcode LocalSources} work with. */
export interface LocalSourcesOptions {
  readonly manifests: ManifestOptions;
  readonly dataDir: string;
  readonly nodeName: string;
  readonly client: Client;
  /** This node's pods in the API. */
  readonly informer: Informer<Pod>;
  /** This node's object. */
  readonly nodes: Informer<Node>;
  /** Pods of the checkpoint. */
  readonly known: readonly Pod[];
  readonly pods: SourcedPods;
}

/** Files, a URL, the agent's socket; and the mirrors of their pods in the API. */
export class LocalSources {
  /** What was put on the socket. */
  readonly put: PutManifests;
  readonly #host: Host;
  readonly #options: LocalSourcesOptions;
  readonly #pods: StaticPods;
  readonly #mirrors: MirrorPods;
  readonly #reader: ManifestReader;

  constructor(host: Host, options: LocalSourcesOptions) {
    this.#host = host;
    this.#options = options;
    const { path, url } = options.manifests;
    const isHeld = (key: string) => options.pods.isHeld(key);
    this.#reader = new ManifestReader(host, options.nodeName);
    const sources: SourceName[] = [
      ...path === undefined ? [] : ["file" as const],
      ...url === undefined ? [] : ["http" as const],
      "server",
    ];
    this.#pods = new StaticPods(host, {
      sources,
      known: options.known.filter(isStaticPod),
      sink: options.pods,
      isHeld,
      onDuplicate: (pod, source) => this.#duplicate(pod, source),
      onWaiting: (pod, { source, holder }) => this.#waits(pod, source, holder),
      onChange: () => this.#mirrors.changed(),
    });
    this.#mirrors = new MirrorPods(host, {
      ...options,
      isHeld,
      node: () => options.nodes.get(options.nodeName),
      running: () => this.#pods.running(),
      wanted: () => this.#pods.wanted(),
      isSettled: () => this.#pods.isSettled,
    });
    this.put = new PutManifests(host, {
      dataDir: options.dataDir,
      reader: this.#reader,
      tell: (pods) => this.#pods.tell("server", pods),
      waitsFor: (pod) => this.#pods.waitsFor(pod),
    });
  }

  /** Resolves when every source has told, and the pods that none of them names any more are ending. */
  get settled(): Promise<void> {
    return this.#pods.settled;
  }

  /** Begins to work, until the signal aborts. The runtimes' stock must be taken. */
  start(signal: AbortSignal): void {
    const { manifests, known } = this.#options;
    const reader = this.#reader;
    const { path, url, pathCheckMs, urlCheckMs, urlHeaders } = manifests;
    this.#pods.begin();
    this.#host.spawn("put-manifests", () => this.put.load());
    if (path !== undefined) {
      const files = new FileSource(this.#host, {
        path,
        reader,
        checkMs: pathCheckMs ?? CHECK_MS,
        tell: (pods) => this.#pods.tell("file", pods),
      });
      this.#host.spawn("manifest-files", () => files.run(signal));
    }
    if (url !== undefined) {
      const source = new UrlSource(this.#host, {
        url,
        headers: urlHeaders ?? [],
        reader,
        checkMs: urlCheckMs ?? CHECK_MS,
        known: known.filter((pod) => sourceOf(pod) === "http"),
        tell: (pods) => this.#pods.tell("http", pods),
      });
      this.#host.spawn("manifest-url", () => source.run(signal));
    }
    const { informer, nodes } = this.#options;
    informer.onChange((change) =>
      void (signal.aborted || this.#observe(change))
    );
    nodes.onChange(() => this.#mirrors.changed());
    this.#host.spawn("mirror-pods", () => this.#mirrors.run(signal));
  }

  /** Pods can get addresses. */
  networkReady(): void {
    this.#pods.networkReady();
  }

  /** A pod of the node is gone. */
  podGone(): void {
    this.#pods.podGone();
    this.#mirrors.changed();
  }

  /** The object in the API that shows a pod of the node; undefined for a static one that has no mirror now. */
  shownBy(pod: Pod): Pod | undefined {
    return isStaticPod(pod) ? this.#mirrors.of(pod) : pod;
  }

  /** Follows what the API tells of mirrors. */
  #observe(change: Change<Pod>): void {
    const { key, object, previous } = change;
    if (![object, previous].some((pod) => pod && isMirrorPod(pod))) return;
    this.#mirrors.observed(key);
    const pod = this.#pods.running().get(key);
    if (pod) this.#options.pods.shown(pod.metadata.uid!);
  }

  #duplicate(pod: Pod, source: SourceName): void {
    const { name } = pod.metadata;
    this.#host.log("warn", "A manifest names a pod that another one names", {
      pod: podKey(pod),
      source,
    });
    this.#warn(
      pod,
      `Error validating pod ${
        podInMessages(pod)
      } from ${source} due to duplicate pod name "${name}", ignoring`,
    );
  }

  #waits(pod: Pod, source: SourceName, holder: SourceName): void {
    this.#host.log("warn", "A static pod waits for its name", {
      pod: podKey(pod),
      source,
      holder,
    });
    this.#warn(
      pod,
      `Pod ${
        podInMessages(pod)
      } from ${source} waits: there is a static pod of this name from ${holder}`,
    );
  }

  #warn(pod: Pod, message: string): void {
    this.#options.pods.events.record(
      referenceTo({ ...pod, apiVersion: "v1", kind: "Pod" }),
      { type: "Warning", reason: "FailedValidation", message },
    );
  }
}

function sourceOf({ metadata }: Pod): string | undefined {
  return metadata.annotations?.[CONFIG_SOURCE];
}
