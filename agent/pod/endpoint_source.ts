/**
 * The node's view of services and where their connections may go.
 *
 * @module
 */
import type {
  Endpoint,
  EndpointSlice,
} from "../../src/api/discovery/endpoint_slice.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Service, ServicePort } from "../../src/api/core/service.ts";
import type { PodRecord } from "./pod_record.ts";

/** Label that ties an EndpointSlice to its Service. */
const SERVICE_LABEL = "kubernetes.io/service-name";

/** One place to connect to. */
export interface ServiceEndpoint {
  readonly ip: string;
  readonly port: number;
}

/** The ready endpoints of one port of a service. */
export interface ServicePortEndpoints {
  readonly port: ServicePort;
  readonly endpoints: readonly ServiceEndpoint[];
}

/** What the service proxy (and DNS) live on. */
export interface EndpointSource {
  /** All services of the cluster that the node knows of. */
  services(): readonly Service[];
  /** Ready endpoints by port; `serviceKey` is `namespace/name`. */
  endpoints(serviceKey: string): readonly ServicePortEndpoints[];
  /** Calls back after changes of services or endpoints; many at once are one call. */
  onChange(listener: () => void): Disposable;
}

/** What a {@linkcode NodeEndpoints} looks at. */
export interface NodeEndpointsOptions {
  /** This node's name. */
  readonly node: string;
  /** Services, from the API or the checkpoint. */
  readonly services: () => readonly Service[];
  /** All slices, from the API or the checkpoint. */
  readonly slices: () => readonly EndpointSlice[];
  /** This node's pods. */
  readonly records: () => readonly PodRecord[];
}

/**
 * Joins the slices of the API with what this node knows of its own pods. For its own pods the node's knowledge counts, always: a new address after a
 * cold start, readiness and the wish to end count here at once, whether or not the server knows yet.
 */
export class NodeEndpoints implements EndpointSource {
  readonly #options: NodeEndpointsOptions;
  readonly #listeners = new Set<() => void>();
  /** Slices by `namespace/service`; made again after slices changed. */
  #byService: Map<string, EndpointSlice[]> | undefined;
  #told = true;
  /** Whether something changed that is no single pod's. */
  #mustTell = false;
  /** Pods of which something changed since the last time. */
  readonly #changed = new Set<PodRecord>();
  /** What of a pod counted then. */
  readonly #seen = new WeakMap<PodRecord, string>();

  constructor(options: NodeEndpointsOptions) {
    this.#options = options;
  }

  /** Call it after services or slices changed. */
  clusterChanged(): void {
    this.#byService = undefined;
    this.#mustTell = true;
    this.#tell();
  }

  /**
   * Call it after a pod of this node changed. Most of what happens to a pod changes no endpoint, and looking through all pods and services for each would
   * cost a node of many pods dear.
   *
   * @param record the pod, if it is a single one that is there
   */
  podChanged(record?: PodRecord): void {
    if (record) this.#changed.add(record);
    else this.#mustTell = true;
    this.#tell();
  }

  services(): readonly Service[] {
    return this.#options.services();
  }

