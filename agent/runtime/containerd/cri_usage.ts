/**
 * What a CRI runtime tells of usage, in our words.
 *
 * @module
 */
import type { ContainerUsage, ImageFileSystem } from "../usage.ts";
import {
  type ContainerStats,
  type FilesystemUsage,
  ImageService,
  RuntimeService,
  type UInt64Value,
} from "./gen/cri_pb.ts";
import type { GrpcChannel } from "./grpc_channel.ts";
import { OWN } from "./labels.ts";

/** Usage of all running containers that the agent made. */
export async function criContainerUsage(
  channel: GrpcChannel,
): Promise<ContainerUsage[]> {
  const { stats } = await channel.unary(
    RuntimeService.method.listContainerStats,
    { filter: { labelSelector: { ...OWN } } },
  );
  return stats.map(toContainerUsage);
}

/** The first of the file systems that images lie on, as kubelet takes it; undefined while the runtime has not looked yet. */
export async function criImageFileSystem(
  channel: GrpcChannel,
): Promise<ImageFileSystem | undefined> {
  const { imageFilesystems } = await channel.unary(
    ImageService.method.imageFsInfo,
    {},
  );
  const [first] = imageFilesystems;
  const path = first?.fsId?.mountpoint;
  return path ? { path, ...layer(first) } : undefined;
}

/** One container's numbers, without those that are not there. */
export function toContainerUsage(stats: ContainerStats): ContainerUsage {
  const { cpu, memory, swap, writableLayer } = stats;
  const working = memory?.workingSetBytes;
  return {
    id: stats.attributes?.id ?? "",
    ...number("cpuNs", cpu?.usageCoreNanoSeconds),
    ...working && {
      memory: {
        workingSetBytes: Number(working.value),
        ...number("usageBytes", memory.usageBytes),
        ...number("rssBytes", memory.rssBytes),
        // A runtime says 0 where there is no limit.
        ...memory.availableBytes?.value
          ? number("availableBytes", memory.availableBytes)
          : {},
        ...number("pageFaults", memory.pageFaults),
        ...number("majorPageFaults", memory.majorPageFaults),
      },
    },
    ...number("swapBytes", swap?.swapUsageBytes),
    ...writableLayer && { writableLayer: layer(writableLayer) },
  };
}

function layer(
  usage: FilesystemUsage,
): { usedBytes: number; inodesUsed?: number } {
  return {
    usedBytes: Number(usage.usedBytes?.value ?? 0n),
    ...number("inodesUsed", usage.inodesUsed),
  };
}

function number<K extends string>(
  name: K,
  told: UInt64Value | undefined,
): { readonly [N in K]?: number } {
  return told
    ? { [name]: Number(told.value) } as { readonly [N in K]: number }
    : {};
}
