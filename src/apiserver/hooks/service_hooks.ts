/**
 * Addresses and node ports of Services: each is a row of its own in the store, written in the same transaction as the Service, so that two
 * Services can never have the same one.
 *
 * ```text
 *   networking/ipaddresses/10.43.7.9        → an IPAddress whose parent is the Service
 *   allocations/service-node-ports/30123    → "default/web"
 * ```
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { FieldError } from "../../api/kind.ts";
import { type Service, services } from "../../api/core/service.ts";
import { internalError, invalid } from "../../api/status.ts";
import type { Key, Store, Transaction } from "../../store/store.ts";
import { AddressRange } from "./address_range.ts";
import { ADDRESS_PREFIX, addressOf } from "./service_address.ts";
import {
  type Change,
  type KindHooks,
  type Plan,
  PlanOutdated,
} from "./kind_hooks.ts";

const PORT_PREFIX = "allocations/service-node-ports/";

/** Node ports are given out from here, as in Kubernetes. */
export const NODE_PORTS = { first: 30_000, last: 32_767 };

/** What service hooks need. */
export interface ServiceHooksOptions {
  readonly host: Host;
  readonly store: Store;
  readonly serviceCidr: string;
}

/** What a Service holds. */
interface Holding {
  readonly ip: string | undefined;
  readonly ports: readonly number[];
}

/** Gives Services their addresses and node ports, and takes them back. */
export class ServiceHooks implements KindHooks<Service> {
  readonly answersDeleted = true;
  readonly createsOnUpdate = true;
  readonly #host: Host;
  readonly #store: Store;
  readonly #range: AddressRange;

  constructor({ host, store, serviceCidr }: ServiceHooksOptions) {
    this.#host = host;
    this.#store = store;
    this.#range = new AddressRange(serviceCidr);
  }

  /** The first address, which the `kubernetes` service has. */
  get firstAddress(): string {
    return this.#range.at(0);
  }

  plan({ next: wanted, previous }: Change<Service>): Plan<Service> {
    const next = wanted === undefined ? undefined : structuredClone(wanted);
    if (next !== undefined) this.#fill(next, previous);
    const before = keysOf(holdingOf(previous));
    const after = keysOf(holdingOf(next));
    const seen = previous?.metadata.resourceVersion;
    const host = this.#host;
    return {
      keys: [...new Set([...before, ...after])],
      apply(transaction, change) {
        const now = change.previous?.metadata.resourceVersion;
        if (now !== seen) throw new PlanOutdated(Number(now ?? 0));
        if (next !== undefined && change.next !== undefined) {
          const plan = { filled: next, before, after };
          allocate(transaction, change.next, { ...plan, host });
        }
        for (const key of before) {
          const gone = change.next === undefined || !after.includes(key);
          if (gone) release(transaction, key);
        }
      },
    };
  }

