/**
 * Pod networks for real. The test runner gives this file a network and mount namespace of its own.
 *
 * @module
 */
import assert from "node:assert/strict";
import { BridgeNetwork } from "../../agent/network/bridge_network.ts";
import type { PodNetwork } from "../../agent/network/pod_network.ts";
import {
  guestImage,
  WasmtimeRig,
} from "../../agent/runtime/wasmtime/wasmtime_rig.ts";
import { runtimeContract } from "../../agent/runtime/runtime_contract.ts";
import type { ContainerConfig } from "../../agent/runtime/runtime.ts";
import type { Host } from "../../src/base/host.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { foundTools, type Need, testWith } from "../../src/testing/needs.ts";

const NEEDS: readonly Need[] = ["root", "cni", "nft"];
const RANGES = { podCidr: "10.42.7.0/24", clusterCidr: "10.42.0.0/16" };
const FORWARDING = "/proc/sys/net/ipv4/ip_forward";

function open(host: Host, dir: string): BridgeNetwork {
  const { cniBin, nft } = foundTools();
  return new BridgeNetwork(host, {
    dir,
    cniBin: cniBin ?? "",
    nft: { path: nft ?? "nft" },
  });
}

async function output(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args, stderr: "null" })
    .output();
  return new TextDecoder().decode(stdout);
}

/** Which address a server (in the namespace `to`, else here) sees when somebody in the namespace `from` connects. */
async function caller(
  way: { from: string | undefined; to?: string; at: string },
): Promise<string> {
  const enter = (netns: string | undefined) =>
    netns ? ["nsenter", `--net=${netns}`] : ["env"];
  const deno = (netns: string | undefined, script: string) => {
    const [command = "", ...args] = enter(netns);
    return new Deno.Command(command, {
      args: [...args, Deno.execPath(), "eval", script],
      stdout: "piped",
    }).spawn();
  };
  await using server = deno(
    way.to,
    `const l = Deno.listen({ hostname: "${way.at}", port: 7070 });
     console.log("up");
     const c = await l.accept();
     await c.write(new TextEncoder().encode(c.remoteAddr.hostname));
     c.close();`,
  );
  const reader = server.stdout.getReader();
  await reader.read();
  reader.releaseLock();
  await server.stdout.cancel();
  const client = deno(
    way.from,
    `const c = await Deno.connect({ hostname: "${way.at}", port: 7070 });
     console.log(await new Response(c.readable).text());`,
  );
  const { stdout } = await client.output();
  return new TextDecoder().decode(stdout).trim();
}

function test(
  does: string,
  fn: (t: { host: Host; dir: string; network: PodNetwork }) => Promise<void>,
): void {
  testWith(`BridgeNetwork ${does}`, {
    needs: NEEDS,
    fn: async () => {
      using host = makeRealHost({ logLevel: "error" });
      const dir = await Deno.makeTempDir({ prefix: "wherry-network-" });
      const network = open(host, dir);
      try {
        await fn({ host, dir, network });
      } finally {
        await network.remove();
      }
    },
  });
}

test("gives each pod a namespace with an address and a way out", async ({ network }) => {
  await network.configure(RANGES);
  const place = await network.add("pod-1");
  assert.deepEqual(place.ips, ["10.42.7.2"]);
  const inside = (...args: string[]) =>
    output("nsenter", `--net=${place.netns}`, "ip", ...args);
  assert.match(
    await inside("-o", "-4", "address"),
    /eth0\s+inet 10\.42\.7\.2\/24/,
  );
  assert.match(await inside("-o", "link", "show", "lo"), /LOOPBACK,UP/);
  assert.match(await inside("route"), /default via 10\.42\.7\.1/);
  assert.ok(await network.isAlive("pod-1"));
  assert.equal((await network.add("pod-2")).ips[0], "10.42.7.3");
});

test("masquerades what leaves the cluster and nothing else", async ({ dir, network }) => {
  await network.configure(RANGES);
  const { netns } = await network.add("pod-1");
  // A world beyond the node that has no route to pods: it can only answer the node's own address.
  const world = `${dir}/world`;
  await output(
    "sh",
    "-ec",
    `: > ${world}; unshare --net=${world} ip link set lo up
     ip link add to-world type veth peer name eth0 netns ${world}
     ip address add 192.0.2.1/24 dev to-world && ip link set to-world up
     nsenter --net=${world} ip address add 192.0.2.2/24 dev eth0
     nsenter --net=${world} ip link set eth0 up`,
  );
  try {
    assert.equal(
      await caller({ from: netns, to: world, at: "192.0.2.2" }),
      "192.0.2.1",
    );
    assert.equal(await caller({ from: netns, at: "10.42.7.1" }), "10.42.7.2");
  } finally {
    await output("sh", "-c", `ip link delete to-world; umount ${world}`);
  }
});

test("forwards while it is there, and puts the machine back", async ({ network }) => {
  await output("sh", "-c", `echo 0 > ${FORWARDING}`);
  await network.configure(RANGES);
  await network.add("pod-1");
  assert.equal((await Deno.readTextFile(FORWARDING)).trim(), "1");
  await network.remove();
  assert.equal((await Deno.readTextFile(FORWARDING)).trim(), "0");
});

