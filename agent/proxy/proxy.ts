/**
 * The service proxy: makes the node's services reachable by their addresses, in userspace.
 *
 * @module
 */
import { type Host, HostError } from "../../src/base/host.ts";
import type { ProxiedPort } from "./proxied_service.ts";
import type { BoundPort, Redirect } from "./redirect.ts";
import { TcpPort } from "./tcp_port.ts";

/** A service port that is being served, by one listener or several. */
interface Served {
  spec: ProxiedPort;
  readonly listeners: TcpPort[];
}

/** Serves the services that it is told of. Owned by the agent; independent of any connection to the server. */
export class ServiceProxy implements AsyncDisposable {
  readonly #host: Host;
  readonly #redirect: Redirect;
  readonly #served = new Map<string, Served>();
  /** Addresses that could not be bound, and why. */
  readonly #failed = new Map<string, string>();
  /** Removed ports whose last connections still run. */
  readonly #draining = new Set<TcpPort>();
  /** The newest wish, if a pass is running. */
  #wanted: readonly ProxiedPort[] | undefined;
  #running: Promise<void> | undefined;

  /** @param redirect how connections find the listeners; owned by the proxy from now on */
  constructor(host: Host, redirect: Redirect) {
    this.#host = host;
    this.#redirect = redirect;
  }

  /**
   * Brings the proxy to these ports and endpoints. Endpoints that are gone get no new connections from this call on; what the kernel has to know
   * (new and removed ports) follows at once, several calls as one.
   *
   * @returns a promise that resolves when the newest wish is in force
   */
  sync(ports: readonly ProxiedPort[]): Promise<void> {
    // Endpoints first and synchronously: no new connection may go to a pod that is being stopped.
    for (const spec of ports) {
      const served = this.#served.get(spec.name);
      if (!served) continue;
      if (!sameAddresses(served.spec, spec)) continue;
      served.spec = spec;
      for (const listener of served.listeners) listener.update(spec);
    }
    this.#wanted = ports;
    this.#running ??= this.#run();
    return this.#running;
  }

  /** For `/debug/state`. */
  state(): Record<string, unknown> {
    return {
      mode: this.#redirect.mode,
      ports: [...this.#served.values()].flatMap(({ listeners }) =>
        listeners.map((listener) => listener.state())
      ),
      draining: this.#draining.size,
    };
  }

  /**
   * Ends the proxy but not the services: the kernel takes new connections to the endpoints of this moment until the next agent comes, and running
   * connections may end by themselves.
   *
   * @param options `drainMs`: how long running connections may take; the rest is broken
   */
  async handOver(options: { drainMs: number }): Promise<void> {
    this.#wanted = undefined;
    await this.#running?.catch(() => {});
    const ports = this.#bound();
    if (!await this.#redirect.handOver(ports)) {
      await this[Symbol.asyncDispose]();
      return;
    }
    const open = [...this.#listeners(), ...this.#draining];
    for (const listener of open) await listener.stopListening();
    await Promise.race([
      Promise.all(open.map((listener) => listener.idle())),
      this.#host.clock.sleep(options.drainMs),
    ]);
    for (const listener of open) await listener[Symbol.asyncDispose]();
  }

  /** Breaks all connections and takes rules and routes away. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#wanted = undefined;
    await this.#running?.catch(() => {});
    await this.#redirect[Symbol.asyncDispose]();
    for (const { listeners } of this.#served.values()) {
      for (const listener of listeners) await listener[Symbol.asyncDispose]();
    }
    for (const port of this.#draining) await port[Symbol.asyncDispose]();
    this.#served.clear();
    this.#draining.clear();
  }

  async #run(): Promise<void> {
    try {
      while (this.#wanted) {
        const wanted = this.#wanted;
        this.#wanted = undefined;
        await this.#pass(wanted);
      }
    } finally {
      this.#running = undefined;
    }
  }

  async #pass(ports: readonly ProxiedPort[]): Promise<void> {
    // A port without endpoints has no listener: the local route then refuses, as kube-proxy rejects.
    const wanted = new Map(
      ports.filter((port) => port.endpoints.length > 0).map((
        port,
      ) => [port.name, port]),
    );
    const removed: TcpPort[] = [];
    for (const [name, served] of this.#served) {
      const spec = wanted.get(name);
      if (spec && sameAddresses(served.spec, spec)) continue;
      this.#served.delete(name);
      removed.push(...served.listeners);
    }
    // Listeners on VIPs must be gone before others bind the same address; redirected ones must outlive their rule.
    if (this.#redirect.mode !== "nft") await this.#retire(removed);
    for (const [name, spec] of wanted) {
      const served = this.#served.get(name);
      if (served) {
        served.spec = spec;
        for (const listener of served.listeners) listener.update(spec);
      } else {
        const listeners = await this.#open(spec);
        if (listeners.length) this.#served.set(name, { spec, listeners });
      }
    }
    try {
      await this.#redirect.apply(this.#bound());
    } finally {
      // Nobody else knows of them any more.
      await this.#retire(removed);
    }
  }

  /** Opens the listeners of a port. One that cannot be bound is logged and left out: it must not take the others down. */
  async #open(spec: ProxiedPort): Promise<TcpPort[]> {
    const listeners: TcpPort[] = [];
    for (const binding of this.#redirect.bindings(spec)) {
      const address = `${binding.hostname}:${binding.port}`;
      try {
        listeners.push(await TcpPort.open(this.#host, { spec, ...binding }));
        this.#failed.delete(address);
      } catch (error) {
        // Tried again at each change, told once.
        const why = error instanceof Error ? error.message : String(error);
        if (this.#failed.get(address) === why) continue;
        this.#failed.set(address, why);
        const isLow = error instanceof HostError && error.code === "permission";
        this.#host.log(
          isLow ? "warn" : "error",
          "Could not listen for a service",
          {
            service: spec.name,
            address,
            error: isLow ? "Ports below 1024 need root" : why,
          },
        );
      }
    }
    return listeners;
  }

  #listeners(): TcpPort[] {
    return [...this.#served.values()].flatMap(({ listeners }) => listeners);
  }

  #bound(): BoundPort[] {
    return [...this.#served.values()].flatMap(({ spec, listeners }) =>
      listeners.map((listener) => ({ spec, listenPort: listener.port }))
    );
  }

  /** No new connections; the running ones end by themselves. */
  async #retire(ports: readonly TcpPort[]): Promise<void> {
    for (const port of ports) {
      await port.stopListening();
      if (port.connections > 0) this.#draining.add(port);
    }
    for (const port of this.#draining) {
      if (port.connections === 0) this.#draining.delete(port);
    }
  }
}

/** Whether clients reach both by the same addresses, so that listeners can stay. */
function sameAddresses(a: ProxiedPort, b: ProxiedPort): boolean {
  return a.port === b.port && a.nodePort === b.nodePort &&
    a.addresses.join() === b.addresses.join();
}