  /** Fills in what is to be allocated, choosing what is free as far as committed state shows. */
  #fill(next: Service, previous: Service | undefined): void {
    const { spec } = next;
    if (spec.type === "ExternalName") {
      delete spec.clusterIP;
      delete spec.clusterIPs;
      delete spec.ipFamilies;
      delete spec.ipFamilyPolicy;
      dropNodePorts(next);
      return;
    }
    keepPrevious(next, previous);
    if (!spec.clusterIP && spec.clusterIPs?.[0]) {
      spec.clusterIP = spec.clusterIPs[0];
    }
    if (!spec.clusterIP) spec.clusterIP = this.#freeAddress();
    else this.#checkAddress(next, previous);
    spec.clusterIPs = [spec.clusterIP];
    spec.ipFamilies ??= ["IPv4"];
    spec.ipFamilyPolicy ??= "SingleStack";
    if (usesNodePorts(next)) this.#fillPorts(next);
    else dropNodePorts(next);
  }

  #fillPorts(next: Service): void {
    // The same port number may serve TCP and UDP of one service.
    const used = new Set<number>();
    for (const port of next.spec.ports ?? []) {
      if (port.nodePort) used.add(port.nodePort);
    }
    next.spec.ports?.forEach((port, index) => {
      if (port.nodePort) return checkPort(next, port.nodePort, index);
      port.nodePort = this.#freePort(used);
      used.add(port.nodePort);
    });
  }

  #checkAddress(next: Service, previous: Service | undefined): void {
    const ip = next.spec.clusterIP!;
    if (ip === "None" || ip === previous?.spec.clusterIP) return;
    if (this.#range.has(ip)) return;
    throw invalid(services, next.metadata.name ?? "", [{
      reason: "FieldValueInvalid",
      field: "spec.clusterIPs",
      message: `Invalid value: ${
        JSON.stringify([ip])
      }: failed to allocate IP ${ip}: the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${this.#range.cidr}`,
    }]);
  }

  #freeAddress(): string {
    const { usable } = this.#range;
    const start = Math.floor(this.#host.random.float() * usable);
    for (let step = 0; step < usable; step++) {
      const index = (start + step) % usable;
      // The first is the API server's own.
      if (index === 0) continue;
      const ip = this.#range.at(index);
      if (this.#store.get(ADDRESS_PREFIX + ip) === undefined) return ip;
    }
    throw internalError(
      "failed to allocate a serviceIP: range is full",
    );
  }

  #freePort(used: ReadonlySet<number>): number {
    const count = NODE_PORTS.last - NODE_PORTS.first + 1;
    const start = Math.floor(this.#host.random.float() * count);
    for (let step = 0; step < count; step++) {
      const port = NODE_PORTS.first + (start + step) % count;
      if (used.has(port)) continue;
      if (this.#store.get(PORT_PREFIX + port) === undefined) return port;
    }
    throw internalError(
      "failed to allocate a nodePort: range is full",
    );
  }
}

function usesNodePorts({ spec }: Service): boolean {
  return spec.type === "NodePort" ||
    spec.type === "LoadBalancer" &&
      spec.allocateLoadBalancerNodePorts !== false;
}

/** An update that names no address or port keeps what the service has. */
function keepPrevious(next: Service, previous: Service | undefined): void {
  if (previous === undefined || previous.spec.type === "ExternalName") return;
  const { spec } = next;
  if (!spec.clusterIP && previous.spec.clusterIP) {
    spec.clusterIP = previous.spec.clusterIP;
  }
  if (!usesNodePorts(next)) return;
  for (const port of spec.ports ?? []) {
    if (port.nodePort) continue;
    const same = previous.spec.ports?.find((old) =>
      old.port === port.port && old.protocol === port.protocol
    );
    const taken = spec.ports?.some((other) =>
      other.nodePort === same?.nodePort
    );
    if (same?.nodePort && !taken) port.nodePort = same.nodePort;
  }
}

function dropNodePorts({ spec }: Service): void {
  if (spec.type === "LoadBalancer") return;
  for (const port of spec.ports ?? []) delete port.nodePort;
}

/** Writes the plan's rows; its choices go into the object. */
function allocate(
  transaction: Transaction,
  next: Service,
  { filled, before, after, host }: {
    filled: Service;
    before: Key[];
    after: Key[];
    host: Host;
  },
): void {
  const asked = keysOf(holdingOf(next));
  takeOver(next, filled);
  const holder = `${next.metadata.namespace}/${next.metadata.name}`;
  for (const key of after) {
    if (before.includes(key)) continue;
    const row = transaction.get(key);
    if (row !== undefined) {
      // A taken address that we chose is our bad luck; one that was asked for is the client's.
      if (asked.includes(key)) throw taken(next, key);
      throw new PlanOutdated(row.revision);
    }
    if (key.startsWith(ADDRESS_PREFIX)) {
      const address = key.slice(ADDRESS_PREFIX.length);
      transaction.put(key, addressOf(host, next, address));
      continue;
    }
    transaction.put(key, (revision) => ({
      text: JSON.stringify({
        holder,
        metadata: { resourceVersion: String(revision) },
      }),
    }));
  }
}

/** Copies what the plan filled in. */
function takeOver(next: Service, filled: Service): void {
  const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy, ports } =
    filled.spec;
  const allocated = { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy };
  for (const [name, value] of Object.entries(allocated)) {
    if (value === undefined) delete next.spec[name as keyof typeof allocated];
    else Object.assign(next.spec, { [name]: value });
  }
  next.spec.ports?.forEach((port, index) => {
    const nodePort = ports?.[index]?.nodePort;
    if (nodePort === undefined) delete port.nodePort;
    else port.nodePort = nodePort;
  });
}

function holdingOf(service: Service | undefined): Holding {
  const spec = service?.spec;
  const ip = spec?.clusterIP;
  return {
    ip: !ip || ip === "None" ? undefined : ip,
    ports: (spec?.ports ?? []).flatMap(({ nodePort }) =>
      nodePort ? [nodePort] : []
    ),
  };
}

function keysOf({ ip, ports }: Holding): Key[] {
  const keys = [...new Set(ports)].map((port) => PORT_PREFIX + port);
  return ip === undefined ? keys : [ADDRESS_PREFIX + ip, ...keys];
}

function release(transaction: Transaction, key: Key): void {
  if (transaction.get(key) !== undefined) transaction.delete(key);
}

function checkPort(next: Service, port: number, index: number): void {
  if (port >= NODE_PORTS.first && port <= NODE_PORTS.last) return;
  throw invalid(services, next.metadata.name ?? "", [{
    reason: "FieldValueInvalid",
    field: `spec.ports[${index}].nodePort`,
    message:
      `Invalid value: ${port}: provided port is not in the valid range. The range of valid ports is ${NODE_PORTS.first}-${NODE_PORTS.last}`,
  }]);
}

function taken(next: Service, key: Key): Error {
  const port = key.startsWith(PORT_PREFIX);
  const value = key.slice((port ? PORT_PREFIX : ADDRESS_PREFIX).length);
  const index = next.spec.ports?.findIndex((at) => `${at.nodePort}` === value);
  const error: FieldError = port
    ? {
      reason: "FieldValueInvalid",
      field: `spec.ports[${index}].nodePort`,
      message: `Invalid value: ${value}: provided port is already allocated`,
    }
    : {
      reason: "FieldValueInvalid",
      field: "spec.clusterIPs",
      message: `Invalid value: ${
        JSON.stringify([value])
      }: failed to allocate IP ${value}: provided IP is already allocated`,
    };
  return invalid(services, next.metadata.name ?? "", [error]);
}
