import assert from "node:assert/strict";
import { makeRealHost } from "../../src/base/real_host.ts";
import { LoopbackNetwork } from "./loopback_network.ts";

function test(
  does: string,
  fn: (open: () => Promise<LoopbackNetwork>, dir: string) => Promise<void>,
): void {
  Deno.test(`LoopbackNetwork ${does}`, async () => {
    using host = makeRealHost();
    const folder = await Deno.makeTempDir({ prefix: "wherry-loopback-" });
    const dir = `${folder}/network`;
    try {
      await fn(async () => {
        const network = new LoopbackNetwork(host, { dir });
        await network.configure({
          podCidr: "127.64.5.0/29", // six addresses
          clusterCidr: "127.64.0.0/16",
        });
        return network;
      }, dir);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

test("gives each pod an address of its own, also when asked at once", async (open) => {
  const network = await open();
  const places = await Promise.all(
    ["a", "b", "c"].map((id) => network.add(id)),
  );
  assert.deepEqual(places.map(({ ips }) => ips[0]), [
    "127.64.5.1",
    "127.64.5.2",
    "127.64.5.3",
  ]);
  assert.deepEqual(await network.add("b"), { ips: ["127.64.5.2"] });
});

test("does not give an address again at once", async (open) => {
  const network = await open();
  await network.add("a");
  await network.release("a");
  assert.deepEqual((await network.add("b")).ips, ["127.64.5.2"]);
});

test("throws when all addresses are taken, and gives a freed one", async (open) => {
  const network = await open();
  for (const id of ["a", "b", "c", "d", "e", "f"]) await network.add(id);
  await assert.rejects(
    network.add("g"),
    /all 6 of 127\.64\.5\.0\/29 are taken/,
  );
  await network.release("c");
  assert.deepEqual((await network.add("g")).ips, ["127.64.5.3"]);
});

test(
  "remembers addresses for the next agent and forgets what no pod has",
  async (open, dir) => {
    const before = await open();
    await before.add("kept");
    await before.add("lost");
    await Deno.writeTextFile(`${dir}/127.64.5.9.abcdef.tmp`, ""); // of a crash
    const network = await open();
    await network.cleanup(new Set(["kept"]));
    assert.ok(await network.isAlive("kept"));
    assert.ok(!await network.isAlive("lost"));
    assert.deepEqual((await network.add("kept")).ips, ["127.64.5.1"]);
    assert.deepEqual(
      (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name),
      ["127.64.5.1"],
    );
  },
);

test("leaves no file when it is removed", async (open, dir) => {
  const network = await open();
  await network.add("a");
  await network.remove();
  await assert.rejects(Deno.stat(dir), Deno.errors.NotFound);
});

Deno.test("LoopbackNetwork throws when the node has no range yet", async () => {
  using host = makeRealHost();
  const dir = await Deno.makeTempDir({ prefix: "wherry-loopback-" });
  const network = new LoopbackNetwork(host, { dir });
  await assert.rejects(network.add("a"), /the node has no range/);
  await network.remove();
});

Deno.test("LoopbackNetwork says so when pods cannot listen on the cluster's addresses", async () => {
  const warned: unknown[] = [];
  using host = makeRealHost();
  const dir = await Deno.makeTempDir({ prefix: "wherry-loopback-" });
  const network = new LoopbackNetwork({
    disk: host.disk,
    log: (level, _message, fields) => warned.push([level, fields]),
  }, { dir });
  for (const podCidr of ["127.64.5.0/24", "10.42.1.0/24"]) {
    await network.configure({ podCidr, clusterCidr: podCidr });
  }
  assert.deepEqual(warned, [["warn", { podCidr: "10.42.1.0/24" }]]);
  await network.remove();
});
