/**
 * The garbage collector: deletes what is owned by objects that are gone. `graph.ts` knows who owns whom, `collector.ts` acts.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { KubeObject, Verb } from "../../api/kind.ts";
import { customResourceDefinitions } from "../../api/apiextensions/custom_resource_definition.ts";
import { type AnyKind, Registry } from "../../api/registry.ts";
import type { Client } from "../../client/client.ts";
import { Controller } from "../../loop/controller.ts";
import type { Manager } from "../../loop/manager.ts";
import { customResourceOf, definitionInformer } from "../custom_resources.ts";
import { GarbageReconciler } from "./collector.ts";
import { CustomWatches } from "./custom_watches.ts";
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
  const definitions = definitionInformer(manager);
  const reconciler = new GarbageReconciler({
    client,
    graph,
    resourceOf: (type) =>
      registry.byKind(type) ?? customResourceOf(definitions, type),
    enqueue: (uids) => {
      for (const uid of uids) controller.queue.add(uid);
    },
  });
  const controller = new Controller(host, reconciler, { concurrency: WORKERS });
  for (const kind of kinds) {
    // The definitions are watched already, and by more than their metadata.
    if (kind.plural === customResourceDefinitions.plural) {
      controller.watch(definitions, (change) => graph.apply(kind, change));
      continue;
    }
    if (!isCollectable(kind)) continue;
    const informer = manager.informer(kind, { transform: metadataOnly });
    controller.watch(informer, (change) => graph.apply(kind, change));
  }
  manager.add(controller);
  manager.addRunnable(
    new CustomWatches(host, {
      client,
      definitions,
      transform: metadataOnly,
      onChange(resource, change) {
        for (const uid of graph.apply(resource, change)) {
          controller.queue.add(uid);
        }
      },
    }),
  );
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
