import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import type { PodNetwork } from "../../network/pod_network.ts";
import type { SandboxConfig } from "../runtime.ts";
import type { Engine } from "./engine.ts";
import { ProcessRuntime } from "./process_runtime.ts";

Deno.test({
  name:
    "runSandbox() gives the pod's address back when its record cannot be written",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using host = makeRealHost({ writeLog: () => {} });
    const dir = await Deno.makeTempDir();
    const taken = new Set<string>();
    const network = {
      add: (id: string) => {
        taken.add(id);
        return Promise.resolve({ ips: ["10.42.0.2"] });
      },
      release: (id: string) => Promise.resolve(void taken.delete(id)),
      cleanup: () => Promise.resolve(),
    } as unknown as PodNetwork;
    const engine = {
      name: "none",
      removeUnused: () => Promise.resolve(),
    } as unknown as Engine;
    const runtime = await ProcessRuntime.open(host, { dir, engine, network });
    try {
      host.disk.writeAtomic = () => Promise.reject(new Error("No space left"));
      await assert.rejects(
        runtime.runSandbox(configIn(dir)),
        /No space left/,
      );
      assert.deepEqual([...taken], []);
      assert.deepEqual(await runtime.listSandboxes(), []);
    } finally {
      await runtime[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test({
  name: "runSandbox() refuses kernel parameters: it can set none",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using host = makeRealHost({ writeLog: () => {} });
    const dir = await Deno.makeTempDir();
    const network = {
      cleanup: () => Promise.resolve(),
    } as unknown as PodNetwork;
    const engine = {
      name: "none",
      removeUnused: () => Promise.resolve(),
    } as unknown as Engine;
    const runtime = await ProcessRuntime.open(host, { dir, engine, network });
    try {
      const sysctls = { "net.core.somaxconn": "1" };
      await assert.rejects(
        runtime.runSandbox({ ...configIn(dir), sysctls }),
        { reason: "CreatePodSandboxError" },
      );
    } finally {
      await runtime[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
    }
  },
});

function configIn(dir: string): SandboxConfig {
  return {
    name: "web",
    namespace: "default",
    uid: "uid-1",
    attempt: 0,
    hostname: "web",
    labels: {},
    annotations: {},
    logDirectory: `${dir}/logs`,
    hostNetwork: false,
  };
}
