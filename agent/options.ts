/**
 * What an agent is started with.
 *
 * @module
 */
import type { Address, Host } from "../src/base/host.ts";
import type { ServerConfig } from "../src/client/http_transport.ts";
import type { Uplink } from "./link/uplink.ts";
import type { MachineInfo } from "./node/machine.ts";
import type { NodeOptions } from "./node/node_options.ts";
import type { ManifestOptions } from "./pod/sources/mod.ts";
import type { NodeDns } from "./pod/dns/pod_dns.ts";
import type { EndpointSource } from "./pod/endpoint_source.ts";
import type { HostPorts } from "./network/host_ports.ts";
import type { PodCgroups } from "./runtime/cgroups/pod_cgroups.ts";
import type { Runtime } from "./runtime/runtime.ts";

/** kubelet's health port. An agent that holds it is the only one in its network namespace. */
export const HEALTH_ADDRESS: Address = { hostname: "127.0.0.1", port: 10248 };

/** The node's pod network, as far as the agent drives it. */
export interface AgentNetwork {
  /** Sets the address ranges: at start, and whenever the node gets others. */
  configure(
    ranges: { readonly podCidr: string; readonly clusterCidr: string },
  ): Promise<void>;
}

/** Parts of the agent that differ between a real node, a test and the simulation. Disposed by the agent. */
export interface AgentParts {
  readonly runtimes: readonly Runtime[];
  /** Runtime of pods without RuntimeClass. @default "containerd" */
  readonly defaultRuntime?: string;
  readonly network?: AgentNetwork;
  /** Starts what makes services reachable on this node. */
  readonly startProxy?: (
    source: EndpointSource,
    ranges: { readonly serviceCidr: string },
  ) => Promise<AgentProxy>;
  /** The pods' control groups; absent where there are none for us. */
  readonly cgroups?: PodCgroups;
  /** Whether volumes may be mounted on this machine. @default false */
  readonly mayMount?: boolean;
  /** Opens ports of the node for pods; absent where that cannot be done, and pods that want some are refused. */
  readonly hostPorts?: HostPorts;
  /** Loads an image archive into the node's own container runtime. */
  readonly importImage?: (path: string) => Promise<readonly string[]>;
  /** What `/debug/state` shows of them. */
  readonly state?: () => Record<string, unknown>;
  /** Undone when the agent closes, after everything else. */
  readonly dispose?: () => Promise<void>;
}

/** The running service proxy. */
export interface AgentProxy extends AsyncDisposable {
  /** For `/debug/state`. */
  state(): Record<string, unknown>;
}

/** Options of `startAgent`. */
export interface AgentOptions {
  /** Absolute path; identity, checkpoint, volumes and logs lie in it. */
  readonly dataDir: string;
  /** The Node's name. */
  readonly nodeName: string;
  /** `https://host:port`. @default the server that the node joined before */
  readonly server?: string;
  /** Join token; needed until a server has accepted this node. */
  readonly token?: string;
  /** Another API server than ours, in its place. It is asked over HTTPS, and told by a Lease that the node lives. */
  readonly api?: ServerConfig;
  /** The node's address, or two of different families with a comma between them. @default the address of the interface with the default route */
  readonly nodeIp?: string;
  /** @default 110 */
  readonly maxPods?: number;
  /** How many images are pulled at once. @default one after the other */
  readonly parallelPulls?: number;
  /** Kernel parameters that pods may set beside the safe ones: names, or beginnings with `*`. @default none */
  readonly allowedUnsafeSysctls?: readonly string[];
  /** Where pods look up names. @default the node's own resolv.conf */
  readonly dns?: NodeDns;
  /** What the machine's owner decides about the Node: reserves, eviction, garbage, shutdown. @default kubelet's defaults */
  readonly node?: NodeOptions;
  /** Folder of the volumes that this node makes for claims. @default `<dataDir>/storage` */
  readonly localStorage?: string;
  /** Labels of the Node, beside those that the agent finds itself. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Where `/healthz` and `/debug/state` answer; null for nowhere. @default 127.0.0.1:10248 */
  readonly healthAddress?: Address | null;
  /** Whether there is a socket `<dataDir>/agent.sock` for commands on this machine. @default true */
  readonly localSocket?: boolean;
  /** The pods' addresses of a node that has no server. @default "10.42.0.0/24", "127.64.0.0/24" for an ordinary user */
  readonly podCidr?: string;
  /** All nodes' pods, when the server does not say. @default the /16 around the node's own range */
  readonly clusterCidr?: string;
  /** Services' addresses, when the server does not say. @default "10.43.0.0/16", "127.96.0.0/16" on a loopback network */
  readonly serviceCidr?: string;
  /** How long, in milliseconds, a starting agent waits for the server before it works from its checkpoint. @default 2000 */
  readonly contactMs?: number;
  /** Where pods come from beside the API. @default the local socket only */
  readonly manifests?: ManifestOptions;
  /** What the machine is. @default read from the machine */
  readonly machine?: MachineInfo;
  /** Makes the other parts; called once the agent holds its locks. @param uplink the way to the server, for what images need of it */
  readonly parts: (
    host: Host,
    options: AgentOptions,
    uplink: Uplink,
  ) => AgentParts | Promise<AgentParts>;
}

/** A running agent. */
export interface Agent {
  /** Resolves when the agent gave up by itself: the server refused a node that it does not know. Rejects with the reason. */
  readonly failed: Promise<never>;
  /** What `/debug/state` shows. */
  state(): unknown;
  /**
   * Stops the agent.
   *
   * @param options.stopPods whether to stop the pods too; without it they go on, and the next agent takes them over. @default false
   * @param options.shutDown whether the machine goes down: pods end for good, by priority and within their graces, and the API is told. @default false
   */
  close(
    options?: { readonly stopPods?: boolean; readonly shutDown?: boolean },
  ): Promise<void>;
}
