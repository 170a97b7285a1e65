/**
 * How exec and attach travel on a stream of the link: frames of one byte for the channel, the length (4 bytes, big-endian) and the payload.
 *
 * ```text
 * 0 stdin    1 stdout    2 stderr         bytes; how they are cut into frames means nothing
 * 3 error    agent → server, once, last   JSON of a metav1.Status
 * 4 resize   server → agent               JSON {"Width":80,"Height":24}
 * 255 close  one byte                     that channel has ended (stdin: the end of the process' input)
 * ```
 *
 * The channels are those of Kubernetes' WebSocket protocol (`v5.channel.k8s.io`).
 *
 * @module
 */
import { concat } from "./bytes.ts";
import { HostError } from "./host.ts";

/** What a frame belongs to. */
export const CHANNEL = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  error: 3,
  resize: 4,
  close: 255,
} as const;

/** One frame. */
export interface ChannelFrame {
  /** One of {@linkcode CHANNEL}. */
  readonly channel: number;
  /** What it carries; may be empty. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

const HEAD_BYTES = 5;
/** The largest payload that is read. Nobody needs to send as much: a stream's bytes can be cut anywhere. */
const MAX_PAYLOAD_BYTES = 1024 * 1024;

/** The bytes of a frame. */
export function encodeChannelFrame(
  channel: number,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEAD_BYTES + payload.length);
  frame[0] = channel;
  new DataView(frame.buffer).setUint32(1, payload.length);
  frame.set(payload, HEAD_BYTES);
  return frame;
}

/**
 * The frames that come, until the sender's end. Nothing is read ahead of what is taken: whoever does not take the next frame holds the sender up.
 *
 * @throws {HostError} `invalid` when a frame is too large or cut short
 */
export async function* readChannelFrames(
  readable: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<ChannelFrame> {
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let wanted = HEAD_BYTES;
  for await (const chunk of readable) {
    parts.push(chunk);
    size += chunk.length;
    if (size < wanted) continue;
    let bytes = concat(parts);
    while (bytes.length >= HEAD_BYTES) {
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
      if (length > MAX_PAYLOAD_BYTES) {
        throw new HostError(
          "invalid",
          `Cannot read a stream: a frame of ${length} bytes`,
        );
      }
      wanted = HEAD_BYTES + length;
      if (bytes.length < wanted) break;
      const payload = bytes.subarray(HEAD_BYTES, wanted);
      yield { channel: bytes[0]!, payload };
      bytes = bytes.subarray(wanted);
      wanted = HEAD_BYTES;
    }
    parts = bytes.length > 0 ? [bytes] : [];
    size = bytes.length;
  }
  if (size > 0) {
    throw new HostError(
      "invalid",
      "Cannot read a stream: a frame is cut short",
    );
  }
}
