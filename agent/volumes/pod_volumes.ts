/**
 * The volumes of pods on the node's disk.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { Volume } from "../../src/api/core/volume.ts";
import { type Host, HostError } from "../../src/base/host.ts";
import { messageOf } from "../../src/base/errors.ts";
import { updateAtomicFolder } from "./atomic_folder.ts";
import type { ClaimedVolume, ClaimSource } from "./claim_source.ts";
import { setUpEmptyDir } from "./empty_dir.ts";
import { checkHostPath } from "./host_path.ts";
import { setUpLocal } from "./local_volume.ts";
import { MemoryFolder } from "./memory_folder.ts";
import type { Mounts } from "./mounts.ts";
import { nestedMountPoints } from "./nested_mounts.ts";
import {
  type VolumeFiles,
  volumeFiles,
  type VolumeFilesContext,
} from "./volume_files.ts";

/** What volumes are made from. */
export interface VolumeContext extends VolumeFilesContext {
  /** The memory that the node has for pods, in bytes. */
  readonly memoryBytes: number;
  /** Looks claims up; without one, pods with claims wait. */
  readonly claims?: ClaimSource;
}

/** A volume that containers can be given. */
export interface ReadyVolume {
  /** Where it lies on the node; a file for a hostPath that is one. */
  readonly path: string;
  /** Whether containers may only read it, whatever their mounts say. */
  readonly readOnly: boolean;
  /** Whether nobody but the agent can write to it. */
  readonly isOurs: boolean;
}

/** What {@linkcode PodVolumes} works with. */
export interface PodVolumesOptions {
  /** The agent's data folder. */
  readonly dataDir: string;
  /** Absent where the agent may not mount: what needs it is refused. */
  readonly mounts?: Mounts;
}

/** What is known of one pod, and under way for it. */
interface Turns {
  /** The newest mount. */
  last: Promise<void>;
  /** What is being written to the disk. */
  writing: Promise<unknown>;
  /** Whether the pod's folder was removed: whoever still comes must not make it again. */
  removed: boolean;
  /** By the volume's name. */
  readonly ready: Map<string, ReadyVolume>;
}

/** Makes, updates and removes what pods mount. Everything lies under `<dataDir>/pods/<uid>` and `<dataDir>/memory/<uid>`. */
export class PodVolumes {
  readonly #host: Host;
  readonly #dataDir: string;
  readonly #memory: MemoryFolder;
  /** Absent where the agent may not mount. */
  readonly mounts: Mounts | undefined;
  /** By UID. One mount at a time: of two at once, the one that read the older objects could write last. */
  readonly #turns = new Map<string, Turns>();

