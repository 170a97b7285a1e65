/**
 * The volumes of pods on the node's disk.
 *
 * @module
 */
import type { Pod } from "../../src/api/pod.ts";
import type { Volume } from "../../src/api/volume.ts";
import { type Host, HostError } from "../../src/base/host.ts";
import { messageOf } from "../../src/base/errors.ts";
import { updateAtomicFolder } from "./atomic_folder.ts";
import { checkHostPath } from "./host_path.ts";
import { volumeFiles, type VolumeFilesContext } from "./volume_files.ts";

/** Makes, updates and removes what pods mount. Everything lies under `<dataDir>/pods/<uid>`. */
export class PodVolumes {
  readonly #host: Host;
  readonly #dataDir: string;

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
    const { pod } = context;
    for (const volume of pod.spec.volumes ?? []) {
      try {
        await this.#mountOne(context, volume);
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

  /** Removes everything of the pod. No error when nothing is there. */
  async remove(uid: string): Promise<void> {
    await this.#host.disk.remove(this.podFolder(uid));
  }

  async #mountOne(
    context: VolumeFilesContext,
    volume: Volume,
  ): Promise<void> {
    if (volume.hostPath) {
      return await checkHostPath(this.#host, volume.hostPath);
    }
    const path = this.path(context.pod, volume);
    if (volume.emptyDir) {
      await this.#host.disk.mkdir(path);
      await this.#host.disk.chmod(path, 0o777);
      return;
    }
    const files = await volumeFiles(context, volume);
    if (!files) {
      const kind = Object.keys(volume).find((key) => key !== "name");
      throw new Error(`volume source "${kind}" is not supported`);
    }
    await updateAtomicFolder(this.#host, path, files);
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof HostError && error.code === "not-found";
}
