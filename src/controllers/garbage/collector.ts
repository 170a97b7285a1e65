/**
 * {@linkcode GarbageReconciler}: deletes objects whose owners are gone.
 *
 * Follows https://kubernetes.io/docs/concepts/architecture/garbage-collection/ and kube-controller-manager's collector.
 *
 * @module
 */
import type { KubeObject, Resource } from "../../api/kind.ts";
import type { OwnerReference } from "../../api/meta.ts";
import { isApiError } from "../../api/status.ts";
import type { Client, DeleteOptions, ObjectName } from "../../client/client.ts";
import type { Reconciler } from "../../loop/reconciler.ts";
import {
  fits,
  FOREGROUND_FINALIZER,
  type GraphNode,
  ORPHAN_FINALIZER,
  type OwnerGraph,
} from "./graph.ts";

/** How many owners that are gone are remembered, so that a thousand dependents do not ask a thousand times. */
const GONE_LIMIT = 500;

/** What a {@linkcode GarbageReconciler} works with. */
export interface GarbageParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** Who owns whom. */
  readonly graph: OwnerGraph;
  /** The resource of an owner reference; undefined for a kind that the server does not have. */
  readonly resourceOf: (
    type: { readonly apiVersion: string; readonly kind: string },
  ) => Resource | undefined;
  /** Adds uids to look at. */
  readonly enqueue: (uids: Iterable<string>) => void;
}

/** What became of an owner. */
type OwnerState = "stands" | "gone" | "waits" | "unknown";

/** Deals with one object at a time, by uid. What is deleted is read from the API first: the graph may be behind. */
export class GarbageReconciler implements Reconciler {
  readonly name = "garbage";
  readonly #parts: GarbageParts;
  /** Owners that were asked for and are gone. A uid never comes back. */
  readonly #gone = new Set<string>();

