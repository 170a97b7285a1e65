/**
 * {@linkcode DeploymentSets}: writes a deployment's replica sets.
 *
 * @module
 */
import type { Deployment } from "../api/apps/deployment.ts";
import { sameJson } from "../api/equal.ts";
import type { ReplicaSet } from "../api/apps/replica_set.ts";
import { isApiError } from "../api/status.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/event_recorder.ts";
import { DEPLOYMENTS, REPLICA_SETS } from "../client/resources.ts";
import { controllerOf, controllerReference } from "../loop/owners.ts";
import {
  DESIRED_REPLICAS,
  desiredReplicas,
  MAX_REPLICAS,
  maxSurge,
  newSetSize,
  sizeOf,
} from "./deployment_math.ts";
import {
  annotationsFor,
  maxRevision,
  replicaSetName,
  revisionOf,
  sameTemplate,
  TEMPLATE_HASH,
  templateHash,
} from "./deployment_revision.ts";

/** A name is taken by a replica set that is not of this template. */
export class HashCollisionError extends Error {
  /** For logs. */
  override readonly name = "HashCollisionError";
}

/** What {@linkcode DeploymentSets} works with. */
export interface DeploymentSetsParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** Tells people what happened. */
  readonly recorder: EventRecorder;
  /** Ends the work when it aborts. */
  readonly signal: AbortSignal;
}

/** Creates, scales and deletes the replica sets of one deployment in one pass. */
export class DeploymentSets {
  readonly #deployment: Deployment;
  readonly #parts: DeploymentSetsParts;

  /** Nothing runs until it is asked to. */
  constructor(deployment: Deployment, parts: DeploymentSetsParts) {
    this.#deployment = deployment;
    this.#parts = parts;
  }

  /** Brings annotations and settings of the newest set up to date. */
  async adjust(
    set: ReplicaSet,
    old: readonly ReplicaSet[],
  ): Promise<ReplicaSet> {
    const held = set.metadata.annotations ?? {};
    const annotations = annotationsFor(
      this.#deployment,
      held,
      maxRevision(old) + 1,
    );
    const minReadySeconds = this.#deployment.spec.minReadySeconds ?? 0;
    if (
      sameJson(annotations, held) &&
      (set.spec.minReadySeconds ?? 0) === minReadySeconds
    ) return set;
    return await this.#parts.client.update(REPLICA_SETS, {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec, minReadySeconds },
    }, { signal: this.#parts.signal });
  }

  /** The name of the newest template's set. */
  get newName(): string {
    return this.#newSet([]).metadata.name ?? "";
  }

