/**
 * The first words on a link, before the multiplexer starts: the node proves that it holds its key.
 *
 * @module
 */
import { encodeBase64Url, encodeText } from "../../src/base/bytes.ts";
import type { Host, MessageSocket } from "../../src/base/host.ts";
import { SocketPrelude } from "../../src/base/prelude.ts";
import type { Identity } from "../node/identity.ts";

/** Longest wait, in milliseconds, for each of the server's words. */
const ANSWER_MS = 30_000;

/** What the server said when it let us in. */
export interface Welcome {
  /** The server's time, RFC 3339. */
  readonly time: string;
  /** How often either side says that it is there, when nothing else was sent. */
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
  const prelude = new SocketPrelude(socket);
  try {
    const challenge = await nextWord(host, prelude, "challenge");
    const nonce = String(challenge.nonce);
    const { node, identity, bootstrapToken } = options;
    const signature = host.crypto.sign(
      identity.privatePem,
      encodeText(`wherry-link-v1\n${nonce}\n${node}`),
    );
    prelude.send(JSON.stringify({
      type: "identify",
      node,
      publicKey: identity.publicPem,
      signature: encodeBase64Url(signature),
      ...(bootstrapToken !== undefined && { bootstrapToken }),
    }));
    const welcome = await nextWord(host, prelude, "welcome");
    return {
      welcome: {
        time: String(welcome.time ?? ""),
        keepAliveSeconds: Number(welcome.keepAliveSeconds) || 25,
        ...(typeof welcome.clusterCidr === "string" &&
          { clusterCidr: welcome.clusterCidr }),
        ...(typeof welcome.serviceCidr === "string" &&
          { serviceCidr: welcome.serviceCidr }),
      },
      socket: prelude.rest(),
    };
  } catch (error) {
    prelude.close(1000, "handshake failed");
    throw error;
  }
}

/** The server's next word, which must be of this type. @throws {LinkRefused} when it is a refusal */
async function nextWord(
  host: Pick<Host, "clock">,
  prelude: SocketPrelude,
  type: string,
): Promise<Record<string, unknown>> {
  const message = await prelude.next({ signal: host.clock.timeout(ANSWER_MS) });
  const word = typeof message === "string" ? JSON.parse(message) : {};
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
