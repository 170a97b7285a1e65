/**
 * One look at a pod: its containers, its group, its network.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type {
  ContainerStatus,
  Runtime,
  SandboxStatus,
} from "../runtime/runtime.ts";
import type { Cgroups } from "./cgroups.ts";
import {
  type ContainerLook,
  lookAt,
  memoryFrom,
  type Told,
} from "./container_look.ts";
import type { GroupMemory, GroupUsage } from "./group_usage.ts";
import { interfacesOf } from "./machine_usage.ts";
import type { InterfaceCounters } from "./proc_files.ts";

/** A pod as far as its usage goes. */
export interface StatsPod {
  readonly pod: Pod;
  readonly runtime: Runtime;
  /** The sandbox that is there. */
  readonly sandbox: SandboxStatus | undefined;
}

/** What a pod uses. */
export interface PodLook extends GroupUsage {
  readonly of: StatsPod;
  readonly sandbox: SandboxStatus;
  readonly containers: readonly ContainerLook[];
  /** Its control group, where it has one. */
  readonly cgroupPath?: string;
  /** Its own interfaces; absent where it has none of its own, or without `detail`. */
  readonly interfaces?: readonly InterfaceCounters[];
}

/** What a look needs. */
export interface PodLookOptions {
  readonly cgroups: Cgroups;
  /** The group of a pod; undefined where pods have none. */
  readonly podCgroup: (pod: Pod) => string | undefined;
  readonly told: Told;
  readonly detail: boolean;
}

/** Looks at a pod; undefined when nothing of it runs. */
export async function lookAtPod(
  host: { readonly disk: Pick<Host["disk"], "readText"> },
  of: StatsPod,
  options: PodLookOptions,
): Promise<PodLook | undefined> {
  const { pod, runtime, sandbox } = of;
  const { cgroups, podCgroup, told, detail } = options;
  if (!sandbox) return undefined;
  const podGroup = podCgroup(pod);
  const containers: ContainerLook[] = [];
  for (const container of sandbox.containers.filter(isRunning)) {
    containers.push(
      await lookAt(host, container, {
        cgroups,
        runtime,
        podGroup,
        detail,
        told,
      }),
    );
  }
  const group = podGroup === undefined
    ? undefined
    : await cgroups.usage(podGroup, { detail });
  const sum = sumOf(containers);
  const cpu = group?.cpu ?? sum.cpu;
  const memory = group?.memory ?? sum.memory;
  const interfaces = detail
    ? await podInterfaces(host, { of, podGroup, cgroups, containers })
    : undefined;
  return {
    ...group,
    ...cpu && { cpu },
    ...memory && { memory },
    of,
    sandbox,
    containers,
    ...group && podGroup !== undefined && { cgroupPath: podGroup },
    ...interfaces && { interfaces },
  };
}

function isRunning({ state }: ContainerStatus): boolean {
  return state === "running";
}

/** What a pod uses that has no group of its own. */
function sumOf(
  containers: readonly ContainerLook[],
): Pick<GroupUsage, "cpu" | "memory"> {
  const cpus = containers.flatMap(({ cpu }) => cpu ?? []);
  const memories = containers.flatMap(({ memory }) => memory ?? []);
  const total = (name: keyof GroupMemory) =>
    memories.reduce((sum, memory) => sum + ((memory[name] as number) ?? 0), 0);
  return {
    ...cpus.length > 0 && {
      cpu: { usageNs: cpus.reduce((sum, { usageNs }) => sum + usageNs, 0) },
    },
    ...memories.length > 0 && {
      memory: memoryFrom({
        usageBytes: total("usageBytes"),
        workingSetBytes: total("workingSetBytes"),
        rssBytes: total("rssBytes"),
        swapBytes: total("swapBytes"),
        pageFaults: total("pageFaults"),
        majorPageFaults: total("majorPageFaults"),
      }),
    },
  };
}

/**
 * Any of the pod's processes sees its network: one of its containers, or the one that holds the sandbox. A pod with an address of the loopback network
 * shares the machine's.
 */
async function podInterfaces(
  host: { readonly disk: Pick<Host["disk"], "readText"> },
  pod: {
    readonly of: StatsPod;
    readonly podGroup: string | undefined;
    readonly cgroups: Cgroups;
    readonly containers: readonly ContainerLook[];
  },
): Promise<InterfaceCounters[] | undefined> {
  const { of, podGroup, cgroups, containers } = pod;
  if (of.pod.spec.hostNetwork || !of.sandbox) return undefined;
  if (of.sandbox.ips[0]?.startsWith("127.")) return undefined;
  const [pid] = containers.flatMap(({ pids }) => pids);
  const holder = pid ??
    (podGroup === undefined
      ? undefined
      : (await cgroups.processes(`${podGroup}/${of.sandbox.id}`))[0]);
  if (holder === undefined) return undefined;
  return await interfacesOf(host, holder);
}
