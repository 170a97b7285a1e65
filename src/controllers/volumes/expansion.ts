/**
 * {@linkcode ClaimExpansion}: claims that have grown get what they ask for.
 *
 * @module
 */
import type { PersistentVolume } from "../../api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import { compareQuantities } from "../../api/quantity.ts";
import { requestOf, sizeOf } from "../../api/volumes/match_volume.ts";
import type { Client, Informer } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event_recorder.ts";
import { nameOf } from "../../client/paths.ts";
import {
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
} from "../../client/resources.ts";
import type { Reconciler } from "../../loop/reconciler.ts";
import { Teller } from "./teller.ts";

/** What {@linkcode ClaimExpansion} works with. */
export interface ExpansionParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All claims. */
  readonly claims: Informer<PersistentVolumeClaim>;
  /** All volumes. */
  readonly volumes: Informer<PersistentVolume>;
  /** Tells people what happened. */
  readonly recorder: EventRecorder;
}

/**
 * Keys are those of claims. Admission has asked the class whether a claim may grow. A folder of a node has no size of its own: its volume's is written, then
 * the claim's. Other volumes are for those who have made them.
 */
export class ClaimExpansion implements Reconciler {
  readonly name = "volume-expand";
  readonly #parts: ExpansionParts;
  readonly #teller: Teller;

  /** Nothing runs until it is asked to. */
  constructor(parts: ExpansionParts) {
    this.#parts = parts;
    this.#teller = new Teller(parts.recorder);
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const claim = this.#parts.claims.get(key);
    if (claim === undefined || !isGrown(claim)) {
      return this.#teller.forget("PersistentVolumeClaim", key);
    }
    const volume = this.#parts.volumes.get(claim.spec.volumeName ?? "");
    if (volume?.spec.claimRef?.uid !== claim.metadata.uid) return;
    if (volume?.spec.hostPath === undefined) {
      return this.#teller.tell(claim, {
        type: "Warning",
        reason: "ExternalExpanding",
        message: "waiting for an external controller to expand this PVC",
      });
    }
    const { client } = this.#parts;
    const capacity = { storage: requestOf(claim) };
    if (compareQuantities(sizeOf(volume), capacity.storage) < 0) {
      await client.patch(PERSISTENT_VOLUMES, {
        name: volume.metadata.name ?? "",
      }, { type: "merge", body: { spec: { capacity } }, signal });
    }
    await client.patch(PERSISTENT_VOLUME_CLAIMS, nameOf(key), {
      type: "merge",
      body: { status: { capacity } },
      subresource: "status",
      signal,
    });
    this.#teller.tell(claim, {
      type: "Normal",
      reason: "VolumeResizeSuccessful",
      message: `ExpandVolume succeeded for volume ${key}`,
    });
  }
}

/** Whether a claim has less than it asks for. */
function isGrown(claim: PersistentVolumeClaim): boolean {
  const { phase, capacity } = claim.status ?? {};
  const size = capacity?.["storage"];
  return phase === "Bound" && size !== undefined &&
    compareQuantities(size, requestOf(claim)) < 0;
}
