import assert from "node:assert/strict";
import { concat, decodeText, encodeText } from "./bytes.ts";
import { CHANNEL, encodeChannelFrame, readChannels } from "./channels.ts";
import { HostError } from "./host.ts";

const FRAMES = concat([
  encodeChannelFrame(CHANNEL.stdout, encodeText("hello ")),
  encodeChannelFrame(CHANNEL.stdout, new Uint8Array()),
  encodeChannelFrame(CHANNEL.stderr, encodeText("oops")),
  encodeChannelFrame(CHANNEL.stdout, encodeText("world")),
  encodeChannelFrame(CHANNEL.resize, encodeText('{"Width":80}')),
  encodeChannelFrame(CHANNEL.close, new Uint8Array([CHANNEL.stdin])),
]);

/** A stream of these bytes, cut into chunks of a length. */
function cut(
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length; at += length) {
    chunks.push(bytes.slice(at, at + length));
  }
  return ReadableStream.from(chunks);
}

for (const length of [1, 2, 7, 1000]) {
  Deno.test(`readChannels() reads what encodeChannelFrame() wrote when it comes in pieces of ${length}`, async () => {
    const texts: Record<number, string> = {};
    const messages: unknown[] = [];
    for await (const { channel, data } of readChannels(cut(FRAMES, length))) {
      if (channel <= CHANNEL.stderr) {
        texts[channel] = (texts[channel] ?? "") + decodeText(data);
      } else {
        messages.push([channel, [...data]]);
      }
    }
    assert.deepEqual(texts, { 1: "hello world", 2: "oops" });
    assert.deepEqual(messages, [
      [CHANNEL.resize, [...encodeText('{"Width":80}')]],
      [CHANNEL.close, [CHANNEL.stdin]],
    ]);
  });
}

Deno.test("readChannels() fails when the stream ends within a frame", async () => {
  const read = async (bytes: Uint8Array<ArrayBuffer>) => {
    for await (const _ of readChannels(cut(bytes, 3)));
  };
  await assert.rejects(read(FRAMES.slice(0, 3)), HostError);
  await assert.rejects(read(FRAMES.slice(0, 8)), HostError);
  await assert.rejects(read(FRAMES.slice(0, -1)), HostError);
});

Deno.test("readChannels() refuses a giant message", async () => {
  const head = new Uint8Array([CHANNEL.error, 255, 0, 0, 0]);
  await assert.rejects(
    Array.fromAsync(readChannels(cut(head, 5))),
    HostError,
  );
});