  endpoints(serviceKey: string): readonly ServicePortEndpoints[] {
    const service = this.services().find(({ metadata }) =>
      `${metadata.namespace}/${metadata.name}` === serviceKey
    );
    if (!service) return [];
    const slices = this.#slicesOf(serviceKey);
    return (service.spec.ports ?? []).map((port) => {
      const found = new Map<string, ServiceEndpoint>();
      const add = (endpoint: ServiceEndpoint) =>
        found.set(`${endpoint.ip}:${endpoint.port}`, endpoint);
      for (const slice of slices) {
        for (const endpoint of this.#remote(service, { slice, port })) {
          add(endpoint);
        }
      }
      for (const endpoint of this.#local(service, port)) add(endpoint);
      // A fixed order keeps round robin going on where it was.
      const endpoints = [...found.values()].sort((a, b) =>
        a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : a.port - b.port
      );
      return { port, endpoints };
    });
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** What a slice says of pods elsewhere; of everything for a service without selector. */
  #remote(
    service: Service,
    { slice, port }: { slice: EndpointSlice; port: ServicePort },
  ): ServiceEndpoint[] {
    const slicePort = slice.ports?.find(({ name, protocol }) =>
      (name ?? "") === (port.name ?? "") &&
      (protocol ?? "TCP") === (port.protocol ?? "TCP")
    );
    if (slicePort?.port === undefined) return [];
    const number = slicePort.port;
    return (slice.endpoints ?? []).filter((endpoint) =>
      isReady(endpoint) && !(hasSelector(service) && this.#isOurs(endpoint))
    ).flatMap(({ addresses }) => addresses.map((ip) => ({ ip, port: number })));
  }

  #isOurs({ nodeName }: Endpoint): boolean {
    return nodeName === this.#options.node;
  }

  #local(service: Service, port: ServicePort): ServiceEndpoint[] {
    if (!hasSelector(service)) return [];
    const endpoints: ServiceEndpoint[] = [];
    for (const record of this.#options.records()) {
      const { pod } = record;
      if (pod.metadata.namespace !== service.metadata.namespace) continue;
      if (!selects(service, pod) || record.terminating || record.ended) {
        continue;
      }
      if (!isPodReady(record) && !service.spec.publishNotReadyAddresses) {
        continue;
      }
      const ip = addressOf(record);
      const number = targetPort(port, pod);
      if (ip !== undefined && number !== undefined) {
        endpoints.push({ ip, port: number });
      }
    }
    return endpoints;
  }

  #slicesOf(serviceKey: string): readonly EndpointSlice[] {
    if (!this.#byService) {
      this.#byService = new Map();
      for (const slice of this.#options.slices()) {
        const service = slice.metadata.labels?.[SERVICE_LABEL];
        if (!service || slice.addressType !== "IPv4") continue;
        const key = `${slice.metadata.namespace}/${service}`;
        const list = this.#byService.get(key);
        if (list) list.push(slice);
        else this.#byService.set(key, [slice]);
      }
    }
    return this.#byService.get(serviceKey) ?? [];
  }

  /** Whether there is something to tell, since this was asked last. */
  #hasChanged(): boolean {
    let hasChanged = this.#mustTell;
    this.#mustTell = false;
    for (const record of this.#changed) {
      const counts = whatCounts(record);
      if (this.#seen.get(record) === counts) continue;
      this.#seen.set(record, counts);
      hasChanged = true;
    }
    this.#changed.clear();
    return hasChanged;
  }

  #tell(): void {
    if (!this.#told) return;
    this.#told = false;
    // After the status reporter's own microtask, which computes readiness.
    queueMicrotask(() =>
      queueMicrotask(() => {
        this.#told = true;
        if (!this.#hasChanged()) return;
        for (const listener of [...this.#listeners]) listener();
      })
    );
  }
}

function isPodReady({ lastStatus }: PodRecord): boolean {
  return lastStatus?.conditions?.some(({ type, status }) =>
    type === "Ready" && status === "True"
  ) ?? false;
}

function addressOf({ pod, sandbox, lastStatus }: PodRecord) {
  return sandbox?.ips[0] ??
    (pod.spec.hostNetwork ? lastStatus?.hostIP : undefined);
}

/** All of a pod that endpoints are made from and that may change, as text. */
function whatCounts(record: PodRecord): string {
  const { pod, terminating, ended } = record;
  const isOver = terminating || ended;
  return JSON.stringify([
    pod.metadata.labels ?? {},
    addressOf(record) ?? "",
    ...[isOver, isPodReady(record)],
  ]);
}

function hasSelector({ spec }: Service): boolean {
  return Object.keys(spec.selector ?? {}).length > 0;
}

function selects({ spec }: Service, pod: Pod): boolean {
  const labels = pod.metadata.labels ?? {};
  return Object.entries(spec.selector ?? {}).every(([key, value]) =>
    labels[key] === value
  );
}

/** An absent `ready` means ready. */
function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready ?? true;
}

function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target;
  for (const container of pod.spec.containers) {
    const found = container.ports?.find(({ name, protocol }) =>
      name === target && (protocol ?? "TCP") === (port.protocol ?? "TCP")
    );
    if (found) return found.containerPort;
  }
  return undefined;
}
