/**
 * One service port: a listener, its balancer, and the connections that run through it.
 *
 * @module
 */
import {
  type ByteStream,
  type Host,
  HostError,
  type StreamListener,
} from "../../src/base/host.ts";
import { type Balancer, makeBalancer } from "./balancer.ts";
import {
  endpointKey,
  type ProxiedPort,
  type ProxyEndpoint,
} from "./proxied_service.ts";
import { close, relay } from "./relay.ts";

/** How long one endpoint may take to answer a connect before the next is tried: kube-proxy's userspace mode began with these. */
const DIAL_TIMEOUTS_MS = [250, 500, 1_000, 2_000] as const;

/** Serves the connections of one service port. */
export class TcpPort implements AsyncDisposable {
  readonly #host: Host;
  readonly #listener: StreamListener;
  /** Client sides of running connections; closed at the end. */
  readonly #connections = new Set<ByteStream>();
  readonly #onIdle: (() => void)[] = [];
  #spec: ProxiedPort;
  #balancer: Balancer;
  #failures = 0;
  #served = 0;
  #closed = false;
  readonly #accepting: Promise<void>;

  private constructor(
    host: Host,
    options: { spec: ProxiedPort; listener: StreamListener },
  ) {
    this.#host = host;
    this.#spec = options.spec;
    this.#listener = options.listener;
    this.#balancer = makeBalancer(options.spec.policy, host.random);
    this.#balancer.update(options.spec.endpoints);
    this.#accepting = this.#accept();
  }

  /**
   * Listens and serves.
   *
   * @param options `hostname` and `port` to bind; port 0 takes any
   * @throws {HostError} `in-use`, `permission`
   */
  static async open(
    host: Host,
    options: { spec: ProxiedPort; hostname: string; port: number },
  ): Promise<TcpPort> {
    const { spec, hostname, port } = options;
    const listener = await host.net.listen({ hostname, port });
    return new TcpPort(host, { spec, listener });
  }

  /** The port that it listens on. */
  get port(): number {
    const address = this.#listener.address;
    return "port" in address ? address.port : 0;
  }

  /** Connections that run now. */
  get connections(): number {
    return this.#connections.size;
  }

  /** For `/debug/state`. */
  state(): Record<string, unknown> {
    return {
      name: this.#spec.name,
      listenPort: this.port,
      endpoints: this.#spec.endpoints.map(endpointKey),
      connections: this.#connections.size,
      served: this.#served,
      failures: this.#failures,
    };
  }

  /** New connections follow the new endpoints; running ones are left to end. */
  update(spec: ProxiedPort): void {
    if (spec.policy !== this.#spec.policy) {
      this.#balancer = makeBalancer(spec.policy, this.#host.random);
    }
    this.#spec = spec;
    this.#balancer.update(spec.endpoints);
  }

  /** Takes no new connections; running ones are left to end. Resolves once the kernel refuses new ones. */
  async stopListening(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#listener.close();
    }
    await this.#accepting;
  }

  /** Resolves when no connection runs. */
  idle(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Stops listening and breaks the connections that still run. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopListening();
    for (const connection of this.#connections) close(connection);
  }

  async #accept(): Promise<void> {
    while (!this.#closed) {
      let client: ByteStream;
      try {
        ({ stream: client } = await this.#listener.accept());
      } catch (error) {
        if (this.#closed) return;
        // Out of descriptors, or a client that was gone before we took it: neither may end the service, nor spin.
        this.#host.log("warn", "Could not accept a connection", {
          service: this.#spec.name,
          error: String(error),
        });
        await this.#host.clock.sleep(50);
        continue;
      }
      this.#connections.add(client);
      this.#host.spawn("proxy-connection", async () => {
        try {
          await this.#serve(client);
        } finally {
          this.#connections.delete(client);
          if (this.#connections.size === 0) {
            for (const told of this.#onIdle.splice(0)) told();
          }
        }
      });
    }
  }

  async #serve(client: ByteStream): Promise<void> {
    const endpoint = await this.#dial();
    if (!endpoint) {
      close(client);
      return;
    }
    this.#served++;
    await relay(client, endpoint);
  }

  /**
   * Connects to the endpoint whose turn it is, else to the next ones: a pod that just died costs its clients nothing. An endpoint that refused
   * is not asked again; one that was only slow is, with more patience.
   */
  async #dial(): Promise<ByteStream | undefined> {
    const candidates = [...this.#balancer.order()];
    const attempts = Math.max(candidates.length, DIAL_TIMEOUTS_MS.length);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const endpoint = candidates.shift();
      if (!endpoint) return undefined;
      try {
        return await this.#dialOne(endpoint, attempt);
      } catch (error) {
        this.#failures++;
        this.#host.log("debug", "Could not reach an endpoint", {
          service: this.#spec.name,
          endpoint: endpointKey(endpoint),
          error: String(error),
        });
        const refused = error instanceof HostError && error.code === "refused";
        if (!refused) candidates.push(endpoint);
      }
    }
    return undefined;
  }

  async #dialOne(
    endpoint: ProxyEndpoint,
    attempt: number,
  ): Promise<ByteStream> {
    const patience = Math.min(attempt, DIAL_TIMEOUTS_MS.length - 1);
    const abort = new AbortController();
    const timer = this.#host.clock.after(
      DIAL_TIMEOUTS_MS[patience]!,
      () => abort.abort(new HostError("timeout", "Endpoint did not answer")),
    );
    try {
      return await this.#host.net.dial(
        { hostname: endpoint.ip, port: endpoint.port },
        { signal: abort.signal },
      );
    } finally {
      timer.cancel();
    }
  }
}
