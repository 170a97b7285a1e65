/**
 * Folders of the node that are PersistentVolumes.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import { type Host, HostError } from "../../src/base/host.ts";

/** What {@linkcode setUpLocal} needs. */
export interface LocalVolumeRequest {
  /** The folder. */
  readonly path: string;
  /** The PersistentVolume's name. */
  readonly name: string;
  /** Who mounts it. */
  readonly pod: Pod;
  /** The folder of all pods' folders. */
  readonly podsDir: string;
  /** Whether the pod only reads it: then its files stay whose they are. */
  readonly readOnly: boolean;
  /** The group that the pod's containers share, where we may give files away. */
  readonly fsGroup?: number;
}

/** What a group needs of a folder that it shares: all rights, and that they are handed on. */
const SHARED_MODE = 0o2770;

/**
 * Makes sure that the folder is there and, for the first pod that has it, the pod's group's. A folder of the pod's notes that it was done.
 *
 * @throws {Error} when it is not a folder
 */
export async function setUpLocal(
  { disk }: Pick<Host, "disk">,
  request: LocalVolumeRequest,
): Promise<void> {
  const { path, name, podsDir, fsGroup, pod } = request;
  if (path.split("/").includes("..")) {
    throw new Error(`invalid path: ${path} must not contain '..'`);
  }
  const at = await unlessMissing(disk.realPath(path));
  if (at === undefined) throw new Error(`path "${path}" does not exist`);
  const info = await disk.stat(at);
  const noted = (uid: string) =>
    `${podsDir}/${uid}/volumes/kubernetes.io~local-volume/${name}`;
  const mine = noted(pod.metadata.uid!);
  if (await unlessMissing(disk.stat(mine))) return;
  const isFirst = async () => {
    for (const uid of await unlessMissing(disk.list(podsDir)) ?? []) {
      if (await unlessMissing(disk.stat(noted(uid)))) return false;
    }
    return true;
  };
  if (fsGroup !== undefined && !request.readOnly && await isFirst()) {
    const isShared = info.gid === fsGroup && info.isDirectory &&
      (info.mode & SHARED_MODE) === SHARED_MODE;
    const policy = pod.spec.securityContext?.fsGroupChangePolicy;
    if (policy !== "OnRootMismatch" || !isShared) {
      await disk.shareWithGroup(at, { gid: fsGroup, readOnly: false });
    }
  }
  await disk.mkdir(mine);
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") {
      return undefined;
    }
    throw error;
  }
}
