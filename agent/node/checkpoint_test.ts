import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Secret } from "../../src/api/core/secret.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { Checkpoint } from "./checkpoint.ts";

const POD: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web",
    namespace: "default",
    uid: "uid-1",
    resourceVersion: "7",
    managedFields: [],
  },
  spec: { containers: [{ name: "app", image: "web" }] },
  status: { phase: "Running", startTime: "2026-01-01T00:00:00Z" },
};
const SECRET: Secret = {
  metadata: { name: "key", namespace: "default" },
  data: { password: btoa("hunter2") },
};

async function withCheckpoint(
  run: (bench: {
    folder: string;
    open: (key?: Uint8Array) => Checkpoint;
    logs: string[];
  }) => Promise<void>,
): Promise<void> {
  const logs: string[] = [];
  using host = makeRealHost({ writeLog: (line) => void logs.push(line) });
  const folder = await Deno.makeTempDir();
  const sealKey = new Uint8Array(32).fill(7);
  try {
    await run({
      folder,
      logs,
      open: (key = sealKey) =>
        new Checkpoint(host, { dataDir: folder, sealKey: key }),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("load() finds what an earlier agent saved", async () => {
  await withCheckpoint(async ({ open }) => {
    const first = open();
    await first.load();
    await first.saveNode({ podCIDR: "10.42.3.0/24" });
    await first.savePod(POD);
    await first.saveSecret(SECRET);
    await first.saveConfigMap({
      metadata: { name: "cfg", namespace: "default" },
      data: { a: "1" },
    });
    const found = await open().load();
    assert.equal(found.node.podCIDR, "10.42.3.0/24");
    assert.equal(found.pods[0]!.metadata.uid, "uid-1");
    assert.equal(found.pods[0]!.metadata.resourceVersion, undefined);
    assert.deepEqual(found.pods[0]!.status, {
      startTime: "2026-01-01T00:00:00Z",
    });
    assert.deepEqual(found.secrets, [SECRET]);
    assert.equal(found.configMaps[0]!.data!.a, "1");
  });
});

Deno.test("savePod() writes nothing when only the status changed, but keeps a final one", async () => {
  await withCheckpoint(async ({ open }) => {
    const checkpoint = open();
    await checkpoint.load();
    await checkpoint.savePod(POD);
    const { writes } = checkpoint;
    await checkpoint.savePod({
      ...POD,
      metadata: { ...POD.metadata, resourceVersion: "9" },
      status: { ...POD.status, podIP: "10.42.0.9" },
    });
    // Nor when the members come in another order.
    const { spec, metadata, ...rest } = POD;
    const { name, ...others } = metadata;
    await checkpoint.savePod({
      spec,
      ...rest,
      metadata: { ...others, name: name! },
    });
    assert.equal(checkpoint.writes, writes);
    await checkpoint.savePod({
      ...POD,
      status: { ...POD.status, phase: "Failed", reason: "DeadlineExceeded" },
    });
    assert.equal(checkpoint.writes, writes + 1);
    const { pods } = await open().load();
    assert.equal(pods[0]!.status!.reason, "DeadlineExceeded");
    await checkpoint.removePod("uid-1");
    await checkpoint.removePod("uid-1");
    assert.equal(checkpoint.writes, writes + 2);
    assert.deepEqual((await open().load()).pods, []);
  });
});

Deno.test("saveSecret() leaves no readable secret on the disk, and another key does not open it", async () => {
  await withCheckpoint(async ({ open, folder, logs }) => {
    const checkpoint = open();
    await checkpoint.load();
    await checkpoint.saveSecret(SECRET);
    const path = `${folder}/checkpoint/secrets/default_key.sealed`;
    const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
    assert.ok(!text.includes(btoa("hunter2")) && !text.includes("password"));
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    const { secrets } = await open(new Uint8Array(32).fill(8)).load();
    assert.deepEqual(secrets, []);
    assert.ok(
      logs.some((line) =>
        line.includes("Could not read a file of the checkpoint")
      ),
    );
  });
});

Deno.test("load() leaves a broken file out and keeps the rest", async () => {
  await withCheckpoint(async ({ open, folder, logs }) => {
    const checkpoint = open();
    await checkpoint.load();
    await checkpoint.savePod(POD);
    await Deno.writeTextFile(`${folder}/checkpoint/pods/broken.json`, "{");
    const found = await open().load();
    assert.equal(found.pods.length, 1);
    assert.equal(logs.filter((line) => line.includes("broken.json")).length, 1);
  });
});

Deno.test("savePod() and removePod() are tried again until the disk takes them", async () => {
  const host = new VirtualHost();
  const checkpoint = new Checkpoint(host, {
    dataDir: "/data",
    sealKey: new Uint8Array(32).fill(7),
  });
  const path = "/data/checkpoint/pods/uid-1.json";
  const { disk } = host;
  const [writeAtomic, remove] = [disk.writeAtomic, disk.remove];
  const full = () => Promise.reject(new Error("No space left on device"));
  disk.writeAtomic = full;
  const older = checkpoint.savePod(POD);
  // The older one's failure must not take the newer one along.
  const labels = { color: "red" };
  await checkpoint.savePod({ ...POD, metadata: { ...POD.metadata, labels } });
  await older;
  disk.writeAtomic = writeAtomic;
  await host.advance(30_000);
  assert.match(await disk.readText(path), /"color":"red"/);
  disk.remove = full;
  await checkpoint.removePod("uid-1");
  disk.remove = remove;
  await host.advance(30_000);
  await assert.rejects(disk.readText(path));
  assert.equal(host.logs.length, 2, "each trouble is told once");
  const { writes } = checkpoint;
  await host.advance(3_600_000);
  assert.equal(checkpoint.writes, writes, "at rest");
  await checkpoint[Symbol.asyncDispose]();
  assert.deepEqual(host.failures, []);
});
