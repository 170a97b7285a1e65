import assert from "node:assert/strict";
import type { Pod } from "../../../src/api/core/pod.ts";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import type { NodeImage, Runtime } from "../../runtime/runtime.ts";
import { NodeEvents } from "../node_events.ts";
import type { ImageGarbageOptions } from "../node_options.ts";
import { ImageGarbage } from "./image_garbage.ts";

const MINUTE_MS = 60_000;

/** A disk of 1000 bytes with images on it. */
function makeBench(options: ImageGarbageOptions = {}) {
  const host = new VirtualHost();
  const state = {
    images: [] as NodeImage[],
    used: [] as string[],
    pods: [] as Pod[],
    otherBytes: 0,
    removed: [] as string[],
    events: [] as string[],
    broken: false,
  };
  const runtime = {
    listImages: () => Promise.resolve(state.images),
    imageStatus: (name: string) =>
      Promise.resolve({ imageRef: `id-of-${name}`, sizeBytes: 0 }),
    listSandboxes: () =>
      Promise.resolve([{
        containers: state.used.map((imageRef) => ({ image: "", imageRef })),
      }]),
    removeImage: (id: string) => {
      if (state.broken) return Promise.reject(new Error("read-only"));
      state.removed.push(id);
      state.images = state.images.filter((image) => image.id !== id);
      return Promise.resolve();
    },
  } as unknown as Runtime;
  const garbage = new ImageGarbage(host, {
    ...options,
    runtimes: [runtime],
    disk: () => {
      const usedBytes = state.otherBytes +
        state.images.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      return Promise.resolve({
        capacityBytes: 1000,
        availableBytes: 1000 - usedBytes,
        usedBytes,
        inodes: 0,
        inodesFree: 0,
      });
    },
    pods: () => state.pods,
    events: () =>
      new NodeEvents({
        record: (_about, { reason, message }) =>
          void state.events.push(`${reason}: ${message}`),
      }, "n1"),
    onRemoved: () => {},
  });
  const add = (name: string, sizeBytes = 100, more: Partial<NodeImage> = {}) =>
    state.images.push({
      names: [`${name}:1`],
      sizeBytes,
      id: `id-of-${name}`,
      ...more,
    });
  return { host, state, garbage, add };
}

Deno.test("collect() removes what was not used for longest, and no more than is needed", async () => {
  const { host, state, garbage, add } = makeBench();
  for (const name of ["a", "b", "c", "used", "pause"]) add(name);
  add("pinned", 100, { pinned: true });
  state.used = ["id-of-used", "id-of-b"];
  state.otherBytes = 300; // 90 % in all
  await garbage.collect(); // sees all; b is in use
  assert.deepEqual(state.removed, []);
  state.used = ["id-of-used"];
  await host.advance(3 * MINUTE_MS);
  state.events.length = 0;
  await garbage.collect();
  // 80 % is enough: one goes, of those that were never used the one that has been there longest.
  assert.deepEqual(state.removed, ["id-of-a"]);
  state.otherBytes = 500;
  await garbage.collect();
  assert.deepEqual(state.removed, ["id-of-a", "id-of-c", "id-of-b"]);
  assert.deepEqual(state.events, []);
});

Deno.test("collect() leaves everything below the high threshold, and new images above it", async () => {
  const { host, state, garbage, add } = makeBench();
  add("a");
  await garbage.collect();
  await host.advance(10 * MINUTE_MS);
  state.otherBytes = 740;
  await garbage.collect();
  add("b");
  state.otherBytes = 800;
  await garbage.collect();
  assert.deepEqual(state.removed, []);
  await host.advance(3 * MINUTE_MS);
  await garbage.collect();
  assert.deepEqual(state.removed, ["id-of-a", "id-of-b"]);
});

Deno.test("collect() tells when it could not free enough, and repeated failures as such", async () => {
  const { host, state, garbage, add } = makeBench();
  add("used");
  state.used = ["id-of-used"];
  state.otherBytes = 850;
  await garbage.collect();
  const [first] = state.events;
  assert.match(
    first!,
    /^FreeDiskSpaceFailed: Insufficient free disk space on the node's image filesystem \(95% of 1000 B used\)\. .*freed 0 bytes/,
  );
  assert.equal(state.events.length, 1);
  await host.advance(5 * MINUTE_MS);
  await garbage.collect();
  assert.equal(
    state.events.filter((event) => event.startsWith("ImageGCFailed")).length,
    1,
  );
});

Deno.test("collect() removes images that are too old, once the agent has run for so long itself", async () => {
  const { host, state, garbage, add } = makeBench({
    maximumAgeMs: 60 * MINUTE_MS,
  });
  add("a");
  garbage.seen(["id-of-a"]);
  await host.advance(30 * MINUTE_MS);
  add("b");
  garbage.seen(["id-of-b"]);
  await garbage.collect();
  assert.deepEqual(state.removed, []);
  await host.advance(31 * MINUTE_MS);
  await garbage.collect();
  assert.deepEqual(state.removed, ["id-of-a"]);
});

Deno.test("deleteUnused() removes all but what containers and volumes use, and says what it could not", async () => {
  const { host, state, garbage, add } = makeBench();
  for (const name of ["a", "b", "mounted", "used"]) add(name);
  state.used = ["used:1"];
  state.pods = [{
    metadata: { name: "p" },
    spec: {
      containers: [],
      volumes: [{ name: "v", image: { reference: "mounted" } }],
    },
  }];
  garbage.seen(["id-of-a", "id-of-b"]);
  await host.advance(3 * MINUTE_MS);
  state.broken = true;
  await assert.rejects(() => garbage.deleteUnused(), /read-only/);
  state.broken = false;
  await garbage.deleteUnused();
  assert.deepEqual(state.removed, ["id-of-a", "id-of-b"]);
});

Deno.test("ImageGarbage refuses thresholds that make no sense", () => {
  assert.throws(
    () => makeBench({ highThresholdPercent: 101 }),
    /must be in range \[0-100\]/,
  );
  assert.throws(
    () => makeBench({ highThresholdPercent: 50, lowThresholdPercent: 60 }),
    /LowThresholdPercent 60 can not be higher than HighThresholdPercent 50/,
  );
  assert.equal(makeBench({ highThresholdPercent: 100 }).garbage.isOn, false);
});
