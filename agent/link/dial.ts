/**
 * The node's one connection to its server.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import { type Host, HostError } from "../../src/base/host.ts";
import { createMux, type Mux, type MuxStream } from "../../src/base/mux.ts";
import {
  fetchOverMux,
  isHttpStream,
  type LinkHandler,
  serveOverMux,
} from "../../src/base/mux_http.ts";
import type { Transport } from "../../src/client/client.ts";
import { Bell } from "../container/bell.ts";
import type { Identity } from "../node/identity.ts";
import { handshake, LinkRefused, type Welcome } from "./handshake.ts";
import type { JoinToken } from "./join_token.ts";
import { fetchTrustedCa, WrongServerError } from "./trust.ts";

/** First wait, in milliseconds, before dialling again. */
export const FIRST_RETRY_MS = 1_000;
/** Longest wait, in milliseconds. Each wait is drawn between half of it and all of it, so that a fleet does not come back as one. */
export const LONGEST_RETRY_MS = 60_000;
/** A connection that lasted this long, in milliseconds, was a good one: the next wait is short again. */
const GOOD_MS = 30_000;
/** Path of the link on the server. */
const LINK_PATH = "/wherry/v1/link";

/** What a {@linkcode ServerLink} needs. */
export interface ServerLinkOptions {
  /** `https://host:port`. */
  readonly server: string;
  readonly node: string;
  readonly identity: Identity;
  /** Needed until a server has accepted the node's key. */
  readonly token?: JoinToken;
  /** Serves the server's requests. */
  readonly handler: LinkHandler;
  /** Serves the streams that the server opens for other things. Never rejects. @default they are refused */
  readonly onStream?: (stream: MuxStream) => Promise<void>;
  /** Called each time the link is up. */
  readonly onUp?: (welcome: Welcome) => void;
}

/**
 * Dials the server, and again for ever when the connection is lost. Everything between node and server rides on it.
 *
 * A node that no server has accepted yet gives up when it is refused: then the token or the address is wrong, and a person is there to read it.
 */
export class ServerLink {
  readonly #host: Host;
  readonly #options: ServerLinkOptions;
  readonly #bell = new Bell();
  #mux: Mux | undefined;
  #welcome: Welcome | undefined;
  #lastError: string | undefined;
  #upCount = 0;
  #signal: AbortSignal | undefined;

  constructor(host: Host, options: ServerLinkOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Carries API requests. While the link is down they wait for it; only the request's own signal ends the wait. */
  get transport(): Transport {
    return { fetch: (request) => this.#fetch(request) };
  }

  /** The server's `host:port`. */
  get serverAddress(): string {
    return new URL(this.#options.server).host;
  }

  /** Whether the link is up. */
  get isUp(): boolean {
    return this.#mux !== undefined;
  }

  /** What the server said last when it let us in. */
  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  /** For `/debug/state`. */
  state(): Record<string, unknown> {
    return {
      server: this.#options.server,
      up: this.isUp,
      connections: this.#upCount,
      ...(this.#mux && {
        silentMs: this.#host.clock.monotonicMs() - this.#mux.lastHeardMs,
      }),
      ...(this.#lastError && { lastError: this.#lastError }),
    };
  }

  /** Resolves when the link is up. @throws the signal's reason */
  async up(signal: AbortSignal): Promise<void> {
    for (;;) {
      const seen = this.#bell.rings;
      if (this.#mux) return;
      await this.#bell.after(seen, signal);
    }
  }

  /**
   * Keeps the link until the signal aborts.
   *
   * @throws {LinkRefused} {WrongServerError} when this node was never let in and is refused
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    let waitMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      const startedMs = this.#host.clock.monotonicMs();
      try {
        await this.#connect(signal);
        const lastedMs = this.#host.clock.monotonicMs() - startedMs;
        if (lastedMs >= GOOD_MS) waitMs = FIRST_RETRY_MS;
      } catch (error) {
        if (signal.aborted) break;
        this.#lastError = messageOf(error);
        const refused = error instanceof LinkRefused ||
          error instanceof WrongServerError;
        if (refused && !this.#options.identity.joined) throw error;
        this.#host.log(
          refused ? "error" : "warn",
          "Could not connect to the server, will try again",
          { server: this.#options.server, error: messageOf(error), waitMs },
        );
      }
      const jitteredMs = waitMs * (0.5 + this.#host.random.float() / 2);
      waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS);
      await this.#host.clock.sleep(jitteredMs, signal).catch(() => {});
    }
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const { server, node, identity, token } = this.#options;
    const ca = await this.#trustedCa(signal);
    const url = new URL(LINK_PATH, server);
    url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
    const dialled = await this.#host.net.openSocket(url.href, {
      ...(ca !== undefined && { ca }),
      signal,
    });
    const { welcome, socket } = await handshake(this.#host, dialled, {
      node,
      identity,
      ...(token && !identity.joined && { bootstrapToken: token.bootstrap }),
    });
    const mux = createMux(this.#host, socket, {
      role: "client",
      keepAliveMs: welcome.keepAliveSeconds * 1000,
      onStream: (stream) => this.#serve(stream),
    });
    const onAbort = () => mux.close("The agent stops");
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await identity.setJoined();
      this.#mux = mux;
      this.#welcome = welcome;
      this.#lastError = undefined;
      this.#upCount++;
      this.#bell.ring();
      this.#host.log("info", "Connected to the server", { server });
      this.#options.onUp?.(welcome);
      const reason = await mux.closed;
      this.#lastError = reason;
      if (!signal.aborted) {
        this.#host.log("warn", "Lost the server", { server, reason });
      }
    } finally {
      this.#mux = undefined;
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** The CA to trust: the stored one, or at the first contact the one that the token names. */
  async #trustedCa(signal: AbortSignal): Promise<string | undefined> {
    const { identity, server, token } = this.#options;
    if (identity.ca !== undefined) return identity.ca;
    if (!token) return undefined;
    const ca = await fetchTrustedCa(this.#host, {
      server,
      caHash: token.caHash,
      signal,
    });
    await identity.setCa(ca);
    return ca;
  }

  #serve(stream: MuxStream): void {
    const { handler, onStream } = this.#options;
    if (isHttpStream(stream)) {
      this.#host.spawn("link-request", () => serveOverMux(stream, handler));
    } else if (onStream) {
      this.#host.spawn("link-stream", () => onStream(stream));
    } else stream.reset("400 unknown kind of stream");
  }

  async #fetch(request: Request): Promise<Response> {
    const signals = [request.signal, this.#signal].filter((signal) =>
      signal !== undefined
    );
    if (!this.#mux) await this.up(AbortSignal.any(signals));
    const mux = this.#mux;
    if (!mux) {
      throw new HostError("closed", "Can not send a request: the link is lost");
    }
    return await fetchOverMux(mux, request);
  }
}