  constructor(host: Host, { dataDir, mounts }: PodVolumesOptions) {
    this.#host = host;
    this.#dataDir = dataDir;
    this.mounts = mounts;
    this.#memory = new MemoryFolder(host, {
      path: `${dataDir}/memory`,
      mounts,
    });
  }

  /** The folder of a pod. */
  podFolder(uid: string): string {
    return `${this.#dataDir}/pods/${uid}`;
  }

  /** UIDs of the pods that have a folder. */
  async uids(): Promise<string[]> {
    const folders = [`${this.#dataDir}/pods`, this.#memory.path];
    const lists = await Promise.all(folders.map((path) => this.#list(path)));
    return [...new Set(lists.flat())];
  }

  /** A volume that {@linkcode PodVolumes.mount} has made. */
  ready(uid: string, name: string): ReadyVolume | undefined {
    return this.#turns.get(uid)?.ready.get(name);
  }

  /** Where a volume of our own making lies on the node. */
  path(pod: Pod, volume: Volume): string {
    const uid = pod.metadata.uid!;
    const { name, image, emptyDir, configMap } = volume;
    if (image) return `${this.imagesFolder(uid)}/${name}`;
    if (!emptyDir && !configMap) {
      return `${this.#memory.podFolder(uid)}/${name}`;
    }
    const plugin = emptyDir ? "empty-dir" : "configmap";
    return `${this.podFolder(uid)}/volumes/kubernetes.io~${plugin}/${name}`;
  }

  /** The folder of a pod's image volumes. */
  imagesFolder(uid: string): string {
    return `${this.podFolder(uid)}/volumes/kubernetes.io~image`;
  }

  /**
   * Makes all volumes of the pod, or brings their files up to date. A file that stays the same is not written.
   *
   * @throws an error in the words of kubelet's FailedMount event
   */
  async mount(context: VolumeContext): Promise<void> {
    const uid = context.pod.metadata.uid!;
    const turns = this.#turns.get(uid) ?? newTurns();
    this.#turns.set(uid, turns);
    const mine = turns.last.then(() => this.#mountAll(context, turns));
    turns.last = mine.catch(() => {}); // the caller sees it
    await mine;
  }

  /**
   * Removes everything of the pod. No error when nothing is there. A mount that is under way is left off, not waited for.
   *
   * @throws {Error} when something is still mounted there
   */
  async remove(uid: string): Promise<void> {
    await this.#removeFolders(uid, [this.podFolder(uid)]);
  }

  /** Removes the volumes of a pod that has ended; what its containers left beside them stays. Otherwise as {@linkcode PodVolumes.remove}. */
  async release(uid: string): Promise<void> {
    await this.#removeFolders(
      uid,
      ["volume-subpaths", "volumes"]
        .map((name) => `${this.podFolder(uid)}/${name}`),
    );
  }

  async #removeFolders(uid: string, folders: readonly string[]): Promise<void> {
    const turns = this.#turns.get(uid);
    if (turns) {
      turns.removed = true;
      this.#turns.delete(uid);
      await turns.writing.catch(() => {}); // its mount sees it
    }
    for (const folder of [...folders, this.#memory.podFolder(uid)]) {
      // Else what is mounted there, perhaps somebody's data, would be removed with it. Also in memory: what a container has mounted in a volume of its own
      // comes back to the node where it said so (`mountPropagation: Bidirectional`).
      await this.mounts?.unmountBelow(folder);
      await this.#host.disk.remove(folder);
    }
  }

  /** Unmounts what all pods have. None of them may run; their next mount makes it again, as after a restart of the machine. */
  async unmountAll(): Promise<void> {
    await this.mounts?.unmountBelow(`${this.#dataDir}/pods`);
    await this.#memory.remove();
  }

  /**
   * Does something to the disk for a pod whose volumes are mounted; {@linkcode PodVolumes.remove} waits for it.
   *
   * @throws {Error} when the pod's volumes were removed
   */
  async change<T>(uid: string, work: () => Promise<T>): Promise<T> {
    const turns = this.#turns.get(uid);
    if (!turns) throw new Error("the pod is gone");
    const mine = work();
    turns.writing = Promise.allSettled([turns.writing, mine]);
    return await mine;
  }

  async #mountAll(context: VolumeContext, turns: Turns): Promise<void> {
    const podsDir = `${this.#dataDir}/pods`;
    // Volumes may be everybody's to write to; the machine's other users are not among them.
    await this.#host.disk.mkdir(podsDir, { mode: 0o750 });
    const problems: unknown[] = [];
    for (const volume of context.pod.spec.volumes ?? []) {
      // Only what is made from objects can be another now.
      if (turns.ready.get(volume.name)?.isOurs === false) continue;
      try {
        await this.#mountOne(context, volume, turns);
      } catch (error) {
        problems.push(error); // the others are as good as without it
      }
    }
    if (problems.length > 0) throw problems[0];
  }

  async #mountOne(
    context: VolumeContext,
    volume: Volume,
    turns: Turns,
  ): Promise<void> {
    const claimed = volume.persistentVolumeClaim || volume.ephemeral
      ? await claimedVolume(context, volume)
      : undefined;
    try {
      const { ready, make } = await this.#prepare(context, volume, claimed);
      if (turns.removed) throw new Error("the pod is gone");
      const writing = make();
      turns.writing = Promise.allSettled([turns.writing, writing]);
      await writing;
      turns.ready.set(volume.name, ready);
    } catch (error) {
      const name = claimed?.name ?? volume.name;
      throw new Error(
        `MountVolume.SetUp failed for volume "${name}" : ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  /** Gets what the volume holds; answers what is left to do on the disk. */
  async #prepare(
    context: VolumeContext,
    volume: Volume,
    claimed: ClaimedVolume | undefined,
  ): Promise<{ ready: ReadyVolume; make: () => Promise<unknown> }> {
    const { pod } = context;
    const host = this.#host;
    const readOnly = claimed?.readOnly ?? false;
    const hostPath = claimed?.hostPath ?? volume.hostPath;
    if (hostPath) {
      return {
        ready: { path: hostPath.path, readOnly, isOurs: false },
        make: () => checkHostPath(host, hostPath),
      };
    }
    const gid = this.#mayGive ? pod.spec.securityContext?.fsGroup : undefined;
    const fsGroup = gid === undefined ? {} : { fsGroup: gid };
    if (claimed?.local) {
      const { path } = claimed.local;
      const podsDir = `${this.#dataDir}/pods`;
      return {
        ready: { path, readOnly, isOurs: false },
        make: () =>
          setUpLocal(host, { ...claimed, path, pod, podsDir, ...fsGroup }),
      };
    }
    const path = this.path(pod, volume);
    const { emptyDir } = volume;
    if (emptyDir) {
      return {
        ready: { path, readOnly, isOurs: false },
        make: () =>
          setUpEmptyDir(host, {
            path,
            pod,
            source: emptyDir,
            memoryBytes: context.memoryBytes,
            ...(this.mounts && { mounts: this.mounts }),
            ...fsGroup,
          }),
      };
    }
    const ready = { path, readOnly: true, isOurs: true };
    if (volume.image) {
      // The image is pulled, and mounted, with the first container that wants it.
      return { ready, make: () => Promise.resolve() };
    }
    const files = await volumeFiles(context, volume);
    if (!files) {
      const kind = Object.keys(volume).find((key) => key !== "name");
      throw new Error(`volume source "${kind}" is not supported`);
    }
    return {
      ready,
      make: async () => {
        if (!volume.configMap) await this.#memory.ready();
        await updateAtomicFolder(host, path, {
          files: this.#mayGive ? files : withoutOwners(files),
          ...(gid !== undefined && { gid }),
          mountPoints: nestedMountPoints(pod, volume.name),
        });
      },
    };
  }

  /** Whether files can be made somebody else's. */
  get #mayGive(): boolean {
    return this.#host.processes.uid === 0;
  }

  async #list(folder: string): Promise<string[]> {
    try {
      return await this.#host.disk.list(folder);
    } catch (error) {
      if (error instanceof HostError && error.code === "not-found") return [];
      throw error;
    }
  }
}

async function claimedVolume(
  { claims, pod }: VolumeContext,
  volume: Volume,
): Promise<ClaimedVolume> {
  if (!claims) {
    throw new Error(
      `Unable to attach or mount volumes: unmounted volumes=[${volume.name}]: claims are not supported on this node`,
    );
  }
  return await claims.claimedVolume(pod, volume);
}

function withoutOwners(files: VolumeFiles): VolumeFiles {
  return new Map(
    [...files].map(([path, { content, mode }]) => [path, { content, mode }]),
  );
}

function newTurns(): Turns {
  const done = Promise.resolve();
  return { last: done, writing: done, removed: false, ready: new Map() };
}
