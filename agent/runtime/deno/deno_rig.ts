/**
 * A machine for tests of the Deno runtime: the real engine, a folder of its own, and a pod network as good as the user may make it.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { LoopbackNetwork } from "../../network/loopback_network.ts";
import type { PodNetwork } from "../../network/pod_network.ts";
import { GuestRoots } from "../process/guest_root.ts";
import { ownCgroups, type ProcessRuntime } from "../process/process_runtime.ts";
import type { ContractSubject, Step } from "../runtime_contract.ts";
import { GUESTS } from "./deno_guests.ts";
import { openDenoRuntime } from "./mod.ts";

/** A machine with the Deno runtime. */
export class DenoRig implements ContractSubject {
  readonly folder: string;
  /** False on a machine that lets an ordinary user have no namespaces, and where one is to be played. */
  readonly hasRoots: boolean;
  readonly missingImage = "file:///nowhere/missing.mjs";
  readonly host: Host & Disposable;
  readonly network: PodNetwork;

  private constructor(parts: {
    folder: string;
    host: Host & Disposable;
    network: PodNetwork;
    hasRoots: boolean;
  }) {
    this.hasRoots = parts.hasRoots;
    this.folder = parts.folder;
    this.host = parts.host;
    this.network = parts.network;
  }

  /** @param makeNetwork pods' network; absent: loopback addresses that no product and hardly another test uses */
  static async make(
    makeNetwork?: (host: Host, dir: string) => Promise<PodNetwork>,
  ): Promise<DenoRig> {
    const folder = await Deno.makeTempDir({ prefix: "wherry-deno-" });
    const host = makeRealHost({ logLevel: "error" });
    const dir = `${folder}/network`;
    const network = makeNetwork
      ? await makeNetwork(host, dir)
      : new LoopbackNetwork(host, { dir });
    if (!makeNetwork) await network.configure(loopbackRanges());
    await Deno.mkdir(`${folder}/images`);
    const roots = await GuestRoots.open(host, folder);
    const hasRoots = await roots.isPossible() &&
      Deno.env.get("WHERRY_TEST_WITHOUT_ROOTS") === undefined;
    const rig = new DenoRig({ folder, host, network, hasRoots });
    for (const [name, text] of Object.entries(GUESTS)) {
      await rig.image(name, text);
    }
    return rig;
  }

  /** The name of an image with this content. */
  async image(name: string, text: string): Promise<string> {
    const path = `${this.folder}/images/${name}`;
    await Deno.writeTextFile(path, text);
    return `file://${path}`;
  }

  /** @inheritDoc */
  open(): Promise<ProcessRuntime> {
    return openDenoRuntime(this.host, {
      dataDir: this.folder,
      network: this.network,
      imageDir: `${this.folder}/images`,
      wantsRoot: this.hasRoots,
    });
  }

  /** @inheritDoc */
  workload(steps: readonly Step[]) {
    return {
      image: "file:exerciser.mjs",
      command: [],
      args: steps.flatMap(words),
    };
  }

  /** @inheritDoc */
  readonly server = {
    image: "file:echo.js",
    command: [],
    args: [],
    ports: [{ containerPort: 8080, protocol: "TCP" as const }],
  };

  /** Processes that name our folder, mounts in it, cgroups, containers' files and logs. */
  async leftovers(): Promise<string[]> {
    const found: string[] = [];
    for await (const { name } of Deno.readDir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const about = await Deno.readTextFile(`/proc/${name}/cmdline`)
        .catch(() => "");
      const mounts = await Deno.readTextFile(`/proc/${name}/mountinfo`)
        .catch(() => "");
      if (about.includes(this.folder) || mounts.includes(this.folder)) {
        found.push(`process ${name}: ${about.replaceAll("\0", " ")}`);
      }
    }
    const cgroups = ownCgroups(this.host, `${this.folder}/deno`);
    for (const controller of ["", "/memory", "/cpu", "/pids"]) {
      const path = `/sys/fs/cgroup${controller}${cgroups}`;
      if (await Deno.stat(path).catch(() => undefined)) found.push(path);
    }
    const files = [
      ...await tree(`${this.folder}/deno/containers`),
      ...await tree(`${this.folder}/deno/sandboxes`),
      ...await tree(`${this.folder}/deno/exits`),
      ...await tree(`${this.folder}/network/ns`),
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
