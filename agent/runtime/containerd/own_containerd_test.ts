import assert from "node:assert/strict";
import { join } from "node:path";
import {
  ContainerdRig,
  shellContainer,
} from "../../../src/testing/containerd_rig.ts";
import { testWith } from "../../../src/testing/needs.ts";
import type { Runtime } from "../runtime.ts";
import { findShims, mountsUnder, readBundles } from "./leftovers.ts";

/** Runs a container that lasts until the file `/gate/open` is there and then exits with 5. */
async function gated(rig: ContainerdRig, name: string) {
  const gate = join(rig.dir, `gate-${name}`);
  await Deno.mkdir(gate);
  const config = rig.sandbox(name);
  const { runtime } = rig.own;
  const sandbox = await runtime.runSandbox(config);
  const id = await runtime.createContainer(
    { id: sandbox.id, config },
    shellContainer(
      "echo up; until [ -e /gate/open ]; do usleep 10000; done; echo down; exit 5",
      { mounts: [{ hostPath: gate, containerPath: "/gate", readOnly: false }] },
    ),
  );
  await runtime.startContainer(id);
  return {
    id,
    sandbox,
    open: () => Deno.writeTextFile(join(gate, "open"), ""),
  };
}

async function until(what: string, check: () => Promise<boolean>) {
  for (let i = 0; i < 600; i++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Never happened: ${what}`);
}

async function exitOf(runtime: Runtime, id: string) {
  await until("the container's end", async () => {
    const status = await runtime.containerStatus(id).catch(() => undefined);
    return status?.state === "exited";
  });
  return (await runtime.containerStatus(id))!;
}

testWith("OwnContainerd.open() finds what the last agent left running", {
  needs: ["containerd"],
  fn: async () => {
    await using rig = await ContainerdRig.open();
    const stays = await gated(rig, "stays");
    const ends = await gated(rig, "ends");
    const before = await rig.own.pid();
    // An agent that is killed says no goodbye; what it leaves is what a dropped connection leaves.
    await rig.own[Symbol.asyncDispose]();
    await ends.open();
    const { runtime } = await rig.connect();
    assert.equal(await rig.own.pid(), before);
    const found = await runtime.listSandboxes();
    assert.deepEqual(
      found.map((one) => one.id).toSorted(),
      [stays.sandbox.id, ends.sandbox.id].toSorted(),
    );
    assert.equal((await exitOf(runtime, ends.id)).exitCode, 5);
    assert.equal((await runtime.containerStatus(stays.id))!.state, "running");
  },
});

testWith(
  "OwnContainerd.networkConfigured() waits until pods can have the network",
  {
    needs: ["containerd"],
    fn: async () => {
      await using rig = await ContainerdRig.open();
      const { runtime } = rig.own;
      const path = join(rig.dir, "containerd/cni/10-test.conflist");
      const conflist = await Deno.readTextFile(path);
      await Deno.remove(path);
      await until(
        "containerd without a network",
        async () => !(await runtime.status()).ready,
      );
      let isOver = false;
      const configured = rig.own.networkConfigured().then(() => isOver = true);
      for (let i = 0; i < 3; i++) await runtime.status();
      assert.ok(!isOver);
      await Deno.writeTextFile(path, conflist);
      await configured;
      const { ips } = await runtime.runSandbox(rig.sandbox("early"));
      assert.equal(ips.length, 1);
    },
  },
);

testWith("OwnContainerd outlives a client that is killed", {
  needs: ["containerd"],
  fn: async () => {
    await using rig = await ContainerdRig.open();
    await rig.own[Symbol.asyncDispose]();
    const module = (path: string) => new URL(path, import.meta.url).href;
    const program = `
      import { makeRealHost } from "${
      module("../../../src/base/real_host.ts")
    }";
      import { OwnContainerd } from "${module("./mod.ts")}";
      const own = await OwnContainerd.open(makeRealHost(), ${
      JSON.stringify({ dir: join(rig.dir, "containerd"), tools: rig.tools })
    });
      const config = ${JSON.stringify(rig.sandbox("orphan"))};
      const sandbox = await own.runtime.runSandbox(config);
      const id = await own.runtime.createContainer({ id: sandbox.id, config }, ${
      JSON.stringify(shellContainer("exec sleep 1000"))
    });
      await own.runtime.startContainer(id);
      console.log(id);
      await new Promise(() => setInterval(() => {}, 1000));
    `;
    const script = join(rig.dir, "client.ts");
    await Deno.writeTextFile(script, program);
    const client = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--config"],
        ...[new URL("../../../deno.json", import.meta.url).pathname, script],
      ],
      stdout: "piped",
    }).spawn();
    const output = client.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const id = (await output.read()).value!.trim();
    client.kill("SIGKILL");
    await client.status;
    await output.cancel();

    const { runtime } = await rig.connect();
    const status = await runtime.containerStatus(id);
    assert.equal(status?.state, "running");
  },
});

testWith("OwnContainerd brings a killed containerd back", {
  needs: ["containerd"],
  fn: async () => {
    await using rig = await ContainerdRig.open();
    const { runtime } = rig.own;
    const stays = await gated(rig, "stays");
    const ends = await gated(rig, "ends");
    const told = new Set<string>();
    using _hints = runtime.onChange((id) => told.add(id));
    const before = (await rig.own.pid())!;
    Deno.kill(before, "SIGKILL");
    await ends.open();
    await until("another containerd", async () => {
      const now = await rig.own.pid();
      return now !== undefined && now !== before;
    });
    assert.equal((await exitOf(runtime, ends.id)).exitCode, 5);
    assert.equal((await runtime.containerStatus(stays.id))!.state, "running");
    await until("hints", () => Promise.resolve(told.has(ends.sandbox.id)));
    await stays.open();
    assert.equal((await exitOf(runtime, stays.id)).exitCode, 5);
  },
});

testWith("OwnContainerd.stop() leaves nothing outside its folder", {
  needs: ["containerd"],
  fn: async (t) => {
    await using rig = await ContainerdRig.open();
    for (const way of ["in order", "after containerd was killed"]) {
      await t.step(way, async () => {
        await gated(rig, "one");
        await gated(rig, "two");
        const runDir = rig.own.socket.replace(/\/[^/]+$/, "");
        const traces = await readBundles(rig.host, `${runDir}/state`);
        assert.equal(traces.ids.length, 4);
        assert.ok(traces.cgroups.length > 0);
        const shims = await findShims(rig.host, rig.own.socket);
        assert.equal(shims.length, 2);
        if (way !== "in order") {
          // Nobody brings it back: the client lets go first.
          await rig.own[Symbol.asyncDispose]();
          Deno.kill((await rig.own.pid())!, "SIGKILL");
        }
        await rig.own.stop();

        assert.deepEqual(await findShims(rig.host, rig.own.socket), []);
        assert.deepEqual(await mountsUnder(rig.host, runDir), []);
        assert.deepEqual(await mountsUnder(rig.host, rig.dir), []);
        for (const path of [runDir, ...traces.sockets]) {
          await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
        }
        for (const cgroup of traces.cgroups) {
          for (const root of ["", "memory", "cpu"]) {
            const path = join("/sys/fs/cgroup", root, cgroup);
            await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
          }
        }
        const results = await names("/var/lib/cni/results");
        for (const id of traces.ids) {
          assert.ok(!results.some((name) => name.includes(id)), id);
        }
        for await (const entry of Deno.readDir("/proc")) {
          if (!/^\d+$/.test(entry.name) || Number(entry.name) === Deno.pid) {
            continue;
          }
          const args = await Deno.readTextFile(`/proc/${entry.name}/cmdline`)
            .catch(() => "");
          assert.ok(!args.includes(rig.dir) && !args.includes(runDir), args);
        }
        const links = await rig.host.processes.run("ip", {
          args: ["-n", rig.netns!, "-o", "link"],
        });
        if (way === "in order") assert.doesNotMatch(links.stdout, /veth/);

        // As after a reboot: what was is known, and can be taken away.
        await rig.connect();
        const { runtime } = rig.own;
        assert.equal((await runtime.listImages()).length, 2);
        const left = await runtime.listSandboxes();
        assert.deepEqual(left.map((one) => one.state), [
          "notready",
          "notready",
        ]);
        for (const { containers: [container] } of left) {
          assert.equal(container!.state, "exited");
          const log = runtime.logs(container!.id, {
            follow: false,
            signal: new AbortController().signal,
          });
          assert.equal((await Array.fromAsync(log)).length, 1);
        }
        await runtime.removeAll();
        assert.deepEqual(await runtime.listSandboxes(), []);
        for (const name of await names(rig.dir)) {
          if (name.startsWith("gate-")) {
            await Deno.remove(join(rig.dir, name), { recursive: true });
          }
        }
      });
    }
  },
});

async function names(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map((e) => e.name);
  } catch {
    return [];
  }
}
