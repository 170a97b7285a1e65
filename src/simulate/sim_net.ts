/**
 * The simulated network: machines with names, links with latency that can be cut, HTTP servers and message sockets.
 *
 * A cut holds messages back as TCP does and delivers them after it is healed; a connect into a cut times out. A crashed machine's sockets break at
 * the other end when that end next hears from the reborn machine, or at once when the operating system lived on.
 *
 * @module
 */
import {
  type ByteStream,
  type DialOptions,
  HostError,
  type HttpServer,
  type MessageSocket,
  type Network,
  type RequestHandler,
  type StreamListener,
} from "../base/host.ts";
import type { Kernel, Life } from "./kernel.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** How long a connect tries before it gives up. */
const CONNECT_TIMEOUT_MS = 10_000;

/** What listens at `machine:port`. */
interface Serving {
  readonly life: Life;
  readonly handler: RequestHandler;
}

/** The world's network. */
export class SimNetwork {
  readonly #kernel: Kernel;
  readonly #random: SeededRandom;
  readonly #serving = new Map<string, Serving>();
  /** Machines cut off from all others. */
  readonly #cut = new Set<string>();
  /** Deliveries held back by a cut, in order. */
  #held: { a: string; b: string; deliver: () => void }[] = [];
  /** Sockets by life, to break them when it ends. */
  readonly #sockets = new Map<Life, Set<SimSocket>>();
  /** The newest life of each machine. */
  readonly #lives = new Map<string, Life>();
  /** Last delivery time by direction: messages do not overtake one another. */
  readonly #arrival = new Map<object, number>();
  /** One-way latency range. */
  latencyMs: readonly [number, number] = [1, 30];

  constructor(kernel: Kernel, random: SeededRandom) {
    this.#kernel = kernel;
    this.#random = random;
  }

  /** Cuts a machine off. */
  cut(machine: string): void {
    this.#cut.add(machine);
  }

  /** Ends a cut; what was held back flows. */
  heal(machine: string): void {
    this.#cut.delete(machine);
    const held = this.#held;
    this.#held = [];
    for (const message of held) {
      this.#send(message.a, message.b, message.deliver);
    }
  }

