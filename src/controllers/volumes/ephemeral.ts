/**
 * {@linkcode EphemeralClaims}: makes the claims of volumes that live as long as their pod.
 *
 * @module
 */
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Volume } from "../../api/core/volume.ts";
import { ApiError } from "../../api/status.ts";
import {
  claimNameOf,
  strangeEphemeralClaim,
} from "../../api/volumes/claim_words.ts";
import type { Change, Client, Informer } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event_recorder.ts";
import { PERSISTENT_VOLUME_CLAIMS, PODS } from "../../client/resources.ts";
import { controllerOf, controllerReference } from "../../loop/owners.ts";
import type { Reconciler } from "../../loop/reconciler.ts";

/** What {@linkcode EphemeralClaims} works with. */
export interface EphemeralParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All pods. */
  readonly pods: Informer<Pod>;
  /** All claims. */
  readonly claims: Informer<PersistentVolumeClaim>;
  /** Tells people what happened. */
  readonly recorder: EventRecorder;
}

/** Keys are those of pods. The claim goes with the pod, for the pod owns it. */
export class EphemeralClaims implements Reconciler {
  readonly name = "ephemeral-volume";
  readonly #parts: EphemeralParts;

  /** Nothing runs until it is asked to. */
  constructor(parts: EphemeralParts) {
    this.#parts = parts;
  }

  /** A pod with such volumes that is new. */
  keysOfPod({ key, object, previous }: Change<Pod>): string[] {
    return object !== undefined &&
        object.metadata.uid !== previous?.metadata.uid &&
        ephemeralVolumes(object).length > 0
      ? [key]
      : [];
  }

  /** A claim that went: its pod needs it still, if it is there. */
  keysOfClaim({ object, previous }: Change<PersistentVolumeClaim>): string[] {
    if (object !== undefined || previous === undefined) return [];
    const owner = controllerOf(previous);
    return owner?.kind === "Pod"
      ? [`${previous.metadata.namespace}/${owner.name}`]
      : [];
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const pod = this.#parts.pods.get(key);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) {
      return;
    }
    for (const volume of ephemeralVolumes(pod)) {
      const failure = await this.#ensure(pod, volume, signal);
      if (failure === undefined) continue;
      const message = `ephemeral volume ${volume.name}: ${failure}`;
      this.#parts.recorder.record(pod, {
        type: "Warning",
        reason: "FailedBinding",
        message,
      });
      throw new Error(
        `Could not make the claims of pod "${key}": ${message}`,
      );
    }
  }

  async #ensure(
    pod: Pod,
    volume: Volume,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { client, claims } = this.#parts;
    const { namespace = "" } = pod.metadata;
    const name = claimNameOf(pod, volume)!;
    const there = claims.get(`${namespace}/${name}`);
    if (there !== undefined) return strangeEphemeralClaim(pod, there);
    const template = volume.ephemeral!.volumeClaimTemplate!;
    const { annotations, labels } = template.metadata ?? {};
    try {
      await client.create(PERSISTENT_VOLUME_CLAIMS, {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: {
          name,
          namespace,
          ownerReferences: [controllerReference(pod, PODS)],
          ...annotations !== undefined && { annotations },
          ...labels !== undefined && { labels },
        },
        spec: template.spec,
      }, { signal });
      return undefined;
    } catch (error) {
      // One that our copy does not show yet is looked at in the next pass.
      if (!(error instanceof ApiError) || error.reason === "AlreadyExists") {
        throw error;
      }
      return `create PVC ${name}: ${error.message}`;
    }
  }
}

function ephemeralVolumes({ spec }: Pod): Volume[] {
  return (spec.volumes ?? []).filter(({ ephemeral }) =>
    ephemeral?.volumeClaimTemplate !== undefined
  );
}
