/**
 * A machine for tests of the wasmtime runtime: the real engine, a folder of its own, and a pod network as good as the user may make it.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Host } from "../../../src/base/host.ts";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { foundTools } from "../../../src/testing/needs.ts";
import { LoopbackNetwork } from "../../network/loopback_network.ts";
import type { PodNetwork } from "../../network/pod_network.ts";
import type { ContractSubject, Step } from "../runtime_contract.ts";
import { ownCgroups, type ProcessRuntime } from "../process/process_runtime.ts";
import { openWasmtimeRuntime } from "./mod.ts";

/** How often what is left is looked at before it counts, every 100 ms. */
const LOOKS = 50;

const GUESTS = new URL("../../../wasm/", import.meta.url);

/** The image of one of our own guests. */
export function guestImage(name: string): string {
  const base = Deno.env.get("WHERRY_TEST_GUESTS") ?? fileURLToPath(GUESTS);
  return `file://${base}${name}/${name}.wat`;
}

/** Path of the engine under test. */
export function wasmtimePath(): string {
  const found = foundTools().wasmtime;
  if (found) return found;
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if (Deno.statSync(`${folder}/wasmtime`).isFile) {
        return `${folder}/wasmtime`;
      }
    } catch {
      // not here
    }
  }
  throw new Error("No wasmtime on PATH");
}

/** A machine with the wasmtime runtime. */
export class WasmtimeRig implements ContractSubject {
  readonly folder: string;
  readonly missingImage = "file:///nowhere/missing.wasm";
  readonly host: Host & Disposable;
  readonly network: PodNetwork;

  private constructor(
    parts: { folder: string; host: Host & Disposable; network: PodNetwork },
  ) {
    this.folder = parts.folder;
    this.host = parts.host;
    this.network = parts.network;
  }

  /** @param makeNetwork pods' network; absent: loopback addresses that no product and hardly another test uses */
  static async make(
    makeNetwork?: (host: Host, dir: string) => Promise<PodNetwork>,
  ): Promise<WasmtimeRig> {
    const folder = await Deno.makeTempDir({ prefix: "wherry-wasmtime-" });
    const host = makeRealHost({ logLevel: "error" });
    const dir = `${folder}/network`;
    const network = makeNetwork
      ? await makeNetwork(host, dir)
      : new LoopbackNetwork(host, { dir });
    if (!makeNetwork) {
      await network.configure({
        ...loopbackRanges(),
      });
    }
    return new WasmtimeRig({ folder, host, network });
  }

  /** @inheritDoc */
  open(): Promise<ProcessRuntime> {
    return openWasmtimeRuntime(this.host, {
      dataDir: this.folder,
      wasmtime: wasmtimePath(),
      network: this.network,
    });
  }

  /** @inheritDoc */
  workload(steps: readonly Step[]) {
    return {
      image: guestImage("exerciser"),
      command: [],
      args: steps.flatMap(words),
    };
  }

  /** @inheritDoc */
  readonly server = {
    image: guestImage("http_echo"),
    command: [],
    args: [],
    ports: [{ containerPort: 8080, protocol: "TCP" as const }],
  };

  /** Processes that name our folder, mounts in it, cgroups, containers' files and logs; a supervisor that has told of the end has a moment to go. */
  async leftovers(): Promise<string[]> {
    for (let looks = 0;; looks++) {
      const found = await this.#found();
      if (found.length === 0 || looks === LOOKS) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async #found(): Promise<string[]> {
    const found: string[] = [];
    for await (const { name } of Deno.readDir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const line = await Deno.readTextFile(`/proc/${name}/cmdline`)
        .catch(() => "");
      if (line.includes(this.folder)) {
        found.push(`process ${name}: ${line.replaceAll("\0", " ")}`);
      }
    }
    for (
      const line of (await Deno.readTextFile("/proc/self/mountinfo")).split(
        "\n",
      )
    ) {
      if (line.includes(this.folder)) found.push(`mount ${line}`);
    }
    const cgroups = ownCgroups(this.host, `${this.folder}/wasmtime`);
    for (const controller of ["", "/memory", "/cpu", "/pids"]) {
      const path = `/sys/fs/cgroup${controller}${cgroups}`;
      if (await exists(path)) found.push(path);
    }
    const files = [
      ...await tree(`${this.folder}/wasmtime/containers`),
      ...await tree(`${this.folder}/wasmtime/sandboxes`),
      ...await tree(`${this.folder}/wasmtime/exits`),
      ...(await tree(`${this.folder}/network/ns`)),
    ];
    const logs = (await tree(`${this.folder}/logs`))
      .filter((path) => path.includes("."));
    return [...found, ...files, ...logs];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A test that failed midway must not leave its pods running.
    const runtime = await this.open();
    for (const { id } of await runtime.listSandboxes()) {
      await runtime.removeSandbox(id);
    }
    await runtime[Symbol.asyncDispose]();
    await this.network.remove();
    this.host[Symbol.dispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

function loopbackRanges() {
  const [second = 0, third = 0] = crypto.getRandomValues(new Uint8Array(2));
  const start = `127.${100 + second % 100}`;
  return {
    podCidr: `${start}.${third}.0/24`,
    clusterCidr: `${start}.0.0/16`,
  };
}

function words(step: Step): string[] {
  if ("print" in step) return ["print", step.print];
  if ("error" in step) return ["error", step.error];
  if ("sleepMs" in step) return ["sleep", String(step.sleepMs)];
  if ("exit" in step) return ["exit", String(step.exit)];
  if ("read" in step) return ["read", step.read];
  return ["env"];
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

async function tree(path: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name } of Deno.readDir(path)) {
      found.push(`${path}/${name}`, ...await tree(`${path}/${name}`));
    }
  } catch {
    // a file, or gone
  }
  return found;
}
