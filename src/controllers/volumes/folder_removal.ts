/**
 * {@linkcode FolderRemoval}: a volume that nobody claims any more goes, with its folder.
 *
 * @module
 */
import type { Node } from "../../api/core/node.ts";
import type { PersistentVolume } from "../../api/core/persistent_volume.ts";
import { isApiError } from "../../api/status.ts";
import { PROVISIONER_FINALIZER } from "../../api/volumes/claim_words.ts";
import {
  isLocalPathVolume,
  LOCAL_PATH_NODE,
  LOCAL_STORAGE_PATH,
} from "../../api/volumes/local_path.ts";
import type { Client, Informer } from "../../client/client.ts";
import { objectPath } from "../../client/paths.ts";
import { NODES, PERSISTENT_VOLUMES } from "../../client/resources.ts";
import type { ReconcileResult } from "../../loop/reconciler.ts";
import type { Teller } from "./teller.ts";

/** How long until a node that is Ready, but not connected, is asked again, in milliseconds. */
const LOOK_AGAIN_MS = 5_000;
/** Longest part of an agent's answer that an event repeats. */
const MAX_TEXT = 500;

/**
 * Has the node's agent remove the folder, over the node's link, then lets the volume go. While the node is away the volume stays Released; when the Node object
 * is gone, there is nobody to ask, and the folder stays wherever the machine is.
 */
export class FolderRemoval {
  readonly #parts: { readonly client: Client; readonly nodes: Informer<Node> };
  readonly #teller: Teller;

  /** Nothing runs until it is asked to. */
  constructor(
    parts: { readonly client: Client; readonly nodes: Informer<Node> },
    teller: Teller,
  ) {
    this.#parts = parts;
    this.#teller = teller;
  }

  /** Removes the volume, if it is to go. @throws when the agent could not remove the folder: it is asked again */
  async run(
    volume: PersistentVolume,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    if (!isLocalPathVolume(volume)) return;
    const { deletionTimestamp } = volume.metadata;
    const { phase } = volume.status ?? {};
    if (volume.spec.persistentVolumeReclaimPolicy !== "Delete") {
      // Its owner keeps the data, and takes the volume out of the API.
      if (deletionTimestamp !== undefined) await this.#letGo(volume, signal);
      return;
    }
    if (phase !== "Released" && phase !== "Failed") return;
    const removed = await this.#removeFolder(volume, signal);
    if (removed === "away") return;
    if (removed === "lost") return { requeueAfterMs: LOOK_AGAIN_MS };
    await this.#letGo(volume, signal);
    if (deletionTimestamp === undefined) await this.#delete(volume, signal);
  }

  /** `gone`: so is the folder, or nobody will ever remove it. `away`: the node's change tells when it is back. `lost`: nobody knows yet whether it is away. */
  async #removeFolder(
    volume: PersistentVolume,
    signal: AbortSignal,
  ): Promise<"gone" | "away" | "lost"> {
    const { client } = this.#parts;
    const name = volume.metadata.annotations?.[LOCAL_PATH_NODE] ?? "";
    if (name === "" || await this.#isGone(name, signal)) {
      this.#teller.tell(volume, {
        type: "Warning",
        reason: "VolumeDelete",
        message:
          `Node "${name}" is gone: the folder of the volume was not removed`,
      });
      return "gone";
    }
    const { path = "" } = volume.spec.hostPath ?? {};
    const at = objectPath(NODES, { name, subresource: "proxy" });
    const answer = await client.raw(
      `${at}${LOCAL_STORAGE_PATH}?path=${encodeURIComponent(path)}`,
      { method: "DELETE", signal },
    );
    const text = (await answer.text()).slice(0, MAX_TEXT);
    if (answer.ok) return "gone";
    if (answer.status === 503) {
      if (isReady(this.#parts.nodes.get(name))) return "lost";
      this.#teller.tell(volume, {
        type: "Normal",
        reason: "VolumeDelete",
        message:
          `Waiting for node "${name}" to be back: it has the volume's folder`,
      });
      return "away";
    }
    this.#teller.tell(volume, {
      type: "Warning",
      reason: "VolumeFailedDelete",
      message: text,
    });
    throw new Error(
      `Could not remove the folder of volume "${volume.metadata.name}": ${text}`,
    );
  }

  async #isGone(name: string, signal: AbortSignal): Promise<boolean> {
    const { client, nodes } = this.#parts;
    if (nodes.get(name) !== undefined) return false;
    try {
      await client.get(NODES, { name }, signal);
      return false;
    } catch (error) {
      if (isApiError(error, "NotFound")) return true;
      throw error;
    }
  }

  async #letGo(volume: PersistentVolume, signal: AbortSignal): Promise<void> {
    const { finalizers = [] } = volume.metadata;
    if (!finalizers.includes(PROVISIONER_FINALIZER)) return;
    const others = finalizers.filter((name) => name !== PROVISIONER_FINALIZER);
    const { client } = this.#parts;
    const { name = "", resourceVersion } = volume.metadata;
    await client.patch(PERSISTENT_VOLUMES, { name }, {
      type: "merge",
      body: { metadata: { resourceVersion, finalizers: others } },
      signal,
    });
  }

  async #delete(volume: PersistentVolume, signal: AbortSignal): Promise<void> {
    const { name = "", uid } = volume.metadata;
    try {
      await this.#parts.client.delete(PERSISTENT_VOLUMES, { name }, {
        ...uid !== undefined && { preconditions: { uid } },
        signal,
      });
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
  }
}

/** Whether a node is there and well. */
export function isReady(node: Node | undefined): boolean {
  return node?.status?.conditions?.some(({ type, status }) =>
    type === "Ready" && status === "True"
  ) ?? false;
}