test("leaves a machine forwarding that did so before", async ({ network }) => {
  await output("sh", "-c", `echo 1 > ${FORWARDING}`);
  await network.configure(RANGES);
  await network.remove();
  assert.equal((await Deno.readTextFile(FORWARDING)).trim(), "1");
});

test("releases what crashes left and keeps the rest when it cleans up", async ({ host, dir, network }) => {
  await network.configure(RANGES);
  await network.add("pod-kept");
  await network.add("pod-lost");
  const lease = `${dir}/ipam/wherry/10.42.7.200`;
  await Deno.writeTextFile(lease, "pod-ghost\r\neth0");
  const others = `${dir}/ipam/wherry/10.42.7.201`;
  await Deno.writeTextFile(others, "a-container-of-containerd\r\neth0");
  const next = open(host, dir); // as the next agent
  await next.cleanup(new Set(["pod-kept"]));
  assert.ok(await next.isAlive("pod-kept"));
  assert.ok(!await next.isAlive("pod-lost"));
  const leases = (await Array.fromAsync(Deno.readDir(`${dir}/ipam/wherry`)))
    .map(({ name }) => name).filter((name) => /^\d/.test(name)).sort();
  assert.deepEqual(leases, ["10.42.7.2", "10.42.7.201"]);
  const veths = (await output("ip", "-o", "link", "show", "type", "veth"))
    .trim().split("\n");
  assert.equal(veths.length, 1);
});

test("leaves no namespace, interface, table or file when it is removed", async ({ dir, network }) => {
  await network.configure(RANGES);
  await network.add("pod-1");
  await network.add("pod-2");
  await network.remove();
  await network.remove();
  assert.equal(await output("ip", "-o", "link", "show", "type", "veth"), "");
  assert.equal(await output("ip", "-o", "link", "show", "type", "bridge"), "");
  assert.equal(
    await output(foundTools().nft ?? "nft", "list", "tables"),
    "",
  );
  assert.ok(!(await Deno.readTextFile("/proc/self/mountinfo")).includes(dir));
  await assert.rejects(Deno.stat(dir), Deno.errors.NotFound);
});

test("says why and leaves nothing when a pod's network cannot be made", async ({ host, dir }) => {
  const broken = new BridgeNetwork(host, { dir, cniBin: "/nowhere" });
  await assert.rejects(broken.add("pod-1"), /the node has no range/);
  await broken.configure(RANGES);
  await assert.rejects(broken.add("pod-1"), /Can not make the pod's network/);
  assert.ok(!(await Deno.readTextFile("/proc/self/mountinfo")).includes(dir));
});

runtimeContract("wasmtime on a bridge", {
  commands: false,
  needs: [...NEEDS, "wasmtime"],
  make: () =>
    WasmtimeRig.make(async (host, dir) => {
      const network = open(host, dir);
      await network.configure(RANGES);
      return network;
    }),
});

testWith("wasmtime on a bridge serves HTTP on the pod's own address", {
  needs: [...NEEDS, "wasmtime"],
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using rig = await WasmtimeRig.make(async (host, dir) => {
      const network = open(host, dir);
      await network.configure(RANGES);
      return network;
    });
    await using runtime = await rig.open();
    const image = guestImage("http_echo");
    const { imageRef } = await runtime.pullImage(image, {
      signal: AbortSignal.timeout(60_000),
    });
    const addresses: string[] = [];
    for (const name of ["one", "two"]) {
      const config = {
        name,
        namespace: "default",
        uid: name,
        attempt: 0,
        hostname: name,
        labels: {},
        annotations: {},
        logDirectory: `${rig.folder}/logs/${name}`,
        hostNetwork: false,
      };
      const sandbox = await runtime.runSandbox(config);
      const container: ContainerConfig = {
        name: "http",
        attempt: 0,
        image,
        imageRef,
        command: [],
        args: [],
        env: [{ name: "POD_NAME", value: name }],
        mounts: [],
        labels: {},
        annotations: {},
        ports: [{ containerPort: 80, protocol: "TCP" }],
        resources: { memoryLimitBytes: 64 * 1024 * 1024 },
        security: {
          privileged: false,
          supplementalGroups: [],
          readOnlyRootFilesystem: false,
          capabilitiesAdd: [],
          capabilitiesDrop: [],
        },
        stdin: false,
        tty: false,
      };
      const id = await runtime.createContainer(
        { id: sandbox.id, config },
        container,
      );
      await runtime.startContainer(id);
      addresses.push(sandbox.ips[0] ?? "");
    }
    const answers = await Promise.all(addresses.map(answerOf));
    assert.deepEqual(answers, ["hello from one\n", "hello from two\n"]);
    for (const { id } of await runtime.listSandboxes()) {
      await runtime.removeSandbox(id);
    }
    let left: string[] = [];
    for (let i = 0; i < 250; i++) {
      left = await rig.leftovers();
      if (left.length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.deepEqual(left, []);
  },
});

/** The first answer of a server that is about to come up. */
async function answerOf(address: string): Promise<string> {
  for (let i = 0;; i++) {
    try {
      return await (await fetch(`http://${address}:80/`)).text();
    } catch (error) {
      if (i === 500) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
