import assert from "node:assert/strict";
import { plainContainer } from "../../testing/plain_container.ts";
import { testWith } from "../../../src/testing/needs.ts";
import type { ContainerConfig, Runtime, SandboxConfig } from "../runtime.ts";
import { guestImage, WasmtimeRig } from "../wasmtime/wasmtime_rig.ts";
import { BASE, MixedRig } from "./mixed_rig.ts";
import { MixedRuntime } from "./mixed_runtime.ts";

const SIGNAL = AbortSignal.timeout(60_000);

/** A machine with two engines, opened as an agent would. */
class Machine implements AsyncDisposable {
  rig!: MixedRig;
  engines!: Runtime[];
  mixed!: MixedRuntime;

  static async make(): Promise<Machine> {
    const machine = new Machine();
    machine.rig = await MixedRig.over(await WasmtimeRig.make());
    await machine.open();
    return machine;
  }

  async open(): Promise<void> {
    this.engines = await this.rig.engines();
    this.mixed = new MixedRuntime(this.engines);
    await this.mixed.listSandboxes();
  }

  async close(): Promise<void> {
    for (const engine of this.engines) await engine[Symbol.asyncDispose]();
  }

  engine(name: string): Runtime {
    return this.engines.find((engine) => engine.name === name)!;
  }

  sandbox(engines?: Record<string, string>): SandboxConfig {
    return {
      name: "pod",
      namespace: "default",
      uid: "uid",
      attempt: 0,
      hostname: "pod",
      labels: {},
      annotations: {},
      logDirectory: `${this.rig.folder}/logs/pod`,
      hostNetwork: false,
      ...(engines && { engines }),
    };
  }

  async container(name: string, engine: string): Promise<ContainerConfig> {
    const image = guestImage("exerciser");
    const { imageRef } = await this.engine(engine).pullImage(image, {
      signal: SIGNAL,
    });
    const args = ["sleep", "600000"];
    return plainContainer({ name, image, imageRef, args });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await this.rig[Symbol.asyncDispose]();
  }
}

/** Registers a test with a machine of its own. */
function mixedTest(name: string, fn: (machine: Machine) => Promise<void>) {
  testWith(name, {
    needs: ["linux", "wasmtime"],
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using machine = await Machine.make();
      await fn(machine);
    },
  });
}

const BOTH = { a: BASE, b: "wasmtime", c: "wasmtime" };

mixedTest(
  "MixedRuntime puts containers of several engines into one sandbox, which the next agent finds whole",
  async (machine) => {
    const config = machine.sandbox(BOTH);
    const { id, ips } = await machine.mixed.runSandbox(config);
    const configs = await Promise.all(
      Object.entries(BOTH).map(([name, engine]) =>
        machine.container(name, engine)
      ),
    );
    // At once: the second one joins with the first.
    const ids = await Promise.all(
      configs.map((one) => machine.mixed.createContainer({ id, config }, one)),
    );
    for (const one of ids) await machine.mixed.startContainer(one);
    const look = async () => {
      const found = await machine.mixed.listSandboxes();
      assert.equal(found.length, 1);
      const [sandbox] = found;
      assert.deepEqual([sandbox!.id, sandbox!.state], [id, "ready"]);
      assert.deepEqual(sandbox!.ips, ips);
      assert.deepEqual(
        sandbox!.containers.map((one) => [
          one.name,
          one.engine,
          one.sandboxId,
          one.state,
        ]).sort(),
        Object.entries(BOTH).map(([name, engine]) => [
          ...[name, engine, id, "running"],
        ]),
      );
    };
    await look();
    assert.equal((await machine.engine("wasmtime").listSandboxes()).length, 1);
    await machine.close();
    await machine.open();
    await look();
    // One by one, as the states of containers do it, then all that is left.
    await machine.mixed.removeContainer(ids[1]!);
    assert.equal(await machine.mixed.containerStatus(ids[1]!), undefined);
    assert.equal((await machine.mixed.containerStatus(ids[2]!))?.sandboxId, id);
    await machine.mixed.removeSandbox(id);
    assert.deepEqual(await machine.mixed.listSandboxes(), []);
    assert.deepEqual(await machine.rig.leftovers(), []);
  },
);

