/**
 * A {@linkcode MessageSocket} on a connection that was taken over from HTTP. Unlike Deno's own WebSocket, which gathers 64 MiB of a message before
 * anybody has said who they are, it ends when a message grows too long.
 *
 * @module
 */
import { concat, decodeText } from "../bytes.ts";
import { messageOf } from "../errors.ts";
import type { ByteStream, Clock, MessageSocket } from "../host.ts";
import { ServerWebSocket } from "../web_socket.ts";
import { AdaptedSocket } from "./message_socket.ts";

/** Longest message that is taken. The link's own are at most 128 KiB. */
export const MESSAGE_LIMIT_BYTES: number = 512 * 1024;

/** WebSocket close codes (RFC 6455, section 7.4.1). */
const ABNORMAL = 1006;
const TOO_LARGE = 1009;

/** Wraps a stream on which the handshake is done. */
export function takenSocket(
  stream: ByteStream,
  options: { readonly clock: Clock; readonly protocol: string },
): MessageSocket {
  // No pings of its own: who needs a sign of life sends one.
  const socket = new ServerWebSocket(stream, {
    clock: options.clock,
    pingMs: 0,
  });
  let waitingBytes = 0;
  const adapted = new AdaptedSocket({
    protocol: options.protocol,
    bufferedBytes: () => waitingBytes,
    send(data) {
      const { length } = data;
      waitingBytes += length;
      const sent = typeof data === "string"
        ? socket.sendText(data)
        : socket.send(data);
      sent.then(
        () => waitingBytes -= length,
        () => socket.break(),
      );
    },
    close(code, reason) {
      socket.close(code, reason).then(() => adapted.ended({ code, reason }));
    },
    terminate: () => socket.break(),
  });
  readAll(socket, adapted).then(
    (end) => adapted.ended(end),
    (error) => {
      socket.break();
      adapted.ended({ code: ABNORMAL, reason: messageOf(error) });
    },
  );
  return adapted;
}

/** Hands on message after message; answers how it ended. */
async function readAll(
  socket: ServerWebSocket,
  adapted: AdaptedSocket,
): Promise<{ code: number; reason: string }> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const piece = await socket.next();
    if (piece === undefined) {
      socket.break();
      return socket.goodbye ?? { code: ABNORMAL, reason: "" };
    }
    length += piece.data.length;
    if (length > MESSAGE_LIMIT_BYTES) {
      const reason = `message of more than ${MESSAGE_LIMIT_BYTES} bytes`;
      await socket.close(TOO_LARGE, reason);
      return { code: TOO_LARGE, reason };
    }
    parts.push(piece.data);
    if (!piece.last) continue;
    const message = parts.length === 1
      ? parts[0] as Uint8Array<ArrayBuffer>
      : concat(parts);
    parts = [];
    length = 0;
    adapted.received(piece.text ? decodeText(message) : message);
  }
}
