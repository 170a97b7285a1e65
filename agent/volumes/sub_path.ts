/**
 * Parts of volumes, which containers may rearrange while we look.
 *
 * A container that may write to a volume can swap a folder for a link to anywhere on the node, at any moment (CVE-2017-1002101, CVE-2021-25741). So
 * the part is reached name by name without following links, held open, and the descriptor is bound to a place below the pod's folder, where nobody
 * but the agent can write; the container gets that place. Links that lie in the volume and stay in it are resolved before: what was resolved is only a
 * wish, for it has to be found again without them.
 *
 * @module
 */
import { posix } from "node:path";
import { type HeldFile, type Host, HostError } from "../../src/base/host.ts";
import type { Mounts } from "./mounts.ts";
import type { ReadyVolume } from "./pod_volumes.ts";

/** Which part, for whom. */
export interface SubPathRequest {
  /** The volume, mounted. */
  readonly volume: ReadyVolume;
  /** Within the volume. */
  readonly subPath: string;
  /** Where it is to be bound. */
  readonly target: string;
}

/**
 * Checks what can be said of a `subPath` without looking at the volume.
 *
 * @throws {Error} in kubelet's words
 */
export function checkSubPath(subPath: string): void {
  if (subPath.startsWith("/")) {
    throw new Error(
      `error SubPath \`${subPath}\` must not be an absolute path`,
    );
  }
  if (subPath.split("/").includes("..")) {
    throw new Error(
      `unable to provision SubPath \`${subPath}\`: must not contain '..'`,
    );
  }
}

/**
 * Makes a part of a volume ready for a container; folders that are missing are made with the volume's own mode.
 *
 * @param mounts absent where we may not mount: then the volume has to be one that only the agent writes to
 * @returns the path to give to the runtime
 * @throws {Error} when the part leads out of the volume, or somebody is moving it about just now
 */
export async function prepareSubPath(
  host: Pick<Host, "disk">,
  { volume, subPath, target }: SubPathRequest,
  mounts: Mounts | undefined,
): Promise<string> {
  const { disk } = host;
  const root = await disk.realPath(volume.path);
  const names = await resolveInside(disk, root, subPath);
  const { mode } = await disk.stat(root);
  await using held = await disk.hold(root, names, { makeMode: mode & 0o777 });
  if (mounts) return await bindHeld(disk, { held, target, mounts });
  return [root, ...names].join("/");
}

/** The names below the root that a path leads to: links of what is there are resolved, what is missing is taken as it is. */
async function resolveInside(
  disk: Host["disk"],
  root: string,
  subPath: string,
): Promise<string[]> {
  const wanted = posix.normalize(subPath).split("/")
    .filter((name) => name !== "" && name !== ".");
  const missing: string[] = [];
  const there = [...wanted];
  for (;;) {
    const path = [root, ...there].join("/");
    try {
      const real = await disk.realPath(path);
      if (real !== root && !real.startsWith(`${root}/`)) {
        throw new HostError("invalid", `"${path}" leads out of the volume`);
      }
      const names = real.slice(root.length).split("/").filter(Boolean);
      return [...names, ...missing];
    } catch (error) {
      const isMissing = error instanceof HostError &&
        error.code === "not-found";
      if (!isMissing || there.length === 0) throw error;
      missing.unshift(there.pop()!);
    }
  }
}

async function bindHeld(
  disk: Host["disk"],
  { held, target, mounts }: { held: HeldFile; target: string; mounts: Mounts },
): Promise<string> {
  // The same container ran before: the same part is still there, or another one in its place.
  if (await mounts.at(target)) {
    if (await held.isAt(target)) return target;
    await mounts.unmountBelow(target);
  }
  await disk.remove(target);
  if (held.info.isDirectory) {
    await disk.mkdir(target, { mode: 0o750 });
  } else {
    // A file is enough for whatever it is: what is bound on it covers it.
    await disk.mkdir(posix.dirname(target), { mode: 0o750 });
    await disk.writeAtomic(target, "", { mode: 0o640, sync: false });
  }
  await mounts.bind(held.path, target);
  // Whatever the machine's `mount` made of the path: only the very file that we hold is given to anybody.
  if (!await held.isAt(target)) {
    await mounts.unmountBelow(target);
    throw new HostError("invalid", `Not what was bound: "${target}"`);
  }
  return target;
}
