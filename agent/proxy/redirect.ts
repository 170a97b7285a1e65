/**
 * How connections to a service's address find the proxy's listener. Three ways, best first:
 *
 * - `nft`: listeners on ephemeral ports, an nftables redirect from VIP:port to them, and one local route for the service network. Nothing is bound on the
 *   VIP, so that host-network pods, sshd and other listeners never conflict.
 * - `local-route`: as root without nft: the local route alone ("AnyIP"), listeners on the VIPs.
 * - `loopback`: as an ordinary user: VIPs are addresses of 127.0.0.0/8, listeners on them.
 *
 * @module
 */
import type { ProxiedPort } from "./proxied_service.ts";

/** Where a listener has to be for a service port. */
export interface Binding {
  readonly hostname: string;
  /** 0 takes any. */
  readonly port: number;
}

/** A service port with the listener that serves it. */
export interface BoundPort {
  readonly spec: ProxiedPort;
  readonly listenPort: number;
}

/** One of the ways of the module's comment. */
export interface Redirect extends AsyncDisposable {
  /** `nft`, `local-route` or `loopback`, for state and logs. */
  readonly mode: string;
  /** The listeners that a service port needs. */
  bindings(spec: ProxiedPort): readonly Binding[];
  /** Makes connections to these ports arrive at their listeners, and only to these. */
  apply(ports: readonly BoundPort[]): Promise<void>;
  /**
   * Makes new connections go to the endpoints without us, as long as no agent runs; running ones through our listeners go on.
   *
   * @returns whether it can: only the kernel's own rules outlive us
   */
  handOver(ports: readonly BoundPort[]): Promise<boolean>;
  /** Takes everything away from the machine: table, route. */
  [Symbol.asyncDispose](): Promise<void>;
}
