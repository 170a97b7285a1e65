/**
 * {@linkcode EndpointsReconciler}: the older form of endpoint slices, one object a service.
 *
 * @module
 */
import { sameJson } from "../api/equal.ts";
import type {
  EndpointAddress,
  Endpoints,
  EndpointSubset,
} from "../api/core/endpoints.ts";
import type { Pod } from "../api/core/pod.ts";
import type { Service } from "../api/core/service.ts";
import { isApiError } from "../api/status.ts";
import type { Client } from "../client/client.ts";
import type { ResourceInformer } from "../client/informer.ts";
import { nameOf } from "../client/paths.ts";
import { ENDPOINTS } from "../client/resources.ts";
import type { Reconciler } from "../loop/reconciler.ts";
import { isPodReady } from "./pods.ts";
import {
  addressesOf,
  HEADLESS_LABEL,
  hostnameIn,
  isHeadless,
  isManaged,
  podsOfService,
  type TargetPort,
  targetPorts,
} from "./service_pods.ts";

/** Addresses an Endpoints object can hold; further ones are left out, and an annotation says so. */
export const MAX_ADDRESSES = 1_000;
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
/** Tells objects that we keep from those that people write. */
export const ENDPOINTS_MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const MANAGED_BY = "endpoint-controller";

/** What an {@linkcode EndpointsReconciler} works with. */
export interface EndpointsParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All services. */
  readonly services: ResourceInformer<Service>;
  /** All pods. */
  readonly pods: ResourceInformer<Pod>;
  /** All Endpoints. */
  readonly endpoints: ResourceInformer<Endpoints>;
}

/** Keeps the Endpoints of each service that has a selector. */
export class EndpointsReconciler implements Reconciler {
  readonly name = "endpoints";
  readonly #parts: EndpointsParts;

  /** Nothing runs until it is asked to. */
  constructor(parts: EndpointsParts) {
    this.#parts = parts;
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { client, services, endpoints } = this.#parts;
    const service = services.get(key);
    const held = endpoints.get(key);
    if (service === undefined) {
      // They name no owner, so that nobody else takes them away.
      if (held?.metadata.labels?.[ENDPOINTS_MANAGED_BY] !== MANAGED_BY) return;
      return await this.#delete(key, signal);
    }
    if (
      service.metadata.deletionTimestamp !== undefined || !isManaged(service)
    ) return;
    const { subsets, truncated } = subsetsOf(service, this.#parts.pods);
    const labels = labelsFor(service);
    const annotations = { ...held?.metadata.annotations };
    if (truncated) annotations[OVER_CAPACITY] = "truncated";
    else delete annotations[OVER_CAPACITY];
    if (held === undefined) {
      await client.create(ENDPOINTS, {
        apiVersion: "v1",
        kind: "Endpoints",
        metadata: {
          ...nameOf(key),
          labels,
          ...truncated ? { annotations } : {},
        },
        subsets,
      }, { signal });
      return;
    }
    if (
      sameJson(held.subsets ?? [], subsets) &&
      sameJson(held.metadata.labels ?? {}, labels) &&
      sameJson(held.metadata.annotations ?? {}, annotations)
    ) return;
    await client.update(ENDPOINTS, {
      ...held,
      metadata: { ...held.metadata, labels, annotations },
      subsets,
    }, { signal });
  }

  async #delete(key: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#parts.client.delete(ENDPOINTS, nameOf(key), { signal });
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
  }
}

function labelsFor(service: Service): Record<string, string> {
  const labels = { ...service.metadata.labels };
  delete labels[HEADLESS_LABEL];
  return {
    ...labels,
    ...isHeadless(service) ? { [HEADLESS_LABEL]: "" } : {},
    [ENDPOINTS_MANAGED_BY]: MANAGED_BY,
  };
}

/** Addresses with the same ports form a subset. */
function subsetsOf(
  service: Service,
  pods: ResourceInformer<Pod>,
): { subsets: EndpointSubset[]; truncated: boolean } {
  const all = service.spec.publishNotReadyAddresses === true;
  const groups = new Map<string, {
    ports: TargetPort[];
    ready: EndpointAddress[];
    notReady: EndpointAddress[];
  }>();
  let count = 0;
  let truncated = false;
  for (const pod of podsOfService(service, pods)) {
    // A pod that is leaving is gone for clients of this form, which has no word for it.
    if (!all && pod.metadata.deletionTimestamp !== undefined) continue;
    if (count === MAX_ADDRESSES) {
      truncated = true;
      break;
    }
    count++;
    const ports = targetPorts(service, pod);
    const hash = JSON.stringify(ports);
    const group = groups.get(hash) ?? { ports, ready: [], notReady: [] };
    groups.set(hash, group);
    const side = all || isPodReady(pod) ? group.ready : group.notReady;
    side.push(addressOf(service, pod));
  }
  const subsets = [...groups].sort(([a], [b]) => a < b ? -1 : 1).map((
    [, { ports, ready, notReady }],
  ): EndpointSubset => ({
    ...ready.length === 0 ? {} : { addresses: sorted(ready) },
    ...notReady.length === 0 ? {} : { notReadyAddresses: sorted(notReady) },
    ...ports.length === 0 ? {} : { ports: ports.map(withoutEmptyName) },
  }));
  return { subsets, truncated };
}

function addressOf(service: Service, pod: Pod): EndpointAddress {
  const { name, namespace, uid } = pod.metadata;
  const hostname = hostnameIn(service, pod);
  return {
    ip: addressesOf(pod)[0]!,
    ...hostname === undefined ? {} : { hostname },
    ...pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {},
    targetRef: {
      kind: "Pod",
      ...namespace === undefined ? {} : { namespace },
      ...name === undefined ? {} : { name },
      ...uid === undefined ? {} : { uid },
    },
  };
}

function sorted(addresses: EndpointAddress[]): EndpointAddress[] {
  return addresses.sort((a, b) => a.ip < b.ip ? -1 : 1);
}

function withoutEmptyName({ name, ...port }: TargetPort) {
  return name === "" ? port : { name, ...port };
}
