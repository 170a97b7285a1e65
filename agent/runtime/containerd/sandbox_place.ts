/**
 * Where the network of a CRI sandbox is.
 *
 * @module
 */
import type { SandboxPlace } from "../runtime.ts";
import {
  NamespaceMode,
  PodSandboxState,
  RuntimeService,
} from "./gen/cri_pb.ts";
import type { GrpcChannel } from "./grpc_channel.ts";
import { isGrpc } from "./grpc_error.ts";
import { addressesOf } from "./sandbox_config.ts";

/** What containerd tells of a sandbox beside the CRI, as far as we read it. */
interface SandboxInfo {
  readonly pid?: number;
  readonly runtimeSpec?: {
    readonly linux?: {
      readonly namespaces?: readonly {
        readonly type: string;
        readonly path?: string;
      }[];
    };
  };
}

/**
 * Undefined unless it is up.
 *
 * The namespace is the file that CNI's plugins were given, which stays until the sandbox is stopped; a runtime that tells of none has its pause process'.
 *
 * @throws {Error} when the runtime does not tell where it is
 */
export async function criSandboxPlace(
  channel: GrpcChannel,
  id: string,
): Promise<SandboxPlace | undefined> {
  let told;
  try {
    told = await channel.unary(RuntimeService.method.podSandboxStatus, {
      podSandboxId: id,
      verbose: true,
    });
  } catch (error) {
    if (isGrpc(error, "NotFound")) return undefined;
    throw error;
  }
  const { status, info } = told;
  if (status?.state !== PodSandboxState.SANDBOX_READY) return undefined;
  const mode = status.linux?.namespaces?.options?.network;
  if (mode === NamespaceMode.NODE) return { ips: [] };
  const { pid, runtimeSpec }: SandboxInfo = JSON.parse(info["info"] ?? "{}");
  const netns = runtimeSpec?.linux?.namespaces
    ?.find(({ type }) => type === "network")?.path ??
    (pid ? `/proc/${pid}/ns/net` : undefined);
  if (netns === undefined) {
    throw new Error(
      `Could not find the network of sandbox "${id}": the container runtime does not tell`,
    );
  }
  return { ips: addressesOf(status.network), netns };
}
