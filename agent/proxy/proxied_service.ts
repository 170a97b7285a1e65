/**
 * What the service proxy is told: services as plain data, already joined from Service and EndpointSlice objects and from what this node knows of
 * its own pods. The proxy knows no API objects.
 *
 * @module
 */

/** Where connections may go. */
export interface ProxyEndpoint {
  /** IPv4 address of a pod or host. */
  readonly ip: string;
  /** TCP port, 1-65535. */
  readonly port: number;
}

/**
 * How the endpoint of a new connection is chosen. `kernel`: by the kernel itself, each in its turn, where it can (`nft_redirect.ts`): nothing is copied, but
 * a connection to an endpoint that has just died fails where otherwise the next one is tried.
 */
export type BalancePolicy = "round-robin" | "random" | "kernel";

/** One port of one service. */
export interface ProxiedPort {
  /** `namespace/service:port-name`; unique, and what logs and state call it. */
  readonly name: string;
  /** Addresses that clients dial: the ClusterIP and external IPs. */
  readonly addresses: readonly string[];
  /** Port on those addresses, 1-65535. */
  readonly port: number;
  /** Port on all of the node's own addresses; absent when the service has none. */
  readonly nodePort?: number;
  readonly policy: BalancePolicy;
  /** Ready endpoints only. With none, connections are refused, as kube-proxy rejects them. */
  readonly endpoints: readonly ProxyEndpoint[];
}

/** `ip:port`, the identity of an endpoint. */
export function endpointKey(endpoint: ProxyEndpoint): string {
  return `${endpoint.ip}:${endpoint.port}`;
}
