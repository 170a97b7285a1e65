/**
 * What the controllers of nodes watch.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/event_recorder.ts";
import { nameOf } from "../client/paths.ts";
import { LEASES, NODES } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import type { Manager } from "../loop/manager.ts";
import { podInformer } from "../loop/shared_informers.ts";
import { CidrPool } from "./cidr_pool.ts";
import { NodeCidrReconciler } from "./node_cidr.ts";
import { NodeGiveUpReconciler } from "./node_give_up.ts";
import { LEASE_NAMESPACE, NodeLifecycleReconciler } from "./node_lifecycle.ts";
import { PodGarbageReconciler } from "./pod_garbage.ts";
import { TaintEvictionReconciler } from "./taint_eviction.ts";

/** Where pods get their addresses from. */
export const DEFAULT_CLUSTER_CIDR = "10.42.0.0/16";

/** What they are told. */
export interface NodeControllersOptions {
  /** The network that nodes get parts of. @default {@linkcode DEFAULT_CLUSTER_CIDR} */
  readonly clusterCidr?: string;
  /** Prefix length of a node's part. @default 24 */
  readonly nodeCidrBits?: number;
  /** A node that is silent for this long is not ready. @default 50_000 */
  readonly monitorGraceMs?: number;
}

/** What is needed for it. */
export interface NodeWiring extends NodeControllersOptions {
  /** Time. */
  readonly host: Host;
  /** The API, as the controllers' own user. */
  readonly client: Client;
  /** Where they are added. */
  readonly manager: Manager;
  /** A recorder that speaks as a component; closed with the rest. */
  recorder(component: string): EventRecorder;
}

/** Adds all that look after nodes and the pods on them. @throws {RangeError} when the cluster CIDR cannot be used */
export function wireNodes(wiring: NodeWiring): void {
  const { host, client, manager, clusterCidr, nodeCidrBits, monitorGraceMs } =
    wiring;
  const nodes = manager.informer(NODES);
  const recorder = wiring.recorder("node-controller");
  const cidr = new NodeCidrReconciler({
    client,
    nodes,
    recorder: wiring.recorder("cidrAllocator"),
    pool: new CidrPool(
      clusterCidr ?? DEFAULT_CLUSTER_CIDR,
      nodeCidrBits === undefined ? {} : { partBits: nodeCidrBits },
    ),
  });
  manager.add(
    // One at a time: two choices must not be made on the same picture.
    new Controller(host, cidr, { concurrency: 1 })
      .watch(nodes, (change) => cidr.keysOfNode(change)),
  );
  // All leases, for the garbage collector wants them as well; heartbeats come through one watch.
  const leases = manager.informer(LEASES);
  const lifecycle = new NodeLifecycleReconciler(host, {
    client,
    nodes,
    leases,
    pods: podInformer(manager),
    recorder,
    ...monitorGraceMs === undefined ? {} : { monitorGraceMs },
  });
  manager.add(
    new Controller(host, lifecycle).watch(nodes)
      .watch(leases, ({ key }) => {
        const { namespace, name } = nameOf(key);
        return namespace === LEASE_NAMESPACE ? [name] : [];
      }),
  );
  const pods = podInformer(manager);
  const garbage = new PodGarbageReconciler(host, { client, pods, nodes });
  manager.add(
    new Controller(host, garbage)
      .watch(nodes, (change) => garbage.keysOfNode(change))
      .watch(pods, (change) => garbage.keysOfPod(change)),
  );
  wireTaints(wiring);
}

/** Who must leave a node, and when. */
function wireTaints({ host, client, manager, recorder }: NodeWiring): void {
  const nodes = manager.informer(NODES);
  const pods = podInformer(manager);
  const giveUp = new NodeGiveUpReconciler(host, { client, nodes });
  manager.add(
    // One at a time: nodes of a zone take turns.
    new Controller(host, giveUp, { concurrency: 1 })
      .watch(nodes, (change) => giveUp.keysOfNode(change)),
  );
  const eviction = new TaintEvictionReconciler(host, {
    client,
    nodes,
    pods,
    recorder: recorder("taint-eviction-controller"),
  });
  manager.add(
    new Controller(host, eviction)
      .watch(nodes, (change) => eviction.keysOfNode(change))
      .watch(pods, (change) => eviction.keysOfPod(change)),
  );
}