  /**
   * Creates the set of the newest template, as large as it may be at once. `created` is false when it was there already and only our cache did not know.
   *
   * @throws {HashCollisionError} when the name is taken by something else
   */
  async create(
    old: readonly ReplicaSet[],
  ): Promise<{ set: ReplicaSet; created: boolean }> {
    const set = this.#newSet(old);
    const { name = "" } = set.metadata;
    const { client, recorder, signal } = this.#parts;
    try {
      const created = await client.create(REPLICA_SETS, set, { signal });
      if (sizeOf(created) > 0) {
        this.#tellScaled("up", name, { from: 0, to: sizeOf(created) });
      }
      return { set: created, created: true };
    } catch (error) {
      if (!isApiError(error, "AlreadyExists")) {
        recorder.record(this.#deployment, {
          type: "Warning",
          reason: "ReplicaSetCreateError",
          message: createFailure(name, error),
        });
        throw error;
      }
    }
    const namespace = set.metadata.namespace ?? "";
    const live = await client.get(REPLICA_SETS, { name, namespace }, signal);
    if (
      controllerOf(live)?.uid === this.#deployment.metadata.uid &&
      sameTemplate(live.spec.template, set.spec.template)
    ) return { set: live, created: false };
    throw new HashCollisionError(
      `Cannot create replica set "${name}": the name is taken`,
    );
  }

  /** Makes a set as large as told, and notes what the deployment wanted. The answer tells whether its size changed. */
  async scale(
    set: ReplicaSet,
    size: number,
  ): Promise<{ set: ReplicaSet; scaled: boolean }> {
    const annotations = { ...set.metadata.annotations, ...this.#notes() };
    const from = sizeOf(set);
    const scaled = from !== size;
    if (!scaled && sameJson(annotations, set.metadata.annotations)) {
      return { set, scaled };
    }
    const written = await this.#parts.client.update(REPLICA_SETS, {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec, replicas: size },
    }, { signal: this.#parts.signal });
    if (scaled) {
      this.#tellScaled(size > from ? "up" : "down", set.metadata.name ?? "", {
        from,
        to: size,
      });
    }
    return { set: written, scaled };
  }

  /** Deletes the oldest of the sets that nobody needs, beyond the limit of the history. */
  async prune(old: readonly ReplicaSet[]): Promise<void> {
    const limit = this.#deployment.spec.revisionHistoryLimit;
    if (limit === undefined || limit === 2 ** 31 - 1) return;
    const standing = old.filter(({ metadata }) =>
      metadata.deletionTimestamp === undefined
    ).sort((a, b) => revisionOf(a) - revisionOf(b));
    for (const set of standing.slice(0, Math.max(0, standing.length - limit))) {
      const { generation = 0, name = "", namespace = "" } = set.metadata;
      if (
        (set.status?.replicas ?? 0) !== 0 || sizeOf(set) !== 0 ||
        generation > (set.status?.observedGeneration ?? 0)
      ) continue;
      try {
        await this.#parts.client.delete(REPLICA_SETS, { name, namespace }, {
          signal: this.#parts.signal,
        });
      } catch (error) {
        if (!isApiError(error, "NotFound")) throw error;
      }
    }
  }

  #newSet(old: readonly ReplicaSet[]): ReplicaSet {
    const { metadata, spec, status } = this.#deployment;
    const hash = templateHash(spec.template, status?.collisionCount);
    const template = structuredClone(spec.template);
    template.metadata = {
      ...template.metadata,
      labels: { ...template.metadata?.labels, [TEMPLATE_HASH]: hash },
    };
    const annotations = {
      ...annotationsFor(this.#deployment, {}, maxRevision(old) + 1),
      ...this.#notes(),
    };
    const { matchLabels, matchExpressions } = spec.selector;
    return {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: {
        name: replicaSetName(metadata.name ?? "", hash),
        namespace: metadata.namespace ?? "",
        labels: { ...template.metadata.labels },
        annotations,
        ownerReferences: [controllerReference(this.#deployment, DEPLOYMENTS)],
      },
      spec: {
        replicas: newSetSize(this.#deployment, old, 0),
        minReadySeconds: spec.minReadySeconds ?? 0,
        selector: {
          matchLabels: { ...matchLabels, [TEMPLATE_HASH]: hash },
          ...matchExpressions === undefined ? {} : { matchExpressions },
        },
        template,
      },
    };
  }

  #notes(): Record<string, string> {
    const desired = desiredReplicas(this.#deployment);
    return {
      [DESIRED_REPLICAS]: String(desired),
      [MAX_REPLICAS]: String(desired + maxSurge(this.#deployment)),
    };
  }

  #tellScaled(
    direction: "up" | "down",
    name: string,
    { from, to }: { from: number; to: number },
  ): void {
    this.#parts.recorder.record(this.#deployment, {
      type: "Normal",
      reason: "ScalingReplicaSet",
      message: `Scaled ${direction} replica set ${name} from ${from} to ${to}`,
    });
  }
}

/** What is told when a set could not be created. */
export function createFailure(name: string, error: unknown): string {
  return `Failed to create new replica set "${name}": ${
    error instanceof Error ? error.message : String(error)
  }`;
}
