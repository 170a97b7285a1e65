import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "./bytes.ts";
import {
  CHANNEL,
  encodeChannelFrame,
  readChannelFrames,
} from "./channel_frames.ts";

/** A stream of these bytes in pieces of the given sizes. */
function inPieces(bytes: Uint8Array, sizes: readonly number[]) {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return ReadableStream.from(pieces);
}

Deno.test("readChannelFrames() gives what was encoded, however it is cut on the way", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(
      fc.record({
        channel: fc.integer({ min: 0, max: 255 }),
        payload: fc.uint8Array({ maxLength: 40 }),
      }),
      { maxLength: 8 },
    ),
    fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1, maxLength: 5 }),
    async (frames, sizes) => {
      const bytes = concat(
        frames.map(({ channel, payload }) =>
          encodeChannelFrame(channel, payload)
        ),
      );
      const read = await Array.fromAsync(
        readChannelFrames(inPieces(bytes, sizes)),
        ({ channel, payload }) => ({ channel, payload: [...payload] }),
      );
      assert.deepEqual(
        read,
        frames.map(({ channel, payload }) => ({
          channel,
          payload: [...payload],
        })),
      );
    },
  ));
});

Deno.test("readChannelFrames() throws when a frame is too large or cut short", async () => {
  const frame = encodeChannelFrame(CHANNEL.stdin, new Uint8Array(10));
  await assert.rejects(
    Array.fromAsync(readChannelFrames(inPieces(frame.slice(0, -1), [4]))),
    /cut short/,
  );
  await assert.rejects(
    Array.fromAsync(
      readChannelFrames(inPieces(new Uint8Array([1, 255, 0, 0, 0]), [5])),
    ),
    /a frame of 4278190080 bytes/,
  );
});
