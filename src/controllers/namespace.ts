/**
 * {@linkcode NamespaceReconciler}: empties namespaces that are being deleted.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { KubeObject, Resource, Verb } from "../api/kind.ts";
import type { Namespace } from "../api/core/namespace.ts";
import type { Pod } from "../api/core/pod.ts";
import { isApiError } from "../api/status.ts";
import type { Change, Client, Informer } from "../client/client.ts";
import { collectionPath } from "../client/paths.ts";
import { responseError } from "../client/response_error.ts";
import { NAMESPACES, PODS } from "../client/resources.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";
import {
  deletionConditions,
  type NamespaceContent,
} from "./namespace_conditions.ts";
import { messageOf } from "./pod_control.ts";

/** What keeps a namespace until its content is gone. */
export const NAMESPACE_FINALIZER = "kubernetes";
/** What is left is looked at again after this time; Kubernetes' estimate for objects that wait for finalizers. */
const LOOK_AGAIN_MS = 15_000;

/** A resource whose objects go with their namespace. */
export type Deletable = Resource & { readonly verbs: readonly Verb[] };

/** What a {@linkcode NamespaceReconciler} works with. */
export interface NamespaceParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All namespaces. */
  readonly namespaces: Informer<Namespace>;
  /** All namespaced kinds; asked anew for each pass. */
  readonly kinds: () => readonly Deletable[];
}

/** Deletes everything in a namespace that is being deleted, pods first, then lets it go. */
export class NamespaceReconciler implements Reconciler {
  readonly name = "namespace";
  readonly #host: Host;
  readonly #parts: NamespaceParts;

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: NamespaceParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** The namespace that a pod which is gone may have been the last obstacle of. */
  keysOfPod({ object, previous }: Change<Pod>): string[] {
    const namespace = previous?.metadata.namespace ?? "";
    return object === undefined &&
        this.#parts.namespaces.get(namespace)?.metadata.deletionTimestamp !==
          undefined
      ? [namespace]
      : [];
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const namespace = this.#parts.namespaces.get(key);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    const finalizers = namespace.spec?.finalizers ?? [];
    // Ours is done; the namespace waits for somebody else's.
    if (!finalizers.includes(NAMESPACE_FINALIZER)) return;
    const content = await this.#deleteContent(key, signal);
    if (content.remaining.size > 0 || content.errors.length > 0) {
      await this.#tell(namespace, content, signal);
      return { requeueAfterMs: LOOK_AGAIN_MS };
    }
    await this.#parts.client.update(NAMESPACES, {
      ...namespace,
      spec: {
        ...namespace.spec,
        finalizers: finalizers.filter((name) => name !== NAMESPACE_FINALIZER),
      },
    }, { subresource: "finalize", signal });
  }

  /** Deletes what there is. Nothing but pods is touched while pods are left: what protects them must outlive them (KEP-5080). */
  async #deleteContent(
    namespace: string,
    signal: AbortSignal,
  ): Promise<NamespaceContent> {
    const content = {
      remaining: new Map<string, number>(),
      finalizers: new Map<string, number>(),
      errors: [] as string[],
    };
    const kinds = this.#parts.kinds().filter(({ namespaced, verbs }) =>
      namespaced && verbs.includes("list") && verbs.includes("delete")
    );
    const isPod = ({ group, plural }: Resource) =>
      group === PODS.group && plural === PODS.plural;
    const pods = kinds.filter(isPod);
    const others = kinds.filter((kind) => !isPod(kind));
    for (const group of [pods, others]) {
      for (const kind of group) {
        try {
          const left = await this.#deleteAll(kind, namespace, signal);
          count(content, kind, left);
        } catch (error) {
          if (signal.aborted) throw error;
          content.errors.push(messageOf(error));
        }
      }
      if (content.remaining.size > 0 || content.errors.length > 0) break;
    }
    return content;
  }

  /** Answers what is left after the delete. */
  async #deleteAll(
    kind: Deletable,
    namespace: string,
    signal: AbortSignal,
  ): Promise<readonly KubeObject[]> {
    const { client } = this.#parts;
    const { items } = await client.list(kind, { namespace, signal });
    const standing = items.filter(({ metadata }) =>
      metadata.deletionTimestamp === undefined
    );
    if (standing.length === 0) return items;
    if (kind.verbs.includes("deletecollection")) {
      const response = await client.raw(collectionPath(kind, namespace), {
        method: "DELETE",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          kind: "DeleteOptions",
          apiVersion: "v1",
          propagationPolicy: "Background",
        }),
        signal,
      });
      if (!response.ok) throw await responseError(response);
      await response.body?.cancel();
    } else {
      for (const { metadata } of standing) {
        const { name = "" } = metadata;
        await client.delete(kind, { namespace, name }, { signal });
      }
    }
    return (await client.list(kind, { namespace, signal })).items;
  }

  async #tell(
    namespace: Namespace,
    content: NamespaceContent,
    signal: AbortSignal,
  ): Promise<void> {
    const held = namespace.status?.conditions ?? [];
    const conditions = deletionConditions(
      held,
      content,
      this.#host.clock.now(),
    );
    if (conditions === held && namespace.status?.phase === "Terminating") {
      return;
    }
    try {
      await this.#parts.client.update(NAMESPACES, {
        ...namespace,
        status: { phase: "Terminating", conditions: [...conditions] },
      }, { subresource: "status", signal });
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
  }
}

function count(
  content: {
    remaining: Map<string, number>;
    finalizers: Map<string, number>;
  },
  { group, plural }: Resource,
  objects: readonly KubeObject[],
): void {
  if (objects.length > 0) {
    content.remaining.set(`${plural}.${group}`, objects.length);
  }
  for (const { metadata } of objects) {
    for (const finalizer of metadata.finalizers ?? []) {
      content.finalizers.set(
        finalizer,
        (content.finalizers.get(finalizer) ?? 0) + 1,
      );
    }
  }
}