  /** Whether two machines reach each other now. */
  reaches(a: string, b: string): boolean {
    return a === b || !(this.#cut.has(a) || this.#cut.has(b));
  }

  /**
   * A life has ended: its servers are gone. When the operating system lives on, its sockets break at the other ends at once; after a power cut
   * those learn of it only when they send to the reborn machine.
   */
  ended(life: Life, options: { reset: boolean }): void {
    for (const [address, serving] of this.#serving) {
      if (serving.life === life) this.#serving.delete(address);
    }
    for (const socket of options.reset ? this.#sockets.get(life) ?? [] : []) {
      const { peer } = socket;
      if (!peer || !peer.life.alive) continue;
      this.deliver(socket, {
        to: peer.life,
        fn: () => peer.broken("Connection reset"),
      });
    }
    this.#sockets.delete(life);
  }

  /** Sends in order along one direction; `from` identifies the direction. */
  deliver(
    from: SimSocket,
    options: { to: Life; fn: () => void },
  ): void {
    const { to, fn } = options;
    const go = () => {
      const earliest = this.#arrival.get(from) ?? 0;
      const at = Math.max(
        earliest + 0.001,
        this.#kernel.nowMs + this.#latency(from.life.machine, to.machine),
      );
      this.#arrival.set(from, at);
      this.#kernel.schedule(to, { afterMs: at - this.#kernel.nowMs, fn });
    };
    this.#send(from.life.machine, to.machine, go);
  }

  /** Whether any life of the machine runs now. */
  isUp(machine: string): boolean {
    return this.#lives.get(machine)?.alive ?? false;
  }

  /** The network as one life of a machine sees it. */
  of(life: Life): Network {
    this.#lives.set(life.machine, life);
    const kernel = this.#kernel;
    const connect = async (url: URL): Promise<Serving> => {
      const { hostname: machine } = url;
      const port = url.port || (url.protocol.endsWith("s:") ? "443" : "80");
      if (!this.reaches(life.machine, machine)) {
        await kernel.delay(life, CONNECT_TIMEOUT_MS);
        throw new HostError("timeout", `No answer from ${machine}`);
      }
      await kernel.delay(life, this.#latency(life.machine, machine) * 2);
      const serving = this.#serving.get(`${machine}:${port}`);
      if (!serving || !serving.life.alive) {
        throw new HostError("refused", `Connection refused by ${machine}`);
      }
      return serving;
    };
    return {
      fetch: async (request: Request, _options?: DialOptions) => {
        const serving = await connect(new URL(request.url));
        const response = await this.#call(life, { serving, request });
        // Bodies travel whole: long answers ride on the agents' links, not on this.
        const body = await response.arrayBuffer();
        await kernel.delay(
          life,
          this.#latency(serving.life.machine, life.machine),
        );
        return new Response(body.byteLength ? body : null, {
          status: response.status,
          headers: response.headers,
        });
      },
      serve: (handler, { at }) => {
        if (!("port" in at)) {
          return Promise.resolve(idleServer(at));
        }
        const key = `${life.machine}:${at.port}`;
        if (this.#serving.get(key)?.life.alive) {
          throw new HostError("in-use", `Address in use: ${key}`);
        }
        this.#serving.set(key, { life, handler });
        const close = () => {
          if (this.#serving.get(key)?.life === life) this.#serving.delete(key);
          return Promise.resolve();
        };
        return Promise.resolve(
          {
            address: at,
            close,
            [Symbol.asyncDispose]: close,
          } satisfies HttpServer,
        );
      },
      upgrade: (request, options = {}) => {
        const pending = upgrades.get(request);
        if (!pending) throw new HostError("invalid", "Not a socket upgrade");
        const socket = this.#socket(life, options.protocol ?? "");
        pending(socket);
        // A Response cannot have status 101; the network only looks at the socket.
        return { socket, response: new Response(null, { status: 204 }) };
      },
      switchProtocols: () => {
        throw new HostError("invalid", "Byte streams are not simulated");
      },
      startTls: () => {
        throw new HostError("invalid", "Byte streams are not simulated");
      },
      openSocket: async (url, options = {}) => {
        const target = new URL(url.replace(/^ws/, "http"));
        const serving = await connect(target);
        const request = new Request(target, {
          headers: {
            ...options.headers,
            connection: "Upgrade",
            upgrade: "websocket",
            "sec-websocket-protocol": (options.protocols ?? []).join(", "),
          },
        });
        let theirs: SimSocket | undefined;
        upgrades.set(request, (socket) => theirs = socket);
        const response = await this.#call(life, { serving, request });
        if (!theirs) {
          throw new HostError(
            "refused",
            `The server refused the socket: ${response.status} ${await response
              .text()}`,
          );
        }
        const ours = this.#socket(life, theirs.protocol);
        ours.connect(theirs);
        theirs.connect(ours);
        return ours;
      },
      listen: (at) =>
        Promise.resolve(
          {
            address: at,
            accept: () => new Promise<never>(() => {}),
            close: () => {},
            [Symbol.dispose]: () => {},
          } satisfies StreamListener,
        ),
      dial: (): Promise<ByteStream> => {
        throw new HostError("refused", "Byte streams are not simulated");
      },
    };
  }

  #latency(a: string, b: string): number {
    return a === b ? 0.05 : this.#random.between(...this.latencyMs);
  }

  #send(a: string, b: string, deliver: () => void): void {
    if (this.reaches(a, b)) deliver();
    else this.#held.push({ a, b, deliver });
  }

  /** Runs a server's handler in an event of the server, and brings the answer back in an event of the caller. */
  #call(
    life: Life,
    options: { serving: Serving; request: Request },
  ): Promise<Response> {
    const { serving, request } = options;
    const kernel = this.#kernel;
    return new Promise((resolve, reject) => {
      const answer = (fn: () => void) =>
        kernel.schedule(life, { afterMs: 0.1, fn });
      kernel.schedule(serving.life, {
        afterMs: 0.1,
        fn: () => {
          void (async () => {
            try {
              const response = await serving.handler(request, {
                remote: { hostname: life.machine, port: 1 },
              });
              answer(() => resolve(response));
            } catch (error) {
              answer(() => reject(error));
            }
          })();
        },
      });
    });
  }

