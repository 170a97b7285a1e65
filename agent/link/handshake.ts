/**
 * The first words on a link, before the multiplexer starts: the node proves that it holds its key.
 *
 * @module
 */
import { encodeBase64Url, encodeText } from "../../src/base/bytes.ts";
import type { Host, MessageSocket } from "../../src/base/host.ts";
import type { Identity } from "../node/identity.ts";

/** Longest wait, in milliseconds, for each of the server's words. */
const ANSWER_MS = 30_000;

/** What the server said when it let us in. */
export interface Welcome {
  /** The server's time, RFC 3339. */
  readonly time: string;
  readonly keepAliveSeconds: number;
  /** All nodes' pods, in CIDR form. */
  readonly clusterCidr?: string;
  /** Services' addresses, in CIDR form. */
  readonly serviceCidr?: string;
}

/** The server does not want this node. */
export class LinkRefused extends Error {
  override readonly name = "LinkRefused";
  /** Short and constant, for programs. */
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Says who we are. */
export interface HandshakeOptions {
  readonly node: string;
  readonly identity: Identity;
  /** For a server that does not know this node's key yet. */
  readonly bootstrapToken?: string;
}

/**
 * Goes through the handshake on a new socket.
 *
 * @returns the server's welcome and the socket for the multiplexer; messages that came early are in it
 * @throws {LinkRefused} when the server says no
 */
export async function handshake(
  host: Pick<Host, "clock" | "crypto">,
  socket: MessageSocket,
  options: HandshakeOptions,
): Promise<{ welcome: Welcome; socket: MessageSocket }> {
  const words = new Words(host, socket);
  try {
    const challenge = await words.next("challenge");
    const nonce = String(challenge.nonce);
    const { node, identity, bootstrapToken } = options;
    const signature = host.crypto.sign(
      identity.privatePem,
      encodeText(`wherry-link-v1\n${nonce}\n${node}`),
    );
    socket.send(JSON.stringify({
      type: "identify",
      node,
      publicKey: identity.publicPem,
      signature: encodeBase64Url(signature),
      ...(bootstrapToken !== undefined && { bootstrapToken }),
    }));
    const welcome = await words.next("welcome");
    return {
      welcome: {
        time: String(welcome.time ?? ""),
        keepAliveSeconds: Number(welcome.keepAliveSeconds) || 25,
        ...(typeof welcome.clusterCidr === "string" &&
          { clusterCidr: welcome.clusterCidr }),
        ...(typeof welcome.serviceCidr === "string" &&
          { serviceCidr: welcome.serviceCidr }),
      },
      socket: words.handOver(),
    };
  } catch (error) {
    socket.close(1000, "handshake failed");
    throw error;
  }
}

type Message = string | Uint8Array<ArrayBuffer>;
type Closed = { code: number; reason: string };

/** Reads single messages, and then gives the socket with all that came meanwhile to its next owner. */
class Words {
  readonly #host: Pick<Host, "clock">;
  readonly #socket: MessageSocket;
  readonly #queue: Message[] = [];
  #closed: Closed | undefined;
  #wake: () => void = () => {};
  #owner: Parameters<MessageSocket["listen"]>[0] | undefined;

  constructor(host: Pick<Host, "clock">, socket: MessageSocket) {
    this.#host = host;
    this.#socket = socket;
    socket.listen({
      onMessage: (message) => {
        if (this.#owner) return this.#owner.onMessage(message);
        this.#queue.push(message);
        this.#wake();
      },
      onClose: (closed) => {
        if (this.#owner) return this.#owner.onClose(closed);
        this.#closed = closed;
        this.#wake();
      },
    });
  }

  async next(type: string): Promise<Record<string, unknown>> {
    if (this.#queue.length === 0 && !this.#closed) {
      const waiting = Promise.withResolvers<void>();
      this.#wake = waiting.resolve;
      const timer = this.#host.clock.after(ANSWER_MS, waiting.resolve);
      await waiting.promise;
      timer.cancel();
    }
    const message = this.#queue.shift();
    if (typeof message !== "string") {
      throw new Error(
        `Could not open the link: no "${type}" from the server (${
          this.#closed
            ? this.#closed.reason || `closed with code ${this.#closed.code}`
            : "silence"
        })`,
      );
    }
    const word = JSON.parse(message);
    if (word.type === "refused") {
      throw new LinkRefused(
        String(word.code ?? "refused"),
        `The server refused this node: ${word.reason}`,
      );
    }
    if (word.type === type) return word;
    throw new Error(
      `Could not open the link: the server said "${word.type}" instead of "${type}"`,
    );
  }

  handOver(): MessageSocket {
    const socket = this.#socket;
    return {
      protocol: socket.protocol,
      get bufferedBytes() {
        return socket.bufferedBytes;
      },
      send: (data) => socket.send(data),
      close: (code, reason) => socket.close(code, reason),
      listen: (receivers) => {
        for (const message of this.#queue.splice(0)) {
          receivers.onMessage(message);
        }
        this.#owner = receivers;
        if (this.#closed) receivers.onClose(this.#closed);
      },
    };
  }
}
