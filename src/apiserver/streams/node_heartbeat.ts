/**
 * A node's sign of life: its Lease in kube-node-lease, a row in memory, renewed when the node is heard on its link.
 *
 * @module
 */
import { type Lease, leases } from "../../api/coordination/lease.ts";
import { type Node, nodes } from "../../api/core/node.ts";
import { formatMicroTime, formatTime } from "../../api/time.ts";
import type { ApiServer } from "../call.ts";
import { NODE_LEASE_NAMESPACE } from "../hooks/hooks.ts";
import { valueOf } from "../write.ts";

/** How long a lease is good for, in seconds, as the Lease says it: two keep-alives may get lost. */
const LEASE_SECONDS = 50;

/** Renewals closer together than this are left out, in milliseconds: traffic on the link is a sign of life too, but one is enough. */
export const RENEW_AT_MOST_EVERY_MS = 10_000;

/** Renews one node's lease. */
export class NodeHeartbeat {
  readonly #api: ApiServer;
  readonly #node: string;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(api: ApiServer, node: string) {
    this.#api = api;
    this.#node = node;
  }

  /** The node was heard. Without its Node it has no lease: the garbage collector takes it with the Node, and nobody makes it again. */
  heard(): void {
    const { host, store } = this.#api;
    const now = host.clock.monotonicMs();
    if (now - this.#lastMs < RENEW_AT_MOST_EVERY_MS) return;
    const row = store.get(`${nodes.storagePrefix}/${this.#node}`);
    if (row === undefined) return;
    this.#lastMs = now;
    const { metadata }: Node = JSON.parse(row.text);
    host.spawn("renew node lease", () => this.#renew(metadata.uid!));
  }

  async #renew(nodeUid: string): Promise<void> {
    const { store, host } = this.#api;
    const key = `${leases.storagePrefix}/${NODE_LEASE_NAMESPACE}/${this.#node}`;
    const renewTime = formatMicroTime(host.clock.now());
    await store.transact([key], (transaction) => {
      const row = transaction.get(key);
      const lease: Lease = row === undefined
        ? this.#newLease()
        : JSON.parse(row.text);
      lease.metadata.ownerReferences = [{
        apiVersion: "v1",
        kind: "Node",
        name: this.#node,
        uid: nodeUid,
      }];
      lease.spec = {
        ...lease.spec,
        holderIdentity: this.#node,
        leaseDurationSeconds: LEASE_SECONDS,
        renewTime,
      };
      transaction.put(key, valueOf(leases, lease), { volatile: true });
    });
  }

  #newLease(): Lease {
    const { random, clock } = this.#api.host;
    return {
      kind: "Lease",
      apiVersion: "coordination.k8s.io/v1",
      metadata: {
        name: this.#node,
        namespace: NODE_LEASE_NAMESPACE,
        uid: random.uuid(),
        creationTimestamp: formatTime(clock.now()),
      },
      spec: {},
    };
  }
}