  /** Nothing runs until it is asked to. */
  constructor(parts: GarbageParts) {
    this.#parts = parts;
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(uid: string, signal: AbortSignal): Promise<void> {
    const node = this.#parts.graph.get(uid);
    if (node?.resource === undefined) return;
    if (node.deleting && !node.foreground && !node.orphaning) return;
    if (!node.deleting && this.#isWellOwned(node)) return;
    const live = await this.#live(node.resource, node, signal);
    if (live?.metadata.uid !== uid) {
      // Gone, and the watch is late or missed it.
      this.#parts.enqueue(this.#parts.graph.remove(uid));
      return;
    }
    const { deletionTimestamp, finalizers = [] } = live.metadata;
    const deleting = deletionTimestamp !== undefined;
    if (deleting && finalizers.includes(ORPHAN_FINALIZER)) {
      return await this.#orphanDependents(node, live, signal);
    }
    if (deleting && finalizers.includes(FOREGROUND_FINALIZER)) {
      return await this.#deleteDependents(node, live, signal);
    }
    if (deleting) return;
    return await this.#judge(node, live, signal);
  }

  /** What the graph knows to be in order needs no question; most of what is looked at is. */
  #isWellOwned(node: GraphNode): boolean {
    return node.owners.every((reference) => {
      const owner = this.#parts.graph.get(reference.uid);
      return owner?.resource !== undefined && !owner.foreground &&
        fits(reference, owner, node);
    });
  }

  /** Deletes an object of which no owner stands; else takes the references away that lead nowhere. */
  async #judge(
    node: GraphNode,
    live: KubeObject,
    signal: AbortSignal,
  ): Promise<void> {
    const owners = live.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const states = new Map<OwnerReference, OwnerState>();
    for (const owner of owners) {
      states.set(owner, await this.#stateOf(owner, node, signal));
    }
    const having = (state: OwnerState) =>
      owners.filter((owner) => states.get(owner) === state);
    const lost = [...having("gone"), ...having("waits")];
    if (having("unknown").length > 0) return;
    if (having("stands").length > 0) {
      if (lost.length === 0) return;
      return await this.#dropReferences(node, live, { owners: lost, signal });
    }
    await this.#delete(node, live, {
      policy: this.#policyFor(node, live, having("waits").length > 0),
      signal,
    });
  }

  /** With an owner that waits, dependents of the dependent must be waited for as well. */
  #policyFor(
    node: GraphNode,
    { metadata }: KubeObject,
    ownerWaits: boolean,
  ): NonNullable<DeleteOptions["propagationPolicy"]> {
    if (ownerWaits && node.dependents.size > 0) return "Foreground";
    const finalizers = metadata.finalizers ?? [];
    if (finalizers.includes(ORPHAN_FINALIZER)) return "Orphan";
    if (finalizers.includes(FOREGROUND_FINALIZER)) return "Foreground";
    return "Background";
  }

  /** What the graph does not know is asked of the API: an owner may be there, and only its watch be late. */
  async #stateOf(
    reference: OwnerReference,
    dependent: GraphNode,
    signal: AbortSignal,
  ): Promise<OwnerState> {
    const owner = this.#parts.graph.get(reference.uid);
    if (owner?.resource !== undefined && fits(reference, owner, dependent)) {
      return owner.foreground ? "waits" : "stands";
    }
    if (this.#gone.has(goneKey(reference, dependent))) return "gone";
    const resource = this.#parts.resourceOf(reference);
    // A kind that is not served now may be served again (an aggregated API, a CRD): nothing may be deleted for it.
    if (resource === undefined) return "unknown";
    // A namespaced kind cannot own what is in no namespace; such a reference is a mistake, and no reason to delete.
    if (resource.namespaced && !dependent.namespace) return "unknown";
    const live = await this.#live(resource, {
      name: reference.name,
      namespace: dependent.namespace,
    }, signal);
    if (live?.metadata.uid !== reference.uid) {
      this.#remember(goneKey(reference, dependent));
      return "gone";
    }
    return live.metadata.deletionTimestamp !== undefined &&
        (live.metadata.finalizers ?? []).includes(FOREGROUND_FINALIZER)
      ? "waits"
      : "stands";
  }

  #remember(key: string): void {
    this.#gone.add(key);
    if (this.#gone.size <= GONE_LIMIT) return;
    const [oldest] = this.#gone;
    this.#gone.delete(oldest!);
  }

  /** An owner that is deleted in the foreground: dependents that block it go first. */
  async #deleteDependents(
    node: GraphNode,
    live: KubeObject,
    signal: AbortSignal,
  ): Promise<void> {
    const blocking = this.#dependentsOf(node).filter(({ owners }) =>
      owners.some((owner) =>
        owner.uid === node.uid && owner.blockOwnerDeletion === true
      )
    );
    if (blocking.length === 0) {
      return await this.#dropFinalizer(node, live, {
        finalizer: FOREGROUND_FINALIZER,
        signal,
      });
    }
    this.#parts.enqueue(
      this.#dependentsOf(node).filter(({ foreground }) => !foreground)
        .map(({ uid }) => uid),
    );
  }

  /** An owner whose dependents are to stay: they forget it, then it goes. */
  async #orphanDependents(
    node: GraphNode,
    live: KubeObject,
    signal: AbortSignal,
  ): Promise<void> {
    for (const dependent of this.#dependentsOf(node)) {
      const { resource } = dependent;
      const current = resource &&
        await this.#live(resource, dependent, signal);
      if (current?.metadata.uid !== dependent.uid) continue;
      const owners = (current.metadata.ownerReferences ?? [])
        .filter(({ uid }) => uid === node.uid);
      if (owners.length > 0) {
        await this.#dropReferences(dependent, current, { owners, signal });
      }
    }
    await this.#dropFinalizer(node, live, {
      finalizer: ORPHAN_FINALIZER,
      signal,
    });
  }

  #dependentsOf(node: GraphNode): GraphNode[] {
    return [...node.dependents].map((uid) => this.#parts.graph.get(uid))
      .filter((dependent) => dependent?.resource !== undefined) as GraphNode[];
  }

  async #live(
    resource: Resource,
    target: { readonly name: string; readonly namespace: string | undefined },
    signal: AbortSignal,
  ): Promise<KubeObject | undefined> {
    try {
      return await this.#parts.client.get(
        resource,
        nameIn(resource, target),
        signal,
      );
    } catch (error) {
      if (isApiError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  async #dropReferences(
    node: GraphNode,
    live: KubeObject,
    { owners, signal }: {
      readonly owners: readonly OwnerReference[];
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const lost = new Set(owners.map(({ uid }) => uid));
    const rest = (live.metadata.ownerReferences ?? []).filter(({ uid }) =>
      !lost.has(uid)
    );
    await this.#patchMeta(node, live, {
      ownerReferences: rest.length === 0 ? null : rest,
    }, signal);
  }

  async #dropFinalizer(
    node: GraphNode,
    live: KubeObject,
    { finalizer, signal }: {
      readonly finalizer: string;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const rest = (live.metadata.finalizers ?? []).filter((name) =>
      name !== finalizer
    );
    await this.#patchMeta(node, live, {
      finalizers: rest.length === 0 ? null : rest,
    }, signal);
  }

  /** A merge patch works on every kind; uid and version keep it from meeting anything but what was read. */
  async #patchMeta(
    node: GraphNode,
    live: KubeObject,
    change: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<void> {
    const { uid, resourceVersion } = live.metadata;
    try {
      await this.#parts.client.patch(
        node.resource!,
        nameIn(node.resource!, node),
        {
          type: "merge",
          body: { metadata: { uid, resourceVersion, ...change } },
          signal,
        },
      );
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
  }

  async #delete(
    node: GraphNode,
    live: KubeObject,
    { policy, signal }: {
      readonly policy: NonNullable<DeleteOptions["propagationPolicy"]>;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const { uid = "", resourceVersion = "" } = live.metadata;
    try {
      await this.#parts.client.delete(
        node.resource!,
        nameIn(node.resource!, node),
        {
          propagationPolicy: policy,
          // Its owners may change this very moment: what was judged is what is deleted.
          preconditions: { uid, resourceVersion },
          signal,
        },
      );
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
  }
}

function nameIn(
  resource: Resource,
  { name, namespace }: {
    readonly name: string;
    readonly namespace: string | undefined;
  },
): ObjectName {
  return resource.namespaced ? { name, namespace: namespace ?? "" } : { name };
}

/** The same uid under another name or in another namespace is another question. */
function goneKey(
  { apiVersion, kind, name, uid }: OwnerReference,
  { namespace }: GraphNode,
): string {
  return [apiVersion, kind, namespace, name, uid].join(" ");
}
