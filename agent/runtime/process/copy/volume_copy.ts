/**
 * Copies to and from the volumes of a container that has no tar: the commands of `kubectl cp`, done by the agent. Loaded with the first.
 *
 * @module
 */
import { posix } from "node:path";
import { encodeText } from "../../../../src/base/bytes.ts";
import { messageOf } from "../../../../src/base/errors.ts";
import { type Host, HostError } from "../../../../src/base/host.ts";
import { TarError } from "../../../../src/base/tar/tar_reader.ts";
import type { ExecResult, SessionStreams } from "../../sessions.ts";
import type { ContainerRecord } from "../container_record.ts";
import { guestUser } from "../user.ts";
import type { CopyCommand } from "./copy_command.ts";
import { packVolumes } from "./pack.ts";
import { unpackVolumes } from "./unpack.ts";
import { CopyError, type VolumePlace, VolumeTree } from "./volume_tree.ts";

type CopyHost = Pick<Host, "disk" | "random" | "processes">;

/** The container, and the session that wants the copy. */
export interface VolumeCopyRequest {
  readonly record: Pick<ContainerRecord, "config" | "mounts">;
  /** The container's own folder. */
  readonly folder: string;
  /** Its process, which runs. */
  readonly pid: number;
  /** What such a container is called. */
  readonly kind: string;
  readonly command: CopyCommand;
  readonly streams: SessionStreams;
}

/** tar's exit code for what could not be done. */
const FAILED = 2;

/** Does it. What goes wrong is told as tar tells it: a line of error output, and the exit code. */
export async function copyVolumes(
  host: CopyHost,
  request: VolumeCopyRequest,
): Promise<ExecResult> {
  const { command, streams, kind, record: { config } } = request;
  const user = guestUser(config, host.processes.uid);
  const tree = new VolumeTree(host.disk, {
    places: volumePlaces(request, await mayLookInside(host, request)),
    ...(config.workingDir && { workingDir: config.workingDir }),
    ...(user && { user }),
    kind,
  });
  const output = streams.stdout?.getWriter();
  const errors = streams.stderr?.getWriter();
  const complain = async (message: string) => {
    await errors?.write(encodeText(`tar: ${message}\n`));
  };
  const { signal } = streams;
  try {
    signal.throwIfAborted();
    if (command.type === "test") {
      return { exitCode: await isFolder(tree, command.path) ? 0 : 1 };
    }
    if (command.type === "unpack") {
      const { folder } = command;
      const archive = until(streams.stdin, signal);
      const wish = { tree, folder, archive, complain, signal };
      return { exitCode: await unpackVolumes(host, wish) };
    }
    const { path, offset } = command;
    const write = skipping(offset, async (bytes) => {
      signal.throwIfAborted();
      await output?.write(bytes);
    });
    const wish = { tree, path, write, complain, signal };
    return { exitCode: await packVolumes(host, wish) };
  } catch (error) {
    signal.throwIfAborted();
    const isKnown = [CopyError, HostError, TarError].some((kind) =>
      error instanceof kind
    );
    if (!isKnown) throw error;
    await complain(messageOf(error));
    return { exitCode: FAILED };
  } finally {
    output?.releaseLock();
    errors?.releaseLock();
  }
}

/**
 * Where the volumes are: as root in the container's own view of the machine, which nobody can change under it and where the kernel itself keeps what is
 * read-only; otherwise where the node has them.
 */
function volumePlaces(
  { record, folder, pid }: VolumeCopyRequest,
  isInside: boolean,
): VolumePlace[] {
  const { config, mounts } = record;
  return config.mounts.map(({ hostPath, containerPath, readOnly }, index) => {
    const path = posix.resolve("/", containerPath);
    if (isInside && mounts.rootTable !== undefined) {
      // Not all are where the container calls them: at some places are the engine's own files.
      const names = (mounts.folders[index]?.from ?? path).split("/");
      return {
        ...{ path, readOnly, root: `/proc/${pid}/root/.` },
        names: names.filter(Boolean),
      };
    }
    if (isInside && mounts.table !== undefined) {
      const point = mounts.points.find(({ name }) =>
        name.split("/")[0] === String(index)
      )?.name ?? String(index);
      // Made by us, where no container comes.
      const root = `/proc/${pid}/root${folder}/mnt/${point}`;
      return { path, readOnly, root, names: [] };
    }
    return { path, readOnly, root: hostPath, names: [] };
  });
}

/** Whether we see what the container's process sees: root does, unless it has been denied to look at others' processes. */
async function mayLookInside(
  { disk, processes }: CopyHost,
  { pid }: VolumeCopyRequest,
): Promise<boolean> {
  if (processes.uid !== 0) return false;
  try {
    await disk.stat(`/proc/${pid}/root/.`);
    return true;
  } catch (error) {
    if (error instanceof HostError && error.code === "permission") return false;
    throw error;
  }
}

async function isFolder(tree: VolumeTree, path: string): Promise<boolean> {
  if (tree.isAbove(tree.absolute(path))) return true;
  try {
    await using found = await tree.reach(path, { follow: true });
    return found.held.info.isDirectory;
  } catch (error) {
    if (error instanceof CopyError || error instanceof HostError) return false;
    throw error;
  }
}

/** Leaves out the first bytes. */
function skipping(
  offset: number,
  write: (bytes: Uint8Array) => Promise<void>,
): (bytes: Uint8Array) => Promise<void> {
  let left = offset;
  return async (bytes) => {
    const rest = bytes.subarray(Math.min(left, bytes.length));
    left -= bytes.length - rest.length;
    if (rest.length > 0) await write(rest);
  };
}

async function* until(
  stream: ReadableStream<Uint8Array> | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (!stream) return;
  yield* stream.pipeThrough(new TransformStream(), { signal });
}
