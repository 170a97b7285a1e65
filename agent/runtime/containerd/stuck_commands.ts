/**
 * Ends the sessions of commands that have ended without reading all of their input.
 *
 * containerd (1.6) waits for the rest of the input to be taken before it tells how such a command ended, and nobody takes it any more: `head -1` with a
 * large file as input would never come back. When the ended process is deleted through containerd's own API, its input breaks, and the CRI goes on.
 *
 * @module
 */
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Host } from "../../../src/base/host.ts";
import { RuntimeService } from "./gen/cri_pb.ts";
import type { GrpcChannel } from "./grpc_channel.ts";

const TASKS = { typeName: "containerd.services.tasks.v1.Tasks" };

/** The CRI's namespace of containerd. */
const METADATA = [["containerd-namespace", "k8s.io"]] as const;

/** `containerd.v1.types.Status`. */
const STOPPED = 3;

/** Deletes the container's commands that have ended and are still there. Nothing happens on a runtime that is not containerd. */
export async function endStuckCommands(
  { channel, host }: {
    readonly channel: GrpcChannel;
    readonly host: Pick<Host, "disk">;
  },
  containerId: string,
): Promise<void> {
  const { info } = await channel.unary(RuntimeService.method.status, {
    verbose: true,
  });
  const { stateDir } = JSON.parse(info["config"] ?? "{}");
  if (typeof stateDir !== "string") return;
  const folder = `${stateDir}/containers/${containerId}/io`;
  for (const execId of await commandsIn(host, folder)) {
    const call = (name: string) =>
      channel.unaryBytes(
        { parent: TASKS, name },
        // Both requests have the container's id as field 1 and the command's as field 2.
        new BinaryWriter().tag(1, 2).string(containerId).tag(2, 2)
          .string(execId).finish(),
        { metadata: METADATA },
      );
    try {
      if (statusOf(await call("Get")) === STOPPED) await call("DeleteProcess");
    } catch {
      // It is gone by itself.
    }
  }
}

/** The ids of commands with input; their pipes have files. */
async function commandsIn(
  { disk }: Pick<Host, "disk">,
  folder: string,
): Promise<string[]> {
  const found: string[] = [];
  for (const name of await disk.list(folder).catch(() => [])) {
    for (const file of await disk.list(`${folder}/${name}`).catch(() => [])) {
      if (file.endsWith("-stdin")) found.push(file.slice(0, -"-stdin".length));
    }
  }
  return found;
}

/** `GetResponse`: field 1 is the process, whose field 4 is its status. */
function statusOf(answer: Uint8Array): number | undefined {
  const process = field(answer, 1);
  return process instanceof Uint8Array ? Number(field(process, 4)) : undefined;
}

function field(message: Uint8Array, wanted: number) {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (number !== wanted) reader.skip(type, number);
    else return type === 2 ? reader.bytes() : reader.uint32();
  }
  return undefined;
}
