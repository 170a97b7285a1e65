/**
 * What the agent watches of the cluster.
 *
 * @module
 */
import type { EndpointSlice } from "../src/api/discovery/endpoint_slice.ts";
import type { KubeObject } from "../src/api/kind.ts";
import type { Node } from "../src/api/core/node.ts";
import type { Pod } from "../src/api/core/pod.ts";
import type { Service } from "../src/api/core/service.ts";
import type { Host } from "../src/base/host.ts";
import type { Client } from "../src/client/client.ts";
import { ResourceInformer } from "../src/client/informer.ts";
import {
  ENDPOINT_SLICES,
  NODES,
  PODS,
  SERVICES,
} from "../src/client/resources.ts";
import type { CheckpointContent } from "./node/checkpoint.ts";

/** How long, in milliseconds, a fresh read of the node is waited for. */
const REFRESH_MS = 5_000;

/** Informers on this node, its pods, and all services with their endpoints. What has not been heard yet comes from the checkpoint. */
export class ClusterView {
  readonly node: ResourceInformer<Node>;
  readonly pods: ResourceInformer<Pod>;
  readonly #services: ResourceInformer<Service>;
  readonly #slices: ResourceInformer<EndpointSlice>;
  readonly #known: CheckpointContent;
  readonly #nodeName: string;
  readonly #host: Host;
  readonly #client: Client;
  #readNode: Node | undefined;

  constructor(host: Host, options: {
    readonly client: Client;
    readonly nodeName: string;
    readonly known: CheckpointContent;
    /** Called after services or endpoints changed. */
    readonly onServices: () => void;
  }) {
    const { client, nodeName } = options;
    this.#host = host;
    this.#client = client;
    this.#nodeName = nodeName;
    this.#known = options.known;
    this.node = new ResourceInformer(host, client, NODES, {
      fieldSelector: `metadata.name=${nodeName}`,
      transform: withoutManagedFields,
    });
    this.pods = new ResourceInformer(host, client, PODS, {
      fieldSelector: `spec.nodeName=${nodeName}`,
      transform: withoutManagedFields,
    });
    this.#services = new ResourceInformer(host, client, SERVICES, {
      transform: withoutManagedFields,
    });
    this.#slices = new ResourceInformer(host, client, ENDPOINT_SLICES, {
      transform: withoutManagedFields,
    });
    this.#services.onChange(() => options.onServices());
    this.#slices.onChange(() => options.onServices());
  }

  /** Watches until the signal aborts. */
  start(host: Host, signal: AbortSignal): void {
    host.spawn("watch-node", () => this.node.run(signal));
    host.spawn("watch-pods", () => this.pods.run(signal));
    host.spawn("watch-services", () => this.#services.run(signal));
    host.spawn("watch-endpoints", () => this.#slices.run(signal));
  }

  /** This node's object; undefined while the API has not told. */
  nodeObject(): Node | undefined {
    return this.node.get(this.#nodeName);
  }

  /** The node's object, also where a read has overtaken the watch. */
  newestNode(): Node | undefined {
    const watched = this.nodeObject();
    const read = this.#readNode;
    const isNewer = watched && read && versionOf(read) > versionOf(watched);
    return isNewer ? read : watched;
  }

  /** Reads the node's object, for {@linkcode newestNode}. Resolves also when the API cannot be asked. @throws the signal's reason */
  async refreshNode(signal: AbortSignal): Promise<void> {
    const late = new AbortController();
    const timer = this.#host.clock.after(REFRESH_MS, () => late.abort());
    const either = AbortSignal.any([signal, late.signal]);
    try {
      const name = this.#nodeName;
      this.#readNode = await this.#client.get(NODES, { name }, either);
    } catch {
      signal.throwIfAborted();
    } finally {
      timer.cancel();
    }
  }

  /** All services. */
  services(): readonly Service[] {
    return this.#services.hasSynced
      ? this.#services.list()
      : this.#known.services;
  }

  /** All endpoint slices. */
  slices(): readonly EndpointSlice[] {
    return this.#slices.hasSynced
      ? this.#slices.list()
      : this.#known.endpointSlices;
  }

  /** Whether services and endpoints are the API's and not the checkpoint's. */
  get hasServices(): boolean {
    return this.#services.hasSynced && this.#slices.hasSynced;
  }

  /** Services that a pod of this namespace is told of; undefined while nobody has told of any. */
  servicesFor(namespace: string): readonly Service[] | undefined {
    const all = this.services();
    // A cluster has one at least.
    if (all.length === 0 && !this.#services.hasSynced) return undefined;
    return all.filter(({ metadata }) =>
      metadata.namespace === namespace ||
      metadata.namespace === "default" && metadata.name === "kubernetes"
    );
  }
}

function versionOf({ metadata }: Node): number {
  return Number(metadata.resourceVersion ?? 0);
}

/** Nobody here reads them, and they are half of an object's size. */
function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (!object.metadata.managedFields) return object;
  const { managedFields: _fields, ...metadata } = object.metadata;
  return { ...object, metadata };
}
