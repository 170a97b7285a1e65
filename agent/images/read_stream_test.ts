import assert from "node:assert/strict";
import { HostError } from "../../src/base/host.ts";
import { sha256 } from "../../src/testing/scripted_registry.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { bytes, IMAGE, ImagesRig } from "./images_rig.ts";
import { patientStream, readStream } from "./read_stream.ts";
import { RegistryAway } from "./registry_away.ts";

const MINUTE_MS = 60_000;

/** So many bytes at a time, so far apart. */
function dripping(
  { clock }: Pick<VirtualHost, "clock">,
  content: Uint8Array<ArrayBuffer>,
  { size, everyMs }: { size: number; everyMs: number },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await clock.sleep(everyMs);
      if (at >= content.length) return controller.close();
      controller.enqueue(content.slice(at, at += size));
    },
  }, { highWaterMark: 0 });
}

/** How much is read, how it ends and when. */
async function read(
  host: VirtualHost,
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  takesMs = 0,
): Promise<{ length: number; error?: unknown; tookMs: number }> {
  const begunMs = host.clock.monotonicMs();
  let length = 0;
  let error: unknown;
  let isOver = false;
  const reading = (async () => {
    try {
      for await (const chunk of readStream(host, stream)) {
        length += chunk.length;
        if (takesMs > 0) await host.clock.sleep(takesMs);
      }
    } catch (caught) {
      error = caught;
    }
    isOver = true;
  })();
  while (!isOver) await host.advance(1_000);
  await reading;
  const tookMs = host.clock.monotonicMs() - begunMs;
  return { length, tookMs, ...error !== undefined && { error } };
}

Deno.test("readStream() gives up a sender that gives a byte now and then only", async () => {
  const host = new VirtualHost();
  const drops = dripping(host, bytes(1000), { size: 1, everyMs: 50_000 });
  const { error, length, tookMs } = await read(host, drops);
  assert.ok(error instanceof HostError && error.code === "timeout");
  assert.equal(error.message, "Only 6 bytes came in 300 s");
  assert.equal(length, 6);
  assert.ok(tookMs <= 6 * MINUTE_MS);
});

Deno.test("readStream() takes what comes over the slowest modem, and bursts between silences", async () => {
  const host = new VirtualHost();
  const content = bytes(1024 * 1024);
  const modem = dripping(host, content, { size: 300, everyMs: 1_000 });
  assert.equal((await read(host, modem)).length, content.length);
  const bursts = dripping(host, content, { size: 16_384, everyMs: 55_000 });
  assert.equal((await read(host, bursts)).length, content.length);
});

Deno.test("readStream() does not count against the sender what the reader takes", async () => {
  const host = new VirtualHost();
  const quick = dripping(host, bytes(1000), { size: 10, everyMs: 0 });
  const { length, error, tookMs } = await read(host, quick, 30_000);
  assert.equal(error, undefined);
  assert.equal(length, 1000);
  assert.ok(tookMs >= 50 * MINUTE_MS);
});

Deno.test("patientStream() cancels what it reads at once, also while it waits", async () => {
  const host = new VirtualHost();
  for (const isAsked of [true, false]) {
    let cancelled = false;
    const silent = new ReadableStream<Uint8Array<ArrayBuffer>>({
      cancel: () => void (cancelled = true),
    });
    const reader = patientStream(host, silent).getReader();
    if (isAsked) void reader.read();
    await reader.cancel();
    assert.ok(cancelled);
  }
});

Deno.test("pull() from a dripping registry fails in minutes, and the next one goes on with what came", async () => {
  const rig = await ImagesRig.open();
  const content = bytes(3_000);
  rig.put(content);
  let isDripping = true;
  rig.registry.options = {
    script: (request, path) => {
      if (!path.endsWith(sha256(content)) || !isDripping) return undefined;
      const from = Number(
        /^bytes=(\d+)-/.exec(request.headers.get("range") ?? "")?.[1] ?? 0,
      );
      const body = dripping(rig.host, content.slice(from), {
        size: 1,
        everyMs: 50_000,
      });
      const last = content.length - 1;
      return new Response(
        body,
        from === 0 ? {} : {
          status: 206,
          headers: { "content-range": `bytes ${from}-${last}/${last + 1}` },
        },
      );
    },
  };
  const begunMs = rig.host.clock.monotonicMs();
  await assert.rejects(
    rig.run(rig.images.pull(IMAGE), 10_000),
    (error: Error) =>
      error instanceof RegistryAway && /^Only 6 bytes came/.test(error.message),
  );
  const tookMs = rig.host.clock.monotonicMs() - begunMs;
  assert.ok(tookMs < 12 * MINUTE_MS, `${tookMs} ms`);
  isDripping = false;
  const pulled = await rig.run(rig.images.pull(IMAGE));
  assert.deepEqual(rig.content(pulled), content);
  assert.equal(rig.registry.asked.at(-1)!.range, "bytes=12-2999");
});

Deno.test("pull() at a rate of our own that is below the least one succeeds", async () => {
  const rig = await ImagesRig.open({ bytesPerSecond: 100 });
  const content = bytes(100_000);
  rig.put(content);
  rig.registry.options = {
    script: (_request, path) =>
      path.endsWith(sha256(content))
        ? new Response(
          dripping(rig.host, content, { size: 1_000, everyMs: 100 }),
        )
        : undefined,
  };
  const begunMs = rig.host.clock.monotonicMs();
  await rig.run(rig.images.pull(IMAGE), 10_000);
  assert.ok(rig.host.clock.monotonicMs() - begunMs > 15 * MINUTE_MS);
  assert.equal(
    rig.registry.asked.filter(({ path }) => path.includes("/blobs/")).length,
    2, // the config and the content, once each
  );
});
