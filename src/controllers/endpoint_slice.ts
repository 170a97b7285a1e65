/**
 * {@linkcode EndpointSliceReconciler}: tells proxies which pods are behind a service.
 *
 * @module
 */
import type {
  Endpoint,
  EndpointSlice,
  EndpointSlicePort,
} from "../api/discovery/endpoint_slice.ts";
import { sameJson } from "../api/equal.ts";
import type { Node } from "../api/core/node.ts";
import type { Pod } from "../api/core/pod.ts";
import type { Service } from "../api/core/service.ts";
import { isApiError } from "../api/status.ts";
import type { Change, Client } from "../client/client.ts";
import type { ResourceInformer } from "../client/informer.ts";
import { ENDPOINT_SLICES, SERVICES } from "../client/resources.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";
import { Expectations } from "./expectations.ts";
import { controllerReference } from "../loop/owners.ts";
import { isPodReady } from "./pods.ts";
import {
  addressesOf,
  HEADLESS_LABEL,
  hostnameIn,
  isHeadless,
  isManaged,
  podsOfService,
  targetPorts,
} from "./service_pods.ts";
import { diffSlices, type EndpointGroup } from "./slice_diff.ts";

/** Label that names a slice's service. */
export const SERVICE_NAME_LABEL = "kubernetes.io/service-name";
/** Label that names who keeps a slice. */
export const MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";
/** Our name in it: Kubernetes' own. */
export const MANAGED_BY = "endpointslice-controller.k8s.io";
/** Index of slices by `namespace/service`. */
export const BY_SERVICE = "service";
const ZONE_LABEL = "topology.kubernetes.io/zone";
/** A cache that lags is looked at again after this time at the latest. */
const STALE_CACHE_MS = 5_000;

/** What an {@linkcode EndpointSliceReconciler} works with. */
export interface EndpointSliceParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All services. */
  readonly services: ResourceInformer<Service>;
  /** All pods. */
  readonly pods: ResourceInformer<Pod>;
  /** All nodes. */
  readonly nodes: ResourceInformer<Node>;
  /** With the index {@linkcode BY_SERVICE}. */
  readonly slices: ResourceInformer<EndpointSlice>;
}

/** The service that a slice of ours belongs to, by key. */
export function serviceOfSlice(slice: EndpointSlice): string[] {
  const { labels, namespace } = slice.metadata;
  const service = labels?.[SERVICE_NAME_LABEL];
  return service !== undefined && labels?.[MANAGED_BY_LABEL] === MANAGED_BY
    ? [`${namespace}/${service}`]
    : [];
}

/** Keeps the slices of each service that has a selector. */
export class EndpointSliceReconciler implements Reconciler {
  readonly name = "endpoint-slice";
  readonly #parts: EndpointSliceParts;
  readonly #expectations: Expectations<EndpointSlice>;

  /** Nothing runs until it is asked to. */
  constructor(parts: EndpointSliceParts) {
    this.#parts = parts;
    this.#expectations = new Expectations(parts.slices);
  }

