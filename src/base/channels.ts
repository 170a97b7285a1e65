/**
 * The channels of an exec or attach session on a link's stream: frames of `channel (1 byte), length (4 bytes, big-endian), payload`, both ways.
 * The numbers are those of Kubernetes' WebSocket protocol `v5.channel.k8s.io`.
 *
 * @module
 */
import { concat } from "./bytes.ts";
import { HostError } from "./host.ts";

/** The channels. */
export const CHANNEL = {
  /** To the process. */
  stdin: 0,
  /** From the process. */
  stdout: 1,
  /** From the process; never with a terminal. */
  stderr: 2,
  /** From the node, once and last: how it ended, a `metav1.Status` as JSON. */
  error: 3,
  /** To the terminal: `{"Width":80,"Height":24}`. */
  resize: 4,
  /** Ends the channel that its one byte names, in the sender's direction. */
  close: 255,
} as const;

/** What came on a channel. */
export interface ChannelData {
  /** One of {@linkcode CHANNEL}. */
  readonly channel: number;
  /** A piece of stdin, stdout or stderr, cut anywhere; the whole payload on the other channels. */
  readonly data: Uint8Array<ArrayBuffer>;
}

const HEAD_BYTES = 5;
/** Stdin, stdout and stderr flow; the others are messages, of at most this length. */
const LAST_FLOWING = CHANNEL.stderr;
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** One frame. */
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
 * Reads frames until the stream ends, no faster than they are taken.
 *
 * @throws {HostError} `invalid` for a stream that ends within a frame or has a giant message; what the stream fails with
 */
export async function* readChannels(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<ChannelData> {
  let left = new Uint8Array();
  let frame: { channel: number; missing: number } | undefined;
  for await (const chunk of stream) {
    left = left.length === 0 ? chunk : concat([left, chunk]);
    while (true) {
      if (frame === undefined) {
        if (left.length < HEAD_BYTES) break;
        const view = new DataView(left.buffer, left.byteOffset);
        frame = { channel: left[0]!, missing: view.getUint32(1) };
        left = left.subarray(HEAD_BYTES);
        const flows = frame.channel <= LAST_FLOWING;
        if (!flows && frame.missing > MAX_MESSAGE_BYTES) {
          throw new HostError("invalid", "Message on a channel too large");
        }
        if (flows && frame.missing === 0) frame = undefined;
        continue;
      }
      const flows = frame.channel <= LAST_FLOWING;
      if (left.length === 0 && frame.missing > 0) break;
      if (!flows && left.length < frame.missing) break;
      const data = left.subarray(0, frame.missing);
      left = left.subarray(data.length);
      frame.missing -= data.length;
      const { channel } = frame;
      if (frame.missing === 0) frame = undefined;
      yield { channel, data };
    }
  }
  if (frame !== undefined || left.length > 0) {
    throw new HostError("invalid", "Channels ended in the middle of a frame");
  }
}
