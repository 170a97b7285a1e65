/**
 * gRPC's framing: a flag byte (compressed or not), the length in four bytes, the message.
 *
 * @module
 */

import { GrpcCode, GrpcError } from "./grpc_error.ts";

const HEADER_BYTES = 5;

/** Longest message that is accepted; containerd's own limit is 16 MiB. */
const LIMIT_BYTES = 16 * 1024 * 1024;

/** Puts the header in front of a message. */
export function frameMessage(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, HEADER_BYTES);
  return frame;
}

/** Cuts a byte stream into messages. */
export class FrameReader {
  #rest = new Uint8Array(0);

  /**
   * The messages that `chunk` completes.
   *
   * @throws {GrpcError} for a compressed message (we never offer compression) or one over 16 MiB.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    let bytes: Uint8Array = chunk;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + chunk.length);
      bytes.set(this.#rest);
      bytes.set(chunk, this.#rest.length);
    }
    const messages: Uint8Array[] = [];
    while (bytes.length >= HEADER_BYTES) {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const length = view.getUint32(1);
      if (bytes[0] !== 0 || length > LIMIT_BYTES) {
        throw new GrpcError(
          GrpcCode.Internal,
          bytes[0] !== 0
            ? "The runtime sent a compressed message"
            : `The runtime sent a message of ${length} bytes`,
        );
      }
      const end = HEADER_BYTES + length;
      if (bytes.length < end) break;
      messages.push(bytes.slice(HEADER_BYTES, end));
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes.slice();
    return messages;
  }
}
