/**
 * The garbage collector: deletes what is owned by objects that are gone. `graph.ts` knows who owns whom, `collector.ts` acts.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { KubeObject, Verb } from "../../api/kind.ts";
import { type AnyKind, Registry } from "../../api/registry.ts";
import type { Client } from "../../client/client.ts";
import { Controller } from "../../loop/controller.ts";
import type { Manager } from "../../loop/manager.ts";
import { GarbageReconciler } from "./collector.ts";
import { OwnerGraph } from "./graph.ts";

/** Objects dealt with at once. */
const WORKERS = 8;

/**
 * Adds the collector to a manager. It watches every kind: call it after all that make informers of their own, which it then shares; of the rest only
 * metadata is kept.
 */
export function addGarbageCollector(
  host: Host,
  manager: Manager,
  { client, kinds }: {
    readonly client: Client;
    readonly kinds: readonly AnyKind[];
  },
): void {
  const graph = new OwnerGraph();
  const registry = new Registry(kinds);
  const reconciler = new GarbageReconciler({
    client,
    graph,
    resourceOf: (type) => registry.byKind(type),
    enqueue: (uids) => {
      for (const uid of uids) controller.queue.add(uid);
    },
  });
  const controller = new Controller(host, reconciler, { concurrency: WORKERS });
  for (const kind of kinds) {
    if (!isCollectable(kind)) continue;
    const informer = manager.informer(kind, { transform: metadataOnly });
    controller.watch(informer, (change) => graph.apply(kind, change));
  }
  manager.add(controller);
}

/** Events belong to no one and go by themselves. */
function isCollectable({ kind, verbs }: AnyKind): boolean {
  return kind !== "Event" &&
    ["list", "watch", "delete"].every((verb) => verbs.includes(verb as Verb));
}

/** All that the garbage collector reads. */
function metadataOnly(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = object;
  const {
    name,
    namespace,
    uid,
    resourceVersion,
    ownerReferences,
    finalizers,
    deletionTimestamp,
  } = metadata;
  // Absent stays absent: the fields are optional, not undefined.
  return JSON.parse(JSON.stringify({
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      ownerReferences,
      finalizers,
      deletionTimestamp,
    },
  }));
}
