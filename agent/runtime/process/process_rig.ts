/**
 * What the machines for tests of engines' runtimes have in common.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import type { PodNetwork } from "../../network/pod_network.ts";
import type { Step } from "../runtime_contract.ts";
import { ownCgroups, type ProcessRuntime } from "./process_runtime.ts";

/** How often what is left is looked at before it counts, every 100 ms. */
const LOOKS = 50;

/** A machine of an engine. */
export interface ProcessRig {
  /** All that it has is below it. */
  readonly folder: string;
  readonly host: Host & Disposable;
  readonly network: PodNetwork;
  open(): Promise<ProcessRuntime>;
}

/**
 * Processes that name the rig's folder or have something of it mounted, cgroups, containers' files and logs; a supervisor that has told of the end has a
 * moment to go. A guest in a root folder of its own names nothing of the machine: what it has mounted tells whose it is.
 *
 * @param engine names the engine's folder
 */
export async function leftoversOf(
  rig: ProcessRig,
  engine: string,
): Promise<string[]> {
  for (let looks = 0;; looks++) {
    const found = await findLeftovers(rig, engine);
    if (found.length === 0 || looks === LOOKS) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function findLeftovers(
  { host, folder }: ProcessRig,
  engine: string,
): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const read = (file: string) =>
      Deno.readTextFile(`/proc/${name}/${file}`).catch(() => "");
    const command = await read("cmdline");
    const mounts = await read("mountinfo");
    if (command.includes(folder) || mounts.includes(folder)) {
      found.push(`process ${name}: ${command.replaceAll("\0", " ")}`);
    }
  }
  const cgroups = ownCgroups(host, `${folder}/${engine}`);
  for (const controller of ["", "/memory", "/cpu", "/pids"]) {
    const path = `/sys/fs/cgroup${controller}${cgroups}`;
    if (await Deno.stat(path).catch(() => undefined)) found.push(path);
  }
  const files = [
    ...await tree(`${folder}/${engine}/containers`),
    ...await tree(`${folder}/${engine}/sandboxes`),
    ...await tree(`${folder}/${engine}/exits`),
    ...await tree(`${folder}/network/ns`),
  ];
  const logs = (await tree(`${folder}/logs`))
    .filter((path) => path.includes("."));
  return [...found, ...files, ...logs];
}

/** Ends what a test that failed midway left running, and takes the machine away. */
export async function closeRig(rig: ProcessRig): Promise<void> {
  const runtime = await rig.open();
  for (const { id } of await runtime.listSandboxes()) {
    await runtime.removeSandbox(id);
  }
  await runtime[Symbol.asyncDispose]();
  await rig.network.remove();
  rig.host[Symbol.dispose]();
  await Deno.remove(rig.folder, { recursive: true });
}

/** Ranges of loopback addresses that no other rig has, as a rule. */
export function loopbackRanges(): { podCidr: string; clusterCidr: string } {
  const [second = 0, third = 0] = crypto.getRandomValues(new Uint8Array(2));
  const start = `127.${100 + second % 100}`;
  return {
    podCidr: `${start}.${third}.0/24`,
    clusterCidr: `${start}.0.0/16`,
  };
}

/** A step of the contract as the exerciser's arguments. */
export function exerciserWords(step: Step): string[] {
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