  #socket(life: Life, protocol: string): SimSocket {
    const socket = new SimSocket(this, { life, protocol });
    const set = this.#sockets.get(life) ?? new Set();
    this.#sockets.set(life, set.add(socket));
    return socket;
  }
}

/** Requests that want to become sockets, and who waits for the server's end. */
const upgrades = new WeakMap<Request, (socket: SimSocket) => void>();

type Receivers = Parameters<MessageSocket["listen"]>[0];

/** One end of a message socket. */
export class SimSocket implements MessageSocket {
  readonly protocol: string;
  readonly bufferedBytes = 0;
  readonly life: Life;
  peer: SimSocket | undefined;
  readonly #network: SimNetwork;
  #receivers: Receivers | undefined;
  /** Messages and closes from before the receivers were set. */
  #early: ((receivers: Receivers) => void)[] = [];
  /** Sent before the other end was known. */
  #unsent: (string | Uint8Array)[] = [];
  #closed = false;

  constructor(
    network: SimNetwork,
    options: { life: Life; protocol: string },
  ) {
    this.#network = network;
    this.life = options.life;
    this.protocol = options.protocol;
  }

  /** Joins the two ends. */
  connect(peer: SimSocket): void {
    this.peer = peer;
    for (const message of this.#unsent.splice(0)) this.send(message);
  }

  send(data: string | Uint8Array): void {
    if (this.#closed) return;
    const { peer } = this;
    if (!peer) {
      this.#unsent.push(data);
      return;
    }
    const copy = typeof data === "string" ? data : new Uint8Array(data);
    if (!peer.life.alive) {
      // Nobody is there any more: a machine that is off says nothing, a reborn one answers with a reset.
      if (!this.#network.isUp(peer.life.machine)) return;
      this.#network.deliver(this, {
        to: this.life,
        fn: () => this.broken("Connection reset"),
      });
      return;
    }
    this.#network.deliver(this, {
      to: peer.life,
      fn: () => peer.#hand((receivers) => receivers.onMessage(copy)),
    });
  }

  listen(receivers: Receivers): void {
    this.#receivers = receivers;
    for (const early of this.#early.splice(0)) early(receivers);
  }

  close(code = 1000, reason = ""): void {
    if (this.#closed) return;
    const { peer } = this;
    if (peer?.life.alive) {
      this.#network.deliver(this, {
        to: peer.life,
        fn: () => peer.#end(code, reason),
      });
    }
    this.#end(code, reason);
  }

  /** The connection is gone without a closing handshake. */
  broken(reason: string): void {
    this.#end(1006, reason);
  }

  #end(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    const receivers = this.#receivers;
    if (receivers) receivers.onClose({ code, reason });
    else this.#early.push((late) => late.onClose({ code, reason }));
  }

  #hand(fn: (receivers: Receivers) => void): void {
    if (this.#closed) return;
    if (this.#receivers) fn(this.#receivers);
    else this.#early.push(fn);
  }
}

/** A server on a unix socket: nobody dials it in a simulation. */
function idleServer(address: HttpServer["address"]): HttpServer {
  const close = () => Promise.resolve();
  return { address, close, [Symbol.asyncDispose]: close };
}
