/**
 * What the pods of a node are put together from.
 *
 * @module
 */
import type { Pod } from "../src/api/core/pod.ts";
import type { Client } from "../src/client/client.ts";
import type { ClusterView } from "./cluster_view.ts";
import type { HostPortRanges, HostPorts } from "./network/host_ports.ts";
import type { Checkpoint, CheckpointContent } from "./node/checkpoint.ts";
import type { PodAdmitHandler } from "./pod/admission/handler.ts";
import type { NodeDns } from "./pod/dns/pod_dns.ts";
import type { NodeFacts } from "./pod/pod_services.ts";
import type { PodCgroups } from "./runtime/cgroups/pod_cgroups.ts";
import type { RuntimeSet } from "./runtime/select.ts";

/** What `NodePods` is made from. */
export interface NodePodsOptions {
  readonly dataDir: string;
  readonly nodeName: string;
  readonly client: Client;
  readonly runtimes: RuntimeSet;
  readonly view: ClusterView;
  readonly checkpoint: Checkpoint;
  readonly known: CheckpointContent;
  readonly facts: () => NodeFacts;
  /** Folder of the volumes that this node makes for claims. */
  readonly localStorage: string;
  /** Whether volumes may be mounted. @default false */
  readonly mayMount?: boolean;
  readonly isUp: () => boolean;
  /** Where pods look up names. @default the node's own resolv.conf */
  readonly dns?: NodeDns;
  /** The pods' control groups; absent where there are none. */
  readonly cgroups?: PodCgroups;
  /** How many images are pulled at once. @default one after the other */
  readonly parallelPulls?: number;
  /** Opens ports of the node; absent where that cannot be done. */
  readonly hostPorts?: HostPorts;
  /** Addresses that such ports do not concern; undefined while they are not known. */
  readonly hostPortRanges: () => HostPortRanges | undefined;
  /** What pods that are new here have to pass. */
  readonly admitHandlers: readonly PodAdmitHandler[];
  /** Called when an image came onto the node. */
  readonly onImage: () => void;
  /** Called when the kernel keeps all pods together to what they may have. */
  readonly onEnforced: () => void;
  /** The object in the API that shows a pod; undefined where there is none now. */
  readonly shownBy: (pod: Pod) => Pod | undefined;
  /** Called when nothing of a pod is left. */
  readonly onGone: () => void;
  readonly signal: AbortSignal;
}
