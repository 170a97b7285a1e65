/**
 * {@linkcode OwnerGraph}: who owns whom, as far as watches have told.
 *
 * @module
 */
import type { KubeObject, Resource } from "../../api/kind.ts";
import type { OwnerReference } from "../../api/meta.ts";
import type { Change } from "../../client/client.ts";

/** Keeps an owner until its dependents no longer name it. */
export const ORPHAN_FINALIZER = "orphan";
/** Keeps an owner until its dependents that block it are gone. */
export const FOREGROUND_FINALIZER = "foregroundDeletion";

/** One object in the graph. */
export interface GraphNode {
  /** Its identity. */
  readonly uid: string;
  /** Undefined for an owner that only references tell of. */
  resource: Resource | undefined;
  /** As references name it: `apps/v1`, `Deployment`. */
  apiVersion: string;
  /** As references name it: `Deployment`. */
  kind: string;
  /** Absent for cluster-scoped objects; of an owner that only references tell of, the dependent's. */
  namespace: string | undefined;
  /** Its name. */
  name: string;
  /** Whom it names as owners. */
  owners: readonly OwnerReference[];
  /** Uids of objects that name this one as owner. */
  readonly dependents: Set<string>;
  /** Whether it is being deleted. */
  deleting: boolean;
  /** Whether its deletion waits for dependents. */
  foreground: boolean;
  /** Whether its deletion waits until dependents are let go. */
  orphaning: boolean;
}

/** Objects and owner references, kept up to date by changes; answers which objects to look at. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();

  /** How many objects are known. */
  get size(): number {
    return this.#nodes.size;
  }

  /** An object, or an owner that only references tell of. */
  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  /** Takes in a change; the answer names the uids that may have to be dealt with. */
  apply<T extends KubeObject>(
    resource: Resource<T>,
    { object, previous }: Change<T>,
  ): string[] {
    const look = new Set<string>();
    if (
      previous !== undefined && previous.metadata.uid !== object?.metadata.uid
    ) {
      for (const uid of this.remove(previous.metadata.uid ?? "")) look.add(uid);
    }
    if (object !== undefined) this.#put(resource, object, look);
    return [...look];
  }

  /** The object is gone; the answer names its dependents, and owners that may have waited for it. */
  remove(uid: string): string[] {
    const node = this.#nodes.get(uid);
    if (node === undefined) return [];
    this.#nodes.delete(uid);
    const look = [...node.dependents];
    for (const owner of node.owners) {
      const found = this.#nodes.get(owner.uid);
      if (found === undefined) continue;
      found.dependents.delete(uid);
      if (found.foreground) look.push(owner.uid);
      this.#dropIfUnused(found);
    }
    return look;
  }

  #put(resource: Resource, object: KubeObject, look: Set<string>): void {
    const { uid = "", name = "", namespace, finalizers = [] } = object.metadata;
    const known = this.#nodes.get(uid);
    const node = known ?? this.#add(uid);
    const isNew = known?.resource === undefined;
    node.resource = resource;
    node.apiVersion = object.apiVersion ?? "";
    node.kind = object.kind ?? resource.kind;
    node.namespace = namespace;
    node.name = name;
    const before = node.owners;
    const wasForeground = node.foreground;
    node.owners = object.metadata.ownerReferences ?? [];
    node.deleting = object.metadata.deletionTimestamp !== undefined;
    node.foreground = node.deleting &&
      finalizers.includes(FOREGROUND_FINALIZER);
    node.orphaning = node.deleting && finalizers.includes(ORPHAN_FINALIZER);
    this.#link(node, before, look);
    if (node.orphaning || (node.foreground && !wasForeground)) look.add(uid);
    // An object that a reference told of has turned up: what was thought of its dependents may be wrong (another namespace, another kind).
    if (isNew && known !== undefined) {
      for (const dependent of node.dependents) look.add(dependent);
    }
  }

  #link(
    node: GraphNode,
    before: readonly OwnerReference[],
    look: Set<string>,
  ): void {
    const now = new Set(node.owners.map(({ uid }) => uid));
    for (const { uid } of before) {
      if (now.has(uid)) continue;
      const owner = this.#nodes.get(uid);
      owner?.dependents.delete(node.uid);
      if (owner?.foreground) look.add(uid);
      if (owner !== undefined) this.#dropIfUnused(owner);
    }
    for (const reference of node.owners) {
      let owner = this.#nodes.get(reference.uid);
      if (owner === undefined) {
        owner = this.#add(reference.uid);
        owner.apiVersion = reference.apiVersion;
        owner.kind = reference.kind;
        owner.name = reference.name;
        owner.namespace = node.namespace;
      }
      const isNew = !owner.dependents.has(node.uid);
      owner.dependents.add(node.uid);
      // The owner may be gone, or elsewhere: to be verified.
      if (
        owner.resource === undefined || (isNew && !fits(reference, owner, node))
      ) {
        look.add(node.uid);
      }
      // Whoever is waited for no longer blocks, or a new one came to be deleted with its owner.
      if (owner.foreground) look.add(owner.uid).add(node.uid);
    }
  }

  #add(uid: string): GraphNode {
    const node: GraphNode = {
      uid,
      resource: undefined,
      apiVersion: "",
      kind: "",
      namespace: undefined,
      name: "",
      owners: [],
      dependents: new Set(),
      deleting: false,
      foreground: false,
      orphaning: false,
    };
    this.#nodes.set(uid, node);
    return node;
  }

  /** Owners that only references tell of go with the last reference. */
  #dropIfUnused(node: GraphNode): void {
    if (node.resource === undefined && node.dependents.size === 0) {
      this.#nodes.delete(node.uid);
    }
  }
}

/** Whether a reference really names this owner: kind, name, and its namespace or none. */
export function fits(
  reference: OwnerReference,
  owner: GraphNode,
  dependent: { readonly namespace: string | undefined },
): boolean {
  return reference.kind === owner.kind && reference.name === owner.name &&
    groupOf(reference.apiVersion) === groupOf(owner.apiVersion) &&
    (owner.namespace === undefined || owner.namespace === "" ||
      owner.namespace === dependent.namespace);
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}
