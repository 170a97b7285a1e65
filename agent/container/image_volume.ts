/**
 * Volumes that are the files of an image.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { Volume } from "../../src/api/core/volume.ts";
import type { Host } from "../../src/base/host.ts";
import { type Runtime, RuntimeError } from "../runtime/runtime.ts";
import type { PodVolumes } from "../volumes/pod_volumes.ts";
import type { ImagePuller, PullAuth, PullPolicy } from "./image_puller.ts";
import type { PodEvents } from "./pod_events.ts";

/** What {@linkcode ImageVolumes} works with. */
export interface ImageVolumesOptions {
  readonly runtime: Runtime;
  readonly images: ImagePuller;
  readonly volumes: PodVolumes;
  readonly events: PodEvents;
  readonly pullAuth: (
    pod: Pod,
    image: string,
  ) => Promise<readonly PullAuth[]>;
}

/** The image volumes of a runtime's pods. */
export class ImageVolumes {
  readonly #host: Pick<Host, "disk">;
  readonly #options: ImageVolumesOptions;

  constructor(host: Pick<Host, "disk">, options: ImageVolumesOptions) {
    this.#host = host;
    this.#options = options;
  }

  /**
   * Pulls the image of a volume by its policy and shows its files in the volume's folder, unless they are there.
   *
   * @throws {RuntimeError} `ErrImagePull`, `ErrImageNeverPull` …; `CreateContainerConfigError` when images cannot be mounted here
   */
  async mount(pod: Pod, volume: Volume): Promise<void> {
    const { runtime, volumes, images } = this.#options;
    const path = volumes.path(pod, volume);
    const { mounts } = volumes;
    if (!mounts || !runtime.mountImage) {
      throw new RuntimeError(
        "CreateContainerConfigError",
        mounts
          ? `Image volumes are not supported by the runtime "${runtime.name}"`
          : "Image volumes need mounts, and this agent runs as an ordinary user",
      );
    }
    if (await mounts.at(path)) return;
    const { reference: image = "", pullPolicy } = volume.image ?? {};
    const { imageRef, message } = await images.ensure(image, {
      policy: pullPolicy ?? defaultPolicy(image),
      credentials: () => this.#options.pullAuth(pod, image),
      signal: new AbortController().signal,
      onPull: () => this.#event(pod, "Pulling", `Pulling image "${image}"`),
    });
    this.#event(pod, "Pulled", message);
    await volumes.change(pod.metadata.uid!, async () => {
      if (await mounts.at(path)) return; // another container of the pod was faster
      await this.#host.disk.mkdir(path);
      await runtime.mountImage!(imageRef, path);
    });
  }

  /** Takes the image volumes of a pod away. */
  async remove(uid: string): Promise<void> {
    const { runtime, volumes } = this.#options;
    const folder = volumes.imagesFolder(uid);
    const names = await this.#host.disk.list(folder).catch(() => []);
    if (names.length === 0) return;
    await volumes.mounts?.unmountBelow(folder);
    for (const name of names) {
      await runtime.releaseImage?.(`${folder}/${name}`);
    }
  }

  #event(pod: Pod, reason: string, message: string): void {
    this.#options.events.event(pod, { type: "Normal", reason, message });
  }
}

/** What is not told apart by a tag of its own may have changed. */
function defaultPolicy(image: string): PullPolicy {
  if (image.includes("@")) return "IfNotPresent";
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? "latest";
  return tag === "latest" ? "Always" : "IfNotPresent";
}
