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
import { checkHostPath } from "./host_path.ts";
import { volumeFiles, type VolumeFilesContext } from "./volume_files.ts";

/** What is under way for one pod. */
interface Turns {
  /** The newest mount. */
  last: Promise<void>;
  /** What is being written to the disk. */
  writing: Promise<unknown>;
  /** Whether the pod's folder was removed: whoever still comes must not make it again. */
  removed: boolean;
}

/** Makes, updates and removes what pods mount. Everything lies under `<dataDir>/pods/<uid>`. */
export class PodVolumes {
  readonly #host: Host;
  readonly #dataDir: string;
  /** By UID. One mount at a time: of two at once, the one that read the older objects could write last. */
  readonly #turns = new Map<string, Turns>();

  constructor(host: Host, options: { readonly dataDir: string }) {
    this.#host = host;
    this.#dataDir = options.dataDir;
  }

  /** The folder of a pod. */
  podFolder(uid: string): string {
    return `${this.#dataDir}/pods/${uid}`;
  }

  /** UIDs of the pods that have a folder. */
  async uids(): Promise<string[]> {
    try {
      return await this.#host.disk.list(`${this.#dataDir}/pods`);
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  /** Where a volume lies on the node. */
  path(pod: Pod, volume: Volume): string {
    if (volume.hostPath) return volume.hostPath.path;
    const plugin = volume.emptyDir
      ? "empty-dir"
      : volume.configMap
      ? "configmap"
      : volume.secret
      ? "secret"
      : volume.downwardAPI
      ? "downward-api"
      : "projected";
    return `${
      this.podFolder(pod.metadata.uid!)
    }/volumes/kubernetes.io~${plugin}/${volume.name}`;
  }

  /**
   * Makes all volumes of the pod, or brings their files up to date. A file that stays the same is not written.
   *
   * @throws an error in the words of kubelet's FailedMount event
   */
  async mount(context: VolumeFilesContext): Promise<void> {
    const uid = context.pod.metadata.uid!;
    const turns = this.#turns.get(uid) ?? newTurns();
    this.#turns.set(uid, turns);
    const mine = turns.last.then(() => this.#mountAll(context, turns));
    const settled = mine.catch(() => {}); // the caller sees it
    turns.last = settled;
    try {
      await mine;
    } finally {
      if (turns.last === settled && this.#turns.get(uid) === turns) {
        this.#turns.delete(uid);
      }
    }
  }

  /** Removes everything of the pod. No error when nothing is there. A mount that is under way is left off, not waited for. */
  async remove(uid: string): Promise<void> {
    const turns = this.#turns.get(uid);
    if (turns) {
      turns.removed = true;
      this.#turns.delete(uid);
      await turns.writing.catch(() => {}); // its mount sees it
    }
    await this.#host.disk.remove(this.podFolder(uid));
  }

  async #mountAll(context: VolumeFilesContext, turns: Turns): Promise<void> {
    for (const volume of context.pod.spec.volumes ?? []) {
      try {
        const write = await this.#prepare(context, volume);
        if (turns.removed) throw new Error("the pod is gone");
        turns.writing = write();
        await turns.writing;
      } catch (error) {
        throw new Error(
          `MountVolume.SetUp failed for volume "${volume.name}" : ${
            messageOf(error)
          }`,
          { cause: error },
        );
      }
    }
  }

  /** Gets what the volume holds; answers what is left to do on the disk. */
  async #prepare(
    context: VolumeFilesContext,
    volume: Volume,
  ): Promise<() => Promise<unknown>> {
    const { hostPath } = volume;
    if (hostPath) return () => checkHostPath(this.#host, hostPath);
    const path = this.path(context.pod, volume);
    if (volume.emptyDir) {
      return async () => {
        await this.#host.disk.mkdir(path);
        await this.#host.disk.chmod(path, 0o777);
      };
    }
    const files = await volumeFiles(context, volume);
    if (!files) {
      const kind = Object.keys(volume).find((key) => key !== "name");
      throw new Error(`volume source "${kind}" is not supported`);
    }
    return () => updateAtomicFolder(this.#host, path, files);
  }
}

function newTurns(): Turns {
  const done = Promise.resolve();
  return { last: done, writing: done, removed: false };
}

function isNotFound(error: unknown): boolean {
  return error instanceof HostError && error.code === "not-found";
}
