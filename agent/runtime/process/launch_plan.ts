/**
 * From what a Pod wants of a container to a process that can be started, and the files that it needs.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import {
  type ContainerConfig,
  RuntimeError,
  type SandboxConfig,
} from "../runtime.ts";
import type { SandboxRecord } from "./container_record.ts";
import type { Engine, Launch } from "./engine.ts";
import type { GuestRoots } from "./guest_root.ts";
import { type MountPlan, planMounts, prepareMounts } from "./mounts.ts";
import type { SuperviseRequest } from "./supervisor.ts";

type PlanHost = Pick<Host, "disk" | "processes">;

/** What {@linkcode planLaunch} works with. */
export interface LaunchPlanParts {
  /** The machine. */
  readonly host: PlanHost;
  /** Who runs it. */
  readonly engine: Engine;
  /** Absent where the engine wants none. */
  readonly roots?: GuestRoots;
}

/** What {@linkcode planLaunch} plans for. */
export interface LaunchPlanRequest {
  /** What the Pod wants. */
  readonly config: ContainerConfig;
  /** The pod's sandbox. */
  readonly owner: Pick<SandboxRecord, "config" | "netns" | "ips">;
  /** The container's own folder. */
  readonly folder: string;
  /** Whether cgroups hold the limits. */
  readonly hasCgroups: boolean;
}

/** How a container is started. */
export interface LaunchPlan {
  /** The process. */
  readonly launch: Launch;
  /** What it sees of the machine. */
  readonly mounts: MountPlan;
}

/**
 * Plans it; writes nothing.
 *
 * @throws {RuntimeError} when the engine or the machine cannot do what is asked
 */
export async function planLaunch(
  { host, engine, roots }: LaunchPlanParts,
  { config, owner, folder, hasCgroups }: LaunchPlanRequest,
): Promise<LaunchPlan> {
  const wish = {
    mounts: config.mounts,
    ...(owner.config.dns ? { resolvConf: `${folder}/resolv.conf` } : {}),
  };
  const hasRoot = await roots?.isPossible() ?? false;
  const plan = hasRoot && roots ? undefined : await planMounts(host, {
    ...wish,
    folder: `${folder}/mnt`,
    isRoot: host.processes.uid === 0,
    ...(engine.keepsReadOnly && { keepsReadOnly: true }),
  });
  const { memoryLimitBytes } = config.resources;
  const launch = await engine.launch({
    config,
    folder,
    folders: plan?.folders ?? roots?.folders(config.mounts) ?? [],
    annotations: owner.config.annotations,
    bindAddress: owner.netns || owner.config.hostNetwork
      ? "0.0.0.0"
      : owner.ips[0] ?? "127.0.0.1",
    ...(memoryLimitBytes !== undefined && !hasCgroups
      ? { memoryLimitBytes }
      : {}),
    ...(hasRoot ? { hasRoot } : {}),
  });
  const mounts = plan ?? await roots?.plan({ ...wish, launch, folder });
  return { launch, mounts: mounts ?? { folders: [], points: [], links: [] } };
}

/** Writes what the plan needs into the container's folder. */
export async function prepareLaunch(
  host: PlanHost,
  { mounts, launch }: LaunchPlan,
  { folder, dns }: { folder: string; dns?: SandboxConfig["dns"] },
): Promise<void> {
  const { disk } = host;
  const write = (name: string, content: string) =>
    disk.writeAtomic(`${folder}/${name}`, content, { sync: false });
  await disk.mkdir(`${folder}/mnt`);
  if (dns) await write("resolv.conf", resolvConf(dns));
  for (const { name, content } of launch.files ?? []) {
    await write(name, content);
  }
  await prepareMounts(host, mounts, `${folder}/mnt`);
  if (mounts.rootTable !== undefined) await write("root", mounts.rootTable);
}

/** What the supervisor is told of mounts and root. @throws {RuntimeError} when nobody can make the root: no guest is started without its walls */
export function superviseMounts(
  { mounts, launch }: LaunchPlan,
  { folder, rootLauncher }: {
    folder: string;
    /** The program that makes a root for the guest. */
    rootLauncher?: string;
  },
): Pick<SuperviseRequest, "mounts" | "root"> {
  const { table, rootTable } = mounts;
  if (rootTable !== undefined && launch.root) {
    if (rootLauncher === undefined) {
      throw new RuntimeError(
        "RunContainerError",
        "Can not start the container: it was made for a root folder of its own, and its engine is away",
      );
    }
    const { program, workingDir } = launch.root;
    const root = {
      launcher: rootLauncher,
      ...{ table: `${folder}/root`, folder: `${folder}/mnt`, program },
      ...(workingDir !== undefined && { workingDir }),
    };
    return { root };
  }
  return table === undefined
    ? {}
    : { mounts: { table, folder: `${folder}/mnt` } };
}

function resolvConf(dns: NonNullable<SandboxConfig["dns"]>): string {
  return [
    ...dns.servers.map((server) => `nameserver ${server}`),
    ...(dns.searches.length ? [`search ${dns.searches.join(" ")}`] : []),
    ...(dns.options.length ? [`options ${dns.options.join(" ")}`] : []),
  ].map((line) => `${line}\n`).join("");
}
