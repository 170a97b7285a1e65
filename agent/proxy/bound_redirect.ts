/**
 * The ways without nft: listeners on the service's own addresses and ports. See `redirect.ts`.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { LocalRoute } from "./local_route.ts";
import type { ProxiedPort } from "./proxied_service.ts";
import type { Binding, Redirect } from "./redirect.ts";

/** Listeners on the VIPs, and on all addresses for node ports. */
export class BoundRedirect implements Redirect {
  /** @inheritDoc */
  readonly mode: "local-route" | "loopback";
  readonly #route: LocalRoute | undefined;

  private constructor(route: LocalRoute | undefined) {
    this.mode = route ? "local-route" : "loopback";
    this.#route = route;
  }

  /** VIPs of 127.0.0.0/8, which every user may bind (ports from 1024). */
  static loopback(): BoundRedirect {
    return new BoundRedirect(undefined);
  }

  /**
   * VIPs of any network, made local by a route.
   *
   * @throws {Error} when the route cannot be added
   */
  static async localRoute(
    host: Host,
    serviceCidr: string,
  ): Promise<BoundRedirect> {
    return new BoundRedirect(await LocalRoute.add(host, serviceCidr));
  }

  /** @inheritDoc */
  bindings(spec: ProxiedPort): readonly Binding[] {
    const vips = spec.addresses.map((hostname) => ({
      hostname,
      port: spec.port,
    }));
    if (spec.nodePort === undefined) return vips;
    return [...vips, { hostname: "0.0.0.0", port: spec.nodePort }];
  }

  /** The listeners are all there is. */
  async apply(): Promise<void> {}

  /** Listeners end with us. */
  handOver(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** @inheritDoc */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#route?.[Symbol.asyncDispose]();
  }
}
