/**
 * {@linkcode Claims}: the volumes behind the claims of this node's pods.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { PersistentVolume } from "../../src/api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../src/api/core/persistent_volume_claim.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Volume } from "../../src/api/core/volume.ts";
import {
  claimNameOf,
  isReachable,
  strangeEphemeralClaim,
  volumeModeOf,
} from "../../src/api/volumes/claim_words.ts";
import { messageOf } from "../../src/base/errors.ts";
import type { Host } from "../../src/base/host.ts";
import type { Client } from "../../src/client/client.ts";
import {
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
} from "../../src/client/resources.ts";
import type { ClaimedVolume, ClaimSource } from "./claim_source.ts";
import { LocalStorage } from "./local_storage.ts";
import type { Mounts } from "./mounts.ts";

/** What keeps a claim while pods use it: one that is being deleted and has lost it belongs to nobody. */
const PROTECTION = "kubernetes.io/pvc-protection";

/** The volumes that a pod has got by its claims. */
export interface ClaimsOfPod {
  /** The pod's uid. */
  readonly uid: string;
  /** By the name of the pod's volume. */
  readonly volumes: Readonly<Record<string, PersistentVolume>>;
}

/** What {@linkcode Claims} needs. */
export interface ClaimsOptions {
  /** Its calls wait while the server is out of reach. */
  readonly client: Client;
  /** From the checkpoint. */
  readonly known: readonly ClaimsOfPod[];
  /** Keeps what a pod has got for the next start. */
  readonly save: (claims: ClaimsOfPod) => void;
  /** The node's labels; undefined while they are not known. */
  readonly nodeLabels: () => Readonly<Record<string, string>> | undefined;
  /** Folder of the volumes that this node makes itself. */
  readonly storageDir: string;
  /** Absent where the agent may not mount. */
  readonly mounts?: Pick<Mounts, "below">;
  readonly signal: AbortSignal;
}

/**
 * Asks the API once for each claim of a pod, and knows the answer from then on: what a pod has got does not change while it lives, and a machine that starts
 * without its server must find it.
 */
export class Claims implements ClaimSource {
  /** The folders that this node makes itself. */
  readonly storage: LocalStorage;
  readonly #options: ClaimsOptions;
  readonly #held: Map<string, ClaimsOfPod>;

  constructor(host: Pick<Host, "disk">, options: ClaimsOptions) {
    this.#options = options;
    this.storage = new LocalStorage(host, {
      path: options.storageDir,
      ...(options.mounts && { mounts: options.mounts }),
    });
    this.#held = new Map(options.known.map((one) => [one.uid, one]));
  }

  async claimedVolume(pod: Pod, volume: Volume): Promise<ClaimedVolume> {
    const found = this.#held.get(pod.metadata.uid!)?.volumes[volume.name] ??
      await this.#find(pod, volume);
    const name = found.metadata.name!;
    const { local, hostPath } = found.spec;
    const readOnly = volume.persistentVolumeClaim?.readOnly ?? false;
    if (volumeModeOf(found) === "Block") {
      const path = (local ?? hostPath)!.path;
      return { name, readOnly, hostPath: { path, type: "BlockDevice" } };
    }
    if (hostPath) await this.storage.ensure(hostPath.path);
    if (local && !await this.storage.exists(local.path)) {
      throw new Error(
        `MountVolume.NewMounter initialization failed for volume "${name}" : path "${local.path}" does not exist`,
      );
    }
    return {
      name,
      readOnly,
      ...(local && { local: { path: local.path } }),
      ...(hostPath && { hostPath }),
    };
  }

