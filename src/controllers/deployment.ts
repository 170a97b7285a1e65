/**
 * {@linkcode DeploymentReconciler}: rolls pods from one template to the next.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Deployment, DeploymentStatus } from "../api/apps/deployment.ts";
import { sameJson } from "../api/equal.ts";
import type { Pod } from "../api/core/pod.ts";
import type { ReplicaSet } from "../api/apps/replica_set.ts";
import { isApiError } from "../api/status.ts";
import type { Change, Client } from "../client/client.ts";
import type { EventRecorder } from "../client/event_recorder.ts";
import type { ResourceInformer } from "../client/informer.ts";
import { keyOf } from "../client/paths.ts";
import { DEPLOYMENTS, REPLICA_SETS } from "../client/resources.ts";
import { isEmptySelector, matchesSelector } from "../loop/label_selector.ts";
import { BY_CONTROLLER, controllerOf, ORPHANS } from "../loop/owners.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";
import { claim } from "./claim.ts";
import { withoutZeros } from "./counts.ts";
import { isRolling, sizeOf, totalSize } from "./deployment_math.ts";
import { findNewSet, REVISION, revisionOf } from "./deployment_revision.ts";
import {
  allSets,
  isScaling,
  recreateStep,
  rollStep,
  scaleAll,
  type SetsView,
} from "./deployment_rollout.ts";
import {
  createFailure,
  DeploymentSets,
  HashCollisionError,
} from "./deployment_sets.ts";
import {
  baseStatus,
  conditionOf,
  type ConditionWords,
  deadlineInMs,
  hasDeadline,
  isComplete,
  rolloutStatus,
  withCondition,
} from "./deployment_status.ts";
import { isNamespaceTerminating } from "./pod_control.ts";
import { isPodTerminal } from "./pods.ts";

/** What a {@linkcode DeploymentReconciler} works with. */
export interface DeploymentParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All deployments. */
  readonly deployments: ResourceInformer<Deployment>;
  /** With `OWNER_INDEXES`. */
  readonly replicaSets: ResourceInformer<ReplicaSet>;
  /** With `POD_INDEXES`. */
  readonly pods: ResourceInformer<Pod>;
  /** Tells people what happened. */
  readonly recorder: EventRecorder;
}

/** What one pass knows. */
interface Pass {
  /** As the API has it. */
  readonly stored: Deployment;
  /** With conditions and annotations that this pass sets; written once, at its end. */
  draft: Deployment;
  readonly view: SetsView;
  readonly sets: DeploymentSets;
  readonly signal: AbortSignal;
}

/** Keeps a replica set for each template of a deployment, and moves replicas from the old ones to the newest. */
export class DeploymentReconciler implements Reconciler {
  readonly name = "deployment";
  readonly #host: Host;
  readonly #parts: DeploymentParts;

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: DeploymentParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** The deployments that a change of a replica set concerns. */
  keysOfSet({ object, previous }: Change<ReplicaSet>): string[] {
    const keys = new Set<string>();
    for (const set of [object, previous]) {
      const owner = set && controllerOf(set);
      if (owner?.kind === DEPLOYMENTS.kind) {
        keys.add(`${set!.metadata.namespace}/${owner.name}`);
      }
    }
    if (object !== undefined && controllerOf(object) === undefined) {
      for (const deployment of this.#parts.deployments.list()) {
        if (selects(deployment, object)) keys.add(keyOf(deployment));
      }
    }
    return [...keys];
  }

