/**
 * {@linkcode LocalPathProvisioner}: volumes that are folders of a node.
 *
 * @module
 */
import type { Node } from "../../api/core/node.ts";
import type { PersistentVolume } from "../../api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import { isApiError } from "../../api/status.ts";
import type { StorageClass } from "../../api/storage/storage_class.ts";
import {
  classOf,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
  waitsForConsumer,
} from "../../api/volumes/claim_words.ts";
import {
  isLocalPathVolume,
  LOCAL_PATH_NODE,
  LOCAL_PATH_PROVISIONER,
  LOCAL_STORAGE_ANNOTATION,
} from "../../api/volumes/local_path.ts";
import type { Change, Client, Informer } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event_recorder.ts";
import { keyOf, nameOf } from "../../client/paths.ts";
import {
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
} from "../../client/resources.ts";
import type { Reconciler, ReconcileResult } from "../../loop/reconciler.ts";
import { FolderRemoval, isReady } from "./folder_removal.ts";
import { localPathProblem, localPathVolume } from "./local_path_volume.ts";
import { Teller } from "./teller.ts";

/** What a {@linkcode LocalPathProvisioner} works with. */
export interface LocalPathParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All claims. */
  readonly claims: Informer<PersistentVolumeClaim>;
  /** All volumes. */
  readonly volumes: Informer<PersistentVolume>;
  /** All classes. */
  readonly classes: Informer<StorageClass>;
  /** All nodes. */
  readonly nodes: Informer<Node>;
  /** Tells people what happened. */
  readonly recorder: EventRecorder;
}

/**
 * Keys are `claim/<namespace>/<name>` and `volume/<name>`. It speaks with the binder as any provisioner outside would: through annotations of the claim, and by
 * making the volume. The folder itself is made by the node's agent when a pod first needs it, and removed by the agent when the volume is reclaimed.
 *
 * Events and refusals are those of Rancher's local-path-provisioner, which people know from K3s.
 */
export class LocalPathProvisioner implements Reconciler {
  readonly name = "local-path-provisioner";
  readonly #parts: LocalPathParts;
  readonly #teller: Teller;
  readonly #removal: FolderRemoval;

  /** Nothing runs until it is asked to. */
  constructor(parts: LocalPathParts) {
    this.#parts = parts;
    this.#teller = new Teller(parts.recorder);
    this.#removal = new FolderRemoval(parts, this.#teller);
  }

  /** A claim that asks us for a volume. */
  keysOfClaim({ key, object }: Change<PersistentVolumeClaim>): string[] {
    return object !== undefined && isOurs(object) ? [`claim/${key}`] : [];
  }

  /** A volume of ours that may have to go. */
  keysOfVolume({ key, object }: Change<PersistentVolume>): string[] {
    return object !== undefined && isLocalPathVolume(object)
      ? [`volume/${key}`]
      : [];
  }

  /** A node that is back, or gone for good: folders on it that wait to be removed. */
  keysOfNode({ key, object, previous }: Change<Node>): string[] {
    if (object !== undefined && (!isReady(object) || isReady(previous))) {
      return [];
    }
    return this.#parts.volumes.list().filter((volume) =>
      isLocalPathVolume(volume) &&
      volume.metadata.annotations?.[LOCAL_PATH_NODE] === key
    ).map((volume) => `volume/${keyOf(volume)}`);
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const name = key.slice(key.indexOf("/") + 1);
    if (key.startsWith("volume/")) {
      const volume = this.#parts.volumes.get(name);
      if (volume !== undefined) return await this.#removal.run(volume, signal);
      return this.#teller.forget("PersistentVolume", name);
    }
    const claim = this.#parts.claims.get(name);
    if (claim === undefined || !isOurs(claim)) {
      this.#teller.forget("PersistentVolumeClaim", name);
    } else await this.#provision(claim, signal);
  }

  async #provision(
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, classes, nodes, volumes } = this.#parts;
    const oneClass = classes.get(classOf(claim));
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (
      oneClass?.provisioner !== LOCAL_PATH_PROVISIONER ||
      (selected === undefined && waitsForConsumer(oneClass)) ||
      volumes.get(`pvc-${claim.metadata.uid}`) !== undefined
    ) return;
    const problem = localPathProblem(claim, oneClass);
    if (problem !== undefined) return this.#fail(claim, oneClass, problem);
    const node = nodes.get(selected!);
    const folder = node?.metadata.annotations?.[LOCAL_STORAGE_ANNOTATION];
    if (folder === undefined) {
      this.#fail(
        claim,
        oneClass,
        node === undefined
          ? `failed to get target node: node "${selected}" not found`
          : `node "${selected}" has no folder for volumes: annotation ${LOCAL_STORAGE_ANNOTATION} is missing`,
      );
      return await this.#sendBack(claim, signal);
    }
    const { namespace, name } = claim.metadata;
    this.#teller.tell(claim, {
      type: "Normal",
      reason: "Provisioning",
      message:
        `External provisioner is provisioning volume for claim "${namespace}/${name}"`,
    });
    const volume = localPathVolume(claim, { oneClass, node: node!, folder });
    try {
      await client.create(PERSISTENT_VOLUMES, volume, { signal });
    } catch (error) {
      if (!isApiError(error, "AlreadyExists")) throw error;
    }
    this.#teller.tell(claim, {
      type: "Normal",
      reason: "ProvisioningSucceeded",
      message: `Successfully provisioned volume ${volume.metadata.name}`,
    });
  }

  #fail(
    claim: PersistentVolumeClaim,
    { metadata }: StorageClass,
    problem: string,
  ): void {
    this.#teller.tell(claim, {
      type: "Warning",
      reason: "ProvisioningFailed",
      message:
        `failed to provision volume with StorageClass "${metadata.name}": ${problem}`,
    });
  }

  /** The scheduler is to choose another node. */
  async #sendBack(
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#parts.client.patch(
      PERSISTENT_VOLUME_CLAIMS,
      nameOf(keyOf(claim)),
      {
        type: "merge",
        body: {
          metadata: {
            resourceVersion: claim.metadata.resourceVersion,
            annotations: { [SELECTED_NODE]: null },
          },
        },
        signal,
      },
    );
  }
}

/** Whether a claim waits for a volume of ours. */
function isOurs({ metadata, spec }: PersistentVolumeClaim): boolean {
  return !spec.volumeName && metadata.deletionTimestamp === undefined &&
    STORAGE_PROVISIONER.some((key) =>
      metadata.annotations?.[key] === LOCAL_PATH_PROVISIONER
    );
}
