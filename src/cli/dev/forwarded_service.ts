/**
 * A port of this machine that leads to the newest pods of a workload, wherever they are.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import { HostError, type StreamListener } from "../../base/host.ts";
import type { Informer } from "../../client/client.ts";
import type { CliContext } from "../context.ts";
import { describeFailure } from "../failure.ts";
import { carryConnection, type Peer } from "./carried_connection.ts";

const LOCALHOST = "127.0.0.1";

/** Listens until disposed. */
export class ForwardedService implements Disposable {
  /** Where it listens. */
  readonly port: number;
  /** Pods of this image take connections, in turn. */
  image = "";
  readonly #listener: StreamListener;
  readonly #pods: Informer<Pod>;
  readonly #remote: number;
  #next = 0;

  private constructor(
    listener: StreamListener,
    options: { readonly pods: Informer<Pod>; readonly remote: number },
  ) {
    this.#listener = listener;
    this.#pods = options.pods;
    this.#remote = options.remote;
    this.port = (listener.address as { port: number }).port;
  }

  /** Listens on the port, or on any other when that is taken. */
  static async open(
    context: CliContext,
    options: {
      readonly pods: Informer<Pod>;
      readonly local: number;
      readonly remote: number;
      readonly signal: AbortSignal;
    },
  ): Promise<ForwardedService> {
    const { host } = context;
    const at = { hostname: LOCALHOST, port: options.local };
    const listener = await host.net.listen(at).catch((error) => {
      const isTaken = error instanceof HostError &&
        (error.code === "in-use" || error.code === "permission");
      if (!isTaken) throw error;
      return host.net.listen({ ...at, port: 0 });
    });
    const service = new ForwardedService(listener, options);
    host.spawn("forwarded service", () => service.#run(context, options));
    return service;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #run(
    context: CliContext,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<void> {
    const { host, terminal } = context;
    const transport = await context.transport();
    while (true) {
      let stream;
      try {
        ({ stream } = await this.#listener.accept());
      } catch (error) {
        if (error instanceof HostError && error.code === "closed") return;
        throw error;
      }
      host.spawn("forwarded connection", async () => {
        try {
          const choose = () => this.#choose();
          await carryConnection(host, transport, { stream, choose, signal });
        } catch (error) {
          if (signal.aborted) return;
          terminal.err(describeFailure(error, `forwarding ${this.port}: `));
        }
      });
    }
  }

  /** The next pod: of the newest version while it runs, else any other that does. */
  #choose(): Peer | undefined {
    const running = this.#pods.list().filter(({ metadata, status }) =>
      status?.phase === "Running" && metadata.deletionTimestamp === undefined
    );
    const newest = running.filter(({ spec }) =>
      spec.containers[0]?.image === this.image
    );
    const pods = newest.length > 0 ? newest : running;
    const pod = pods[this.#next++ % pods.length];
    return pod && {
      namespace: pod.metadata.namespace ?? "",
      pod: pod.metadata.name ?? "",
      port: this.#remote,
    };
  }
}