  /** The deployment that waits for a pod to be gone before it makes new ones. */
  keysOfPod({ object, previous }: Change<Pod>): string[] {
    const pod = previous ?? object;
    if (pod === undefined || (object !== undefined && !isPodTerminal(object))) {
      return [];
    }
    const owner = controllerOf(pod);
    if (owner?.kind !== REPLICA_SETS.kind) return [];
    const { namespace } = pod.metadata;
    const set = this.#parts.replicaSets.get(`${namespace}/${owner.name}`);
    const name = set && controllerOf(set)?.name;
    const key = `${namespace}/${name}`;
    const deployment = this.#parts.deployments.get(key);
    return deployment !== undefined && !isRolling(deployment) ? [key] : [];
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const stored = this.#parts.deployments.get(key);
    if (stored === undefined) return;
    if (isEmptySelector(stored.spec.selector)) {
      this.#parts.recorder.record(stored, {
        type: "Warning",
        reason: "SelectingAll",
        message:
          "This deployment is selecting all pods. A non-empty selector is required.",
      });
      return;
    }
    const owned = await this.#claim(stored, signal);
    const newSet = findNewSet(stored, owned);
    const pass: Pass = {
      stored,
      draft: stored,
      view: { newSet, old: owned.filter((set) => set !== newSet) },
      sets: new DeploymentSets(stored, { ...this.#parts, signal }),
      signal,
    };
    if (stored.metadata.deletionTimestamp !== undefined) {
      return await this.#writeStatus(pass, baseStatus(this.#viewOf(pass)));
    }
    this.#notePause(pass);
    if (stored.spec.paused || isScaling(stored, owned)) {
      if (newSet !== undefined) await this.#adopt(pass, newSet);
      await scaleAll(stored, pass.view, pass.sets);
      if (stored.spec.paused) await pass.sets.prune(pass.view.old);
      return await this.#writeStatus(pass, baseStatus(this.#viewOf(pass)));
    }
    if (isRolling(stored)) {
      await this.#ensureNewSet(pass);
      await rollStep(stored, pass.view, pass.sets);
    } else {
      if (newSet !== undefined) await this.#adopt(pass, newSet);
      const mayCome = await recreateStep(
        pass.view,
        pass.sets,
        this.#oldPodsRun(pass.view),
      );
      if (mayCome) {
        await this.#ensureNewSet(pass);
        const { newSet } = pass.view;
        const desired = stored.spec.replicas ?? 1;
        if (newSet !== undefined && sizeOf(newSet) !== desired) {
          pass.view.newSet = (await pass.sets.scale(newSet, desired)).set;
        }
      }
    }
    if (isComplete(stored, stored.status ?? {})) {
      await pass.sets.prune(pass.view.old);
    }
    const status = rolloutStatus(this.#viewOf(pass));
    await this.#writeStatus(pass, status);
    const waitMs = deadlineInMs(stored, status, this.#host.clock.now());
    if (waitMs !== undefined) return { requeueAfterMs: waitMs };
  }

  #claim(deployment: Deployment, signal: AbortSignal): Promise<ReplicaSet[]> {
    const { client, replicaSets } = this.#parts;
    const { uid = "", namespace = "" } = deployment.metadata;
    return claim({
      client,
      owner: deployment,
      ownerResource: DEPLOYMENTS,
      resource: REPLICA_SETS,
      matches: (set) => selects(deployment, set),
      signal,
    }, [
      ...replicaSets.byIndex(BY_CONTROLLER, uid),
      ...replicaSets.byIndex(ORPHANS, namespace),
    ]);
  }

  /** Makes the set of the newest template if there is none. */
  async #ensureNewSet(pass: Pass): Promise<void> {
    const { view, sets, signal } = pass;
    if (view.newSet !== undefined) return await this.#adopt(pass, view.newSet);
    let made: { set: ReplicaSet; created: boolean };
    try {
      made = await sets.create(view.old);
    } catch (error) {
      if (signal.aborted || isNamespaceTerminating(error)) throw error;
      if (error instanceof HashCollisionError) {
        // Another name the next time.
        const { status } = pass.draft;
        const collisionCount = (status?.collisionCount ?? 0) + 1;
        await this.#writeStatus(pass, { ...status, collisionCount });
      } else if (hasDeadline(pass.stored)) {
        this.#set(pass, {
          type: "Progressing",
          status: "False",
          reason: "ReplicaSetCreateError",
          message: createFailure(sets.newName, error),
        });
        await this.#writeStatus(pass, pass.draft.status ?? {});
      }
      throw error;
    }
    view.newSet = made.set;
    this.#noteRevision(pass, made.set);
    if (hasDeadline(pass.stored) && made.created) {
      this.#set(pass, {
        type: "Progressing",
        status: "True",
        reason: "NewReplicaSetCreated",
        message: `Created new replica set "${made.set.metadata.name}"`,
      });
    }
  }

  /** The newest template has a set already: its numbers follow. */
  async #adopt(pass: Pass, newSet: ReplicaSet): Promise<void> {
    const set = await pass.sets.adjust(newSet, pass.view.old);
    pass.view.newSet = set;
    this.#noteRevision(pass, set);
    if (
      hasDeadline(pass.stored) &&
      conditionOf(pass.draft.status, "Progressing") === undefined
    ) {
      this.#set(pass, {
        type: "Progressing",
        status: "True",
        reason: "FoundNewReplicaSet",
        message: `Found new replica set "${set.metadata.name}"`,
      });
    }
  }

  #noteRevision(pass: Pass, set: ReplicaSet): void {
    const { draft } = pass;
    pass.draft = {
      ...draft,
      metadata: {
        ...draft.metadata,
        annotations: {
          ...draft.metadata.annotations,
          [REVISION]: String(revisionOf(set)),
        },
      },
    };
  }

  /** A deadline does not run while a deployment is paused. */
  #notePause(pass: Pass): void {
    const { stored } = pass;
    const held = conditionOf(stored.status, "Progressing");
    if (!hasDeadline(stored) || held?.reason === "ProgressDeadlineExceeded") {
      return;
    }
    const isNoted = held?.reason === "DeploymentPaused";
    if (stored.spec.paused && !isNoted) {
      this.#set(pass, {
        type: "Progressing",
        status: "Unknown",
        reason: "DeploymentPaused",
        message: "Deployment is paused",
      });
    } else if (!stored.spec.paused && isNoted) {
      this.#set(pass, {
        type: "Progressing",
        status: "Unknown",
        reason: "DeploymentResumed",
        message: "Deployment is resumed",
      });
    }
  }

  #set(pass: Pass, words: ConditionWords): void {
    const { draft } = pass;
    const conditions = withCondition(
      draft.status?.conditions ?? [],
      words,
      this.#host.clock.now(),
    );
    pass.draft = { ...draft, status: { ...draft.status, conditions } };
  }

  #viewOf({ draft, view }: Pass) {
    return {
      deployment: draft,
      newSet: view.newSet,
      all: allSets(view),
      nowMs: this.#host.clock.now(),
    };
  }

  /** Whether pods of older templates are still there: a recreation waits for the last of them. */
  #oldPodsRun({ newSet, old }: SetsView): boolean {
    if (old.some(({ status }) => (status?.replicas ?? 0) > 0)) return true;
    if (totalSize(old) > 0) return true;
    return old.some((set) =>
      set !== newSet &&
      this.#parts.pods.byIndex(BY_CONTROLLER, set.metadata.uid ?? "")
        .some((pod) => !isPodTerminal(pod))
    );
  }

  async #writeStatus(pass: Pass, status: DeploymentStatus): Promise<void> {
    const { stored, draft, signal } = pass;
    if (
      sameJson(withoutZeros(status), withoutZeros(stored.status)) &&
      sameJson(draft.metadata.annotations, stored.metadata.annotations)
    ) return;
    try {
      await this.#parts.client.update(DEPLOYMENTS, { ...draft, status }, {
        subresource: "status",
        signal,
      });
    } catch (error) {
      // Deleted meanwhile.
      if (!isApiError(error, "NotFound")) throw error;
    }
  }
}

function selects(deployment: Deployment, set: ReplicaSet): boolean {
  return deployment.metadata.namespace === set.metadata.namespace &&
    matchesSelector(deployment.spec.selector, set.metadata.labels);
}