  /** The service that a change of a slice concerns: it may not be ours to change, and is put right. */
  keysOfSlice({ object, previous }: Change<EndpointSlice>): string[] {
    return [
      ...object === undefined ? [] : serviceOfSlice(object),
      ...previous === undefined ? [] : serviceOfSlice(previous),
    ];
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const service = this.#parts.services.get(key);
    // Slices of a service that is gone go with it (they name it as owner).
    if (service === undefined) return this.#expectations.forget(key);
    if (
      service.metadata.deletionTimestamp !== undefined || !isManaged(service)
    ) return;
    if (!this.#expectations.satisfied(key)) {
      return { requeueAfterMs: STALE_CACHE_MS };
    }
    const existing = this.#parts.slices.byIndex(BY_SERVICE, key)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    for (const family of familiesOf(service)) {
      const diff = diffSlices(
        existing.filter(({ addressType }) => addressType === family),
        this.#groups(service, family),
        {
          isLabeled: (slice) =>
            sameJson(slice.metadata.labels, labelsFor(service)),
        },
      );
      for (const { slice, ports, endpoints } of diff.update) {
        await this.#parts.client.update(ENDPOINT_SLICES, {
          ...slice,
          metadata: { ...slice.metadata, labels: labelsFor(service) },
          ports: [...ports],
          endpoints: [...endpoints],
        }, { signal });
      }
      for (const { ports, endpoints } of diff.create) {
        const created = await this.#parts.client.create(
          ENDPOINT_SLICES,
          newSlice(service, { family, ports, endpoints }),
          { signal },
        );
        this.#expectations.created(key, created);
      }
      for (const slice of diff.delete) await this.#delete(key, slice, signal);
    }
  }

  async #delete(
    key: string,
    slice: EndpointSlice,
    signal: AbortSignal,
  ): Promise<void> {
    const { name = "", namespace = "" } = slice.metadata;
    try {
      await this.#parts.client.delete(ENDPOINT_SLICES, { name, namespace }, {
        signal,
      });
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
    this.#expectations.deleted(key, slice);
  }

  /** Endpoints by the ports that they offer; one empty group when there are none. */
  #groups(service: Service, family: string): EndpointGroup[] {
    const groups = new Map<
      string,
      { ports: EndpointSlicePort[]; endpoints: Endpoint[] }
    >();
    for (const pod of podsOfService(service, this.#parts.pods)) {
      const addresses = addressesOf(pod).filter((address) =>
        familyOf(address) === family
      );
      if (addresses.length === 0) continue;
      const ports = targetPorts(service, pod);
      const hash = JSON.stringify(ports);
      const endpoint = this.#endpoint(service, pod, addresses);
      const group = groups.get(hash);
      if (group === undefined) {
        groups.set(hash, { ports, endpoints: [endpoint] });
      } else group.endpoints.push(endpoint);
    }
    return groups.size === 0
      ? [{ ports: [], endpoints: [] }]
      : [...groups.values()];
  }

  #endpoint(service: Service, pod: Pod, addresses: string[]): Endpoint {
    const serving = isPodReady(pod);
    const terminating = pod.metadata.deletionTimestamp !== undefined;
    const { nodeName } = pod.spec;
    const zone = nodeName === undefined
      ? undefined
      : this.#parts.nodes.get(nodeName)?.metadata.labels?.[ZONE_LABEL];
    const hostname = hostnameIn(service, pod);
    const { name, namespace, uid } = pod.metadata;
    return {
      addresses,
      conditions: {
        // Never true of a pod that is leaving, unless asked for all: no new connections go there.
        ready: service.spec.publishNotReadyAddresses === true ||
          (serving && !terminating),
        serving,
        terminating,
      },
      ...hostname === undefined ? {} : { hostname },
      targetRef: {
        kind: "Pod",
        ...namespace === undefined ? {} : { namespace },
        ...name === undefined ? {} : { name },
        ...uid === undefined ? {} : { uid },
      },
      ...nodeName ? { nodeName } : {},
      ...zone === undefined ? {} : { zone },
    };
  }
}

function newSlice(
  service: Service,
  { family, ports, endpoints }: {
    readonly family: string;
    readonly ports: readonly EndpointSlicePort[];
    readonly endpoints: readonly Endpoint[];
  },
): EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace ?? "",
      labels: labelsFor(service),
      ownerReferences: [controllerReference(service, SERVICES)],
    },
    addressType: family,
    endpoints: [...endpoints],
    ports: [...ports],
  };
}

/** The service's own labels and ours; ours win. */
function labelsFor(service: Service): Record<string, string> {
  const labels = { ...service.metadata.labels };
  delete labels[HEADLESS_LABEL];
  return {
    ...labels,
    ...isHeadless(service) ? { [HEADLESS_LABEL]: "" } : {},
    [SERVICE_NAME_LABEL]: service.metadata.name ?? "",
    [MANAGED_BY_LABEL]: MANAGED_BY,
  };
}

function familiesOf({ spec }: Service): string[] {
  const families = (spec.ipFamilies ?? []).filter((family) => family !== "");
  return families.length === 0 ? ["IPv4"] : families;
}

function familyOf(address: string): string {
  return address.includes(":") ? "IPv6" : "IPv4";
}
