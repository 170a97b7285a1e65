/**
 * A connection from here to a port of a pod that may be about to be replaced: where nobody takes it, it begins again, at another pod.
 *
 * @module
 */
import { concat, decodeText } from "../../base/bytes.ts";
import type { ByteStream, Host } from "../../base/host.ts";
import { ChannelSocket } from "../../client/channel_socket.ts";
import type { HttpTransport } from "../../client/http_transport.ts";

/** Where a connection may go. */
export interface Peer {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

const READ_BYTES = 32 * 1024;
/** Of a connection to one port: its bytes; the other channel says what went wrong. */
const DATA = 0;
/** A pod that has just started listens a moment later. */
const RETRY_MS = 25;
const MAX_TRIES = 80;
/** What is kept to be sent again: more than that is no request that waits for its answer. */
const MAX_KEPT_BYTES = 256 * 1024;

/** Carries one connection to its end. @param choose the pod for the next try; undefined while there is none */
export async function carryConnection(
  host: Host,
  transport: HttpTransport,
  options: {
    readonly stream: ByteStream;
    readonly choose: () => Peer | undefined;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { stream, choose, signal } = options;
  const input = new KeptInput(stream);
  host.spawn("carried input", () => input.pump());
  let why = "there is no pod to take it";
  try {
    for (let tries = 0; tries < MAX_TRIES && !signal.aborted; tries++) {
      const peer = choose();
      if (peer) {
        const outcome = await once(host, transport, { peer, input, stream });
        if (outcome === "done") return;
        why = outcome.refused;
        if (input.isLost) break;
      }
      await host.clock.sleep(RETRY_MS, signal);
    }
    throw new Error(why);
  } finally {
    stream.close();
  }
}

/** One try; refused: nobody has taken it. */
async function once(
  host: Host,
  transport: HttpTransport,
  { peer, input, stream }: {
    readonly peer: Peer;
    readonly input: KeptInput;
    readonly stream: ByteStream;
  },
): Promise<"done" | { readonly refused: string }> {
  let socket: ChannelSocket;
  try {
    socket = await ChannelSocket.open(host, transport, {
      path:
        `/api/v1/namespaces/${peer.namespace}/pods/${peer.pod}/portforward?ports=${peer.port}`,
      protocols: ["v4.channel.k8s.io"],
    });
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
  /** Channels whose first message, the port's number, has come. */
  const announced = new Set<number>();
  let answered = false;
  await input.sendTo(socket);
  try {
    for await (const { channel, payload } of socket.frames()) {
      if (!announced.has(channel)) announced.add(channel);
      else if (channel === DATA) {
        answered = true;
        input.settle();
        await writeAll(stream, payload);
      } else if (!answered) return { refused: decodeText(payload) };
      else return "done";
    }
    // It was taken, and whoever took it may have done what was asked: nobody else is asked the same.
    return "done";
  } catch {
    return "done"; // the local end broke off
  } finally {
    input.sendTo(undefined);
    socket.close();
  }
}

/** What the local end has said, kept until it is answered. */
class KeptInput {
  readonly #stream: ByteStream;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #settled = false;
  #socket: ChannelSocket | undefined;
  /** More was said than is kept: it cannot be said again. */
  isLost = false;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  async pump(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (
        let count;
        (count = await this.#stream.read(buffer)) !== null;
      ) {
        const part = buffer.slice(0, count);
        if (!this.#settled) this.#keep(part);
        await this.#socket?.send(DATA, part);
      }
    } catch {
      this.#socket?.close(); // the local end broke off
    }
  }

  /** From now on, what was kept first. */
  async sendTo(socket: ChannelSocket | undefined): Promise<void> {
    this.#socket = socket;
    if (socket === undefined) return;
    // In one: what comes meanwhile must not get between.
    if (this.#kept.length > 0) await socket.send(DATA, concat(this.#kept));
  }

  /** It was answered: nothing has to be kept. */
  settle(): void {
    this.#settled = true;
    this.#kept = [];
  }

  #keep(part: Uint8Array): void {
    this.#keptBytes += part.length;
    if (this.#keptBytes <= MAX_KEPT_BYTES) this.#kept.push(part);
    else {
      this.isLost = true;
      this.#kept = [];
    }
  }
}

async function writeAll(stream: ByteStream, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) {
    at += await stream.write(data.subarray(at));
  }
}
