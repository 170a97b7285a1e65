/**
 * Which objects have to do with a node: its pods, and what these refer to.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { Store } from "../../store/store.ts";
import {
  claimNames,
  MIRROR_ANNOTATION,
  references,
  resourceClaimNames,
} from "./pod_references.ts";

/** Finds relations in the store, by looking at the pods of the node. */
export class NodeRelations {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Whether the pod is on the node. */
  hasPod(node: string, at: { namespace: string; name: string }): boolean {
    const row = this.#store.get(`pods/${at.namespace}/${at.name}`);
    return row?.fields?.["spec.nodeName"] === node;
  }

  /** Whether a pod on the node refers to the Secret or ConfigMap. */
  hasConfig(
    node: string,
    at: {
      readonly plural: "secrets" | "configmaps";
      readonly namespace: string;
      readonly name: string;
    },
  ): boolean {
    return this.#somePod(
      node,
      at,
      (pod) => references(pod, at.plural).has(at.name),
    );
  }

  /** Whether a pod on the node runs as the ServiceAccount. */
  hasAccount(node: string, at: { namespace: string; name: string }): boolean {
    return this.#somePod(
      node,
      at,
      ({ spec }) => spec.serviceAccountName === at.name,
    );
  }

  /** Whether a pod on the node uses the claim for a volume. */
  hasClaim(node: string, at: { namespace: string; name: string }): boolean {
    return this.#somePod(
      node,
      // Part of the name of a claim that is made for a pod is the pod's own.
      { ...at, anywhere: true },
      (pod) => claimNames(pod).has(at.name),
    );
  }

  /** Whether a pod on the node uses the volume. */
  hasVolume(node: string, name: string): boolean {
    const row = this.#store.get(`persistentvolumes/${name}`);
    if (row === undefined) return false;
    const { claimRef } = (JSON.parse(row.text) as {
      spec?: { claimRef?: { namespace?: string; name?: string } };
    }).spec ?? {};
    return claimRef?.namespace !== undefined && claimRef.name !== undefined &&
      this.hasClaim(node, {
        namespace: claimRef.namespace,
        name: claimRef.name,
      });
  }

  /** Whether a pod on the node uses the claim for devices. */
  hasResourceClaim(
    node: string,
    at: { namespace: string; name: string },
  ): boolean {
    return this.#somePod(
      node,
      at,
      (pod) => resourceClaimNames(pod).has(at.name),
    );
  }

  /** Whether the object at a key says in `spec.nodeName` that it is the node's. */
  isOwn(node: string, key: string): boolean {
    const row = this.#store.get(key);
    if (row === undefined) return false;
    const { spec } = JSON.parse(row.text) as { spec?: { nodeName?: string } };
    return spec?.nodeName === node;
  }

  #somePod(
    node: string,
    { namespace, name, anywhere = false }: {
      readonly namespace: string;
      readonly name: string;
      readonly anywhere?: boolean;
    },
    refers: (pod: Pod) => boolean,
  ): boolean {
    if (namespace === "") return false;
    const quoted = JSON.stringify(name);
    return this.#store.list(`pods/${namespace}/`).rows.some((row) => {
      if (row.fields?.["spec.nodeName"] !== node) return false;
      // Most pods do not have the name in their text at all.
      if (!anywhere && !row.text.includes(quoted)) return false;
      const pod: Pod = JSON.parse(row.text);
      // Nodes make mirror pods themselves: what those name was not given to them by anybody.
      return pod.metadata.annotations?.[MIRROR_ANNOTATION] === undefined &&
        refers(pod);
    });
  }
}
