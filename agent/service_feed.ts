/**
 * From what the node knows of services to what the proxy is told.
 *
 * @module
 */
import type { Service } from "../src/api/core/service.ts";
import { messageOf } from "../src/base/errors.ts";
import type { Host, Timer } from "../src/base/host.ts";
import type { EndpointSource } from "./pod/endpoint_source.ts";
import type { BalancePolicy, ProxiedPort, ServiceProxy } from "./proxy/mod.ts";

/** Annotation on a Service that chooses how endpoints are taken: `round-robin` (default), `random` or `kernel`. */
export const POLICY_ANNOTATION = "wherry.dev/balance";

/** First and longest wait, in milliseconds, after the proxy could not do as it was told. */
const RETRY_MS = { first: 1_000, longest: 60_000 } as const;

/** Tells the proxy of every change, and tells it again when it failed: nothing else would before the next change. */
export class ServiceFeed implements Disposable {
  readonly #host: Pick<Host, "clock" | "log" | "spawn">;
  readonly #source: EndpointSource;
  readonly #proxy: Pick<ServiceProxy, "sync">;
  readonly #subscription: Disposable;
  #retry: Timer | undefined;
  #waitMs: number = RETRY_MS.first;
  #closed = false;

  /** Follows the changes from now on; {@linkcode ServiceFeed.sync} tells what there is already. */
  constructor(
    host: Pick<Host, "clock" | "log" | "spawn">,
    parts: {
      readonly source: EndpointSource;
      readonly proxy: Pick<ServiceProxy, "sync">;
    },
  ) {
    this.#host = host;
    this.#source = parts.source;
    this.#proxy = parts.proxy;
    this.#subscription = parts.source.onChange(() => this.#spawn());
  }

  /** Resolves when the proxy has done what it could. Does not throw. */
  async sync(): Promise<void> {
    this.#retry?.cancel();
    this.#retry = undefined;
    try {
      await this.#proxy.sync(proxiedPorts(this.#source));
      this.#waitMs = RETRY_MS.first;
    } catch (error) {
      // Calls that come close together are one pass of the proxy, and fail as one.
      if (this.#closed || this.#retry) return;
      this.#host.log("error", "Could not bring the service proxy up to date", {
        error: messageOf(error),
      });
      this.#retry = this.#host.clock.after(this.#waitMs, () => this.#spawn());
      this.#waitMs = Math.min(this.#waitMs * 2, RETRY_MS.longest);
    }
  }

  /** Tells the proxy nothing more. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#subscription[Symbol.dispose]();
    this.#retry?.cancel();
  }

  #spawn(): void {
    this.#host.spawn("proxy-sync", () => this.sync());
  }
}

/** All TCP ports of services that have addresses. */
export function proxiedPorts(source: EndpointSource): ProxiedPort[] {
  return source.services().flatMap((service) => {
    const addresses = addressesOf(service);
    if (addresses.length === 0) return [];
    const { namespace, name } = service.metadata;
    const policy = policyOf(service);
    return source.endpoints(`${namespace}/${name}`)
      .filter(({ port }) => (port.protocol ?? "TCP") === "TCP")
      .map(({ port, endpoints }) => ({
        name: `${namespace}/${name}:${port.name ?? ""}`,
        addresses,
        port: port.port,
        ...(port.nodePort && { nodePort: port.nodePort }),
        policy,
        endpoints,
      }));
  });
}

function addressesOf({ spec, status }: Service): string[] {
  if (!spec.clusterIP || spec.clusterIP === "None") return [];
  const balancers = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) =>
    ip ? [ip] : []
  );
  return [spec.clusterIP, ...(spec.externalIPs ?? []), ...balancers];
}

function policyOf({ metadata }: Service): BalancePolicy {
  const wish = metadata.annotations?.[POLICY_ANNOTATION];
  return wish === "random" || wish === "kernel" ? wish : "round-robin";
}