mixedTest(
  "MixedRuntime tells of what has lost its base, so that it can be removed",
  async (machine) => {
    const config = machine.sandbox(BOTH);
    const { id } = await machine.mixed.runSandbox(config);
    const container = await machine.container("b", "wasmtime");
    const joined = await machine.mixed.createContainer(
      { id, config },
      container,
    );
    await machine.mixed.startContainer(joined);
    // As when the agent is killed in the midst of a removal.
    await machine.engine(BASE).removeSandbox(id);
    assert.equal((await machine.mixed.sandboxStatus(id))?.state, "notready");
    await machine.close();
    await machine.open();
    const [left, ...others] = await machine.mixed.listSandboxes();
    assert.deepEqual(others, []);
    assert.deepEqual([left?.id, left?.state], [id, "notready"]);
    await assert.rejects(
      machine.mixed.createContainer({ id, config }, container),
      /sandbox ".*" is not running/,
    );
    await machine.mixed.stopSandbox(id);
    await machine.mixed.removeSandbox(id);
    assert.deepEqual(await machine.rig.leftovers(), []);
  },
);

mixedTest(
  "MixedRuntime tells that nothing of it is left when the machine was started anew",
  async (machine) => {
    const config = machine.sandbox(BOTH);
    const { id } = await machine.mixed.runSandbox(config);
    const container = await machine.container("b", "wasmtime");
    await machine.mixed.createContainer({ id, config }, container);
    await machine.close();
    const { folder } = machine.rig;
    for (const place of [folder, `${folder}/base`]) {
      const sandboxes = `${place}/wasmtime/sandboxes`;
      for (const { name } of Deno.readDirSync(sandboxes)) {
        const path = `${sandboxes}/${name}`;
        const record = JSON.parse(await Deno.readTextFile(path));
        const bootId = "00000000-0000-0000-0000-000000000000";
        await Deno.writeTextFile(path, JSON.stringify({ ...record, bootId }));
      }
    }
    await machine.open();
    const [lost] = await machine.mixed.listSandboxes();
    assert.deepEqual([lost?.id, lost?.state], [id, "notready"]);
    await machine.mixed.stopSandbox(id);
    const next = await machine.mixed.runSandbox({ ...config, attempt: 1 });
    assert.equal(next.state, "ready");
    const again = await machine.mixed.createContainer(
      { id: next.id, config },
      { ...container, attempt: 1 },
    );
    await machine.mixed.startContainer(again);
    await machine.mixed.removeSandbox(id);
    assert.equal(
      (await machine.mixed.containerStatus(again))?.state,
      "running",
    );
    await machine.mixed.removeSandbox(next.id);
    assert.deepEqual(await machine.rig.leftovers(), []);
  },
);

mixedTest(
  "MixedRuntime leaves others' sandboxes alone, and says which engine a node lacks",
  async (machine) => {
    const { id } = await machine.engine("wasmtime").runSandbox(
      machine.sandbox(),
    );
    assert.deepEqual(await machine.mixed.listSandboxes(), []);
    assert.equal(await machine.mixed.sandboxStatus(id), undefined);
    const heard: string[] = [];
    using _watch = machine.mixed.onChange((one) => heard.push(one));
    await machine.engine("wasmtime").removeSandbox(id);
    assert.deepEqual(heard, []);
    await assert.rejects(
      machine.mixed.runSandbox(machine.sandbox({ a: "wasmtime", b: "deno" })),
      /This node has no runtime "deno": it has wasmtime, containerd/,
    );
    assert.deepEqual(await machine.rig.leftovers(), []);
  },
);
