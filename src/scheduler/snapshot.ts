/**
 * {@linkcode Snapshot}: the scheduler's picture of all nodes, with the pods that it has placed but not seen there yet.
 *
 * @module
 */
import type { Node } from "../api/core/node.ts";
import type { Pod } from "../api/core/pod.ts";
import { claimKeysOf } from "../api/volumes/claim_words.ts";
import { NodeInfo } from "./node_info.ts";
import { type PodInfo, podInfo } from "./pod_requests.ts";
import type { VolumeView } from "./volumes/volume_view.ts";

/**
 * Nodes and their pods. A pod that the scheduler placed is *assumed* on its node from the moment of the decision until an informer shows it there (or
 * gone): so two decisions never count on the same room, however late the watch is.
 */
export class Snapshot {
  readonly #nodes = new Map<string, NodeInfo>();
  /** Nodes that exist, in order of arrival; made anew when one comes or goes. */
  #list: readonly NodeInfo[] | undefined;
  /** On which node each pod is counted, by uid. */
  readonly #placed = new Map<string, string>();
  readonly #assumed = new Set<string>();
  /** The pods that use a claim, by its key. */
  readonly #claimUsers = new Map<string, Set<string>>();
  /** Claims and volumes; absent where none are looked at. */
  readonly volumes: VolumeView | undefined;

  /** Nothing is known yet. */
  constructor(volumes?: VolumeView) {
    this.volumes = volumes;
  }

  /** The nodes that exist. */
  get nodes(): readonly NodeInfo[] {
    return this.#list ??= [...this.#nodes.values()].filter(({ node }) =>
      node !== undefined
    );
  }

  /** A node that exists. */
  get(name: string): NodeInfo | undefined {
    const info = this.#nodes.get(name);
    return info?.node === undefined ? undefined : info;
  }

  /** How many pods are assumed. */
  get assumed(): number {
    return this.#assumed.size;
  }

  /** Whether a pod that has a node uses a claim. */
  isClaimUsed(key: string): boolean {
    return this.#claimUsers.has(key);
  }

  /** Whether a pod was placed by us and has not been seen there. */
  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid);
  }

  /** A node came or changed. */
  setNode(node: Node): void {
    const info = this.#nodeInfo(node.metadata.name ?? "");
    if (info.node === undefined) this.#list = undefined;
    info.node = node;
  }

  /** A node is gone. Its pods stay known until they are gone as well: it may come back under the same name. */
  deleteNode(name: string): void {
    const info = this.#nodes.get(name);
    if (info === undefined) return;
    info.node = undefined;
    this.#list = undefined;
    this.#drop(info);
  }

  /** A pod is on a node: seen so, which ends an assumption. */
  setPod(pod: Pod): void {
    const uid = pod.metadata.uid ?? "";
    this.#assumed.delete(uid);
    const known = this.#nodes.get(this.#placed.get(uid) ?? "")?.pods.get(uid);
    this.#place(uid, pod.spec.nodeName ?? "", podInfo(pod, known));
  }

  /** A pod takes nothing any more: ended or gone. The node that it freed. */
  deletePod(uid: string): string | undefined {
    this.#assumed.delete(uid);
    const name = this.#placed.get(uid);
    if (name === undefined) return undefined;
    this.#placed.delete(uid);
    const info = this.#nodes.get(name);
    const pod = info?.pods.get(uid)?.pod;
    if (pod !== undefined) this.#releaseClaims(uid, pod);
    info?.remove(uid);
    if (info !== undefined) this.#drop(info);
    return name;
  }

  /** Counts a pod on a node before anyone has seen it there. */
  assume(info: PodInfo, nodeName: string): void {
    const uid = info.pod.metadata.uid ?? "";
    this.#place(uid, nodeName, info);
    this.#assumed.add(uid);
  }

  /** Takes back an assumption that did not come true. */
  forget(uid: string): void {
    if (this.#assumed.has(uid)) this.deletePod(uid);
  }

  #place(uid: string, nodeName: string, info: PodInfo): void {
    const before = this.#placed.get(uid);
    if (before !== undefined && before !== nodeName) {
      const old = this.#nodes.get(before);
      old?.remove(uid);
      if (old !== undefined) this.#drop(old);
    }
    this.#placed.set(uid, nodeName);
    this.#nodeInfo(nodeName).add(uid, info);
    for (const key of claimKeysOf(info.pod)) {
      const users = this.#claimUsers.get(key);
      if (users === undefined) this.#claimUsers.set(key, new Set([uid]));
      else users.add(uid);
    }
  }

  /** Volumes of a pod never change: what it used when it was placed is what it leaves. */
  #releaseClaims(uid: string, pod: Pod): void {
    for (const key of claimKeysOf(pod)) {
      const users = this.#claimUsers.get(key);
      users?.delete(uid);
      if (users?.size === 0) this.#claimUsers.delete(key);
    }
  }

  #nodeInfo(name: string): NodeInfo {
    let info = this.#nodes.get(name);
    if (info === undefined) {
      info = new NodeInfo(name);
      this.#nodes.set(name, info);
    }
    return info;
  }

  /** Forgets an entry that holds nothing. */
  #drop(info: NodeInfo): void {
    if (info.node === undefined && info.pods.size === 0) {
      this.#nodes.delete(info.name);
    }
  }
}