  /** UIDs of the pods that have something. */
  get uids(): readonly string[] {
    return [...this.#held.keys()];
  }

  /** The pod is gone. */
  forget(uid: string): void {
    this.#held.delete(uid);
  }

  /**
   * Removes the folder of a volume that was reclaimed.
   *
   * @throws {Error} when a pod has it still
   * @throws {RangeError} when it is none of ours
   */
  async removeFolder(path: string): Promise<void> {
    for (const { volumes } of this.#held.values()) {
      for (const { spec } of Object.values(volumes)) {
        if (spec.hostPath?.path === path || spec.local?.path === path) {
          throw new Error(`a pod of this node still uses "${path}"`);
        }
      }
    }
    await this.storage.remove(path);
  }

  async #find(pod: Pod, volume: Volume): Promise<PersistentVolume> {
    const found = await this.#ask(pod, volume).catch((error) => {
      this.#options.signal.throwIfAborted();
      throw new Error(
        `Unable to attach or mount volumes: unmounted volumes=[${volume.name}], unattached volumes=[], failed to process volumes=[${volume.name}]: ${
          messageOf(error)
        }`,
        { cause: error },
      );
    });
    this.#check(found);
    const uid = pod.metadata.uid!;
    const { metadata: { name, annotations }, spec } = found;
    const kept: PersistentVolume = {
      metadata: {
        ...name !== undefined && { name },
        ...annotations && { annotations },
      },
      spec,
    };
    const held = {
      uid,
      volumes: { ...this.#held.get(uid)?.volumes, [volume.name]: kept },
    };
    this.#held.set(uid, held);
    this.#options.save(held);
    return kept;
  }

  async #ask(pod: Pod, volume: Volume): Promise<PersistentVolume> {
    const name = claimNameOf(pod, volume)!;
    const { namespace = "" } = pod.metadata;
    let claim: PersistentVolumeClaim;
    let found: PersistentVolume;
    try {
      claim = await this.#claim({ namespace, name });
      found = await this.#volume(claim);
    } catch (error) {
      throw new Error(
        `error processing PVC ${namespace}/${name}: ${messageOf(error)}`,
        { cause: error },
      );
    }
    const stranger = volume.ephemeral && strangeEphemeralClaim(pod, claim);
    if (stranger) throw new Error(stranger);
    checkMode(pod, volume, volumeModeOf(found));
    return found;
  }

  async #claim(
    at: { namespace: string; name: string },
  ): Promise<PersistentVolumeClaim> {
    const { client, signal } = this.#options;
    const claim = await client.get(PERSISTENT_VOLUME_CLAIMS, at, signal)
      .catch((error) => {
        throw new Error(
          `failed to fetch PVC from API server: ${messageOf(error)}`,
          { cause: error },
        );
      });
    const { metadata, spec, status } = claim;
    if (
      metadata.deletionTimestamp !== undefined &&
      !metadata.finalizers?.includes(PROTECTION)
    ) throw new Error("PVC is being deleted");
    if (status?.phase !== "Bound") throw new Error("PVC is not bound");
    if (!spec.volumeName) throw new Error("PVC has empty pvc.Spec.VolumeName");
    return claim;
  }

  async #volume(
    { spec: { volumeName = "" }, metadata: { uid } }: PersistentVolumeClaim,
  ): Promise<PersistentVolume> {
    const { client, signal } = this.#options;
    const found = await client.get(
      PERSISTENT_VOLUMES,
      { name: volumeName },
      signal,
    ).catch((error) => {
      throw new Error(
        `failed to fetch PV ${volumeName} from API server: ${messageOf(error)}`,
        { cause: error },
      );
    });
    const { claimRef } = found.spec;
    if (claimRef === undefined) {
      throw new Error(
        `found PV object ${volumeName} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`,
      );
    }
    if (claimRef.uid !== uid) {
      throw new Error(
        `found PV object ${volumeName} but its pv.Spec.ClaimRef.UID ${claimRef.uid} does not point to claim.UID ${uid}`,
      );
    }
    return found;
  }

  /** @throws {Error} when the volume cannot be mounted here */
  #check(volume: PersistentVolume): void {
    const { metadata: { name }, spec } = volume;
    const labels = this.#options.nodeLabels();
    if (labels !== undefined && !isReachable(volume, labels)) {
      throw new Error(
        `MountVolume.NodeAffinity check failed for volume "${name}" : no matching NodeSelectorTerms`,
      );
    }
    if (!spec.local && !spec.hostPath) {
      throw new Error(
        `MountVolume.SetUp failed for volume "${name}" : no volume plugin matched: this node mounts local and hostPath volumes`,
      );
    }
  }
}

/** @throws {Error} when containers use the volume as what it is not */
function checkMode(
  { spec }: Pod,
  { name }: Volume,
  mode: string,
): void {
  const containers: readonly Container[] = [
    ...spec.initContainers ?? [],
    ...spec.containers,
  ];
  const isMounted = containers.some(({ volumeMounts = [] }) =>
    volumeMounts.some((mount) => mount.name === name)
  );
  const isDevice = containers.some(({ volumeDevices = [] }) =>
    volumeDevices.some((device) => device.name === name)
  );
  const wrong = mode === "Filesystem" && isDevice
    ? "volumeDevices"
    : mode !== "Filesystem" && isMounted
    ? "volumeMounts"
    : undefined;
  if (wrong !== undefined) {
    throw new Error(
      `volume ${name} has volumeMode ${mode}, but is specified in ${wrong}`,
    );
  }
}
