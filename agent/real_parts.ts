/**
 * The parts of an agent on a real machine: engines, pod network, service proxy.
 *
 * @module
 */
import { messageOf } from "../src/base/errors.ts";
import type { Host } from "../src/base/host.ts";
import { Registries, type RegistriesOptions } from "./images/registries.ts";
import { BridgeNetwork } from "./network/bridge_network.ts";
import { HostPorts } from "./network/host_ports.ts";
import { LoopbackNetwork } from "./network/loopback_network.ts";
import type { PodNetwork } from "./network/pod_network.ts";
import { ReadyNetwork } from "./network/ready_network.ts";
import { openEngines } from "./open_engines.ts";
import type { AgentOptions, AgentParts, AgentProxy } from "./options.ts";
import type { EndpointSource } from "./pod/endpoint_source.ts";
import {
  BoundRedirect,
  NftRedirect,
  type Redirect,
  ServiceProxy,
} from "./proxy/mod.ts";
import { PodCgroups } from "./runtime/cgroups/pod_cgroups.ts";
import type { Runtime } from "./runtime/runtime.ts";
import type { Containers } from "./runtime/containerd/containers.ts";
import type { LogLimits } from "./runtime/containerd/log_rotation.ts";
import { ServiceFeed } from "./service_feed.ts";

/** What the machine's user may choose. */
export interface RealPartsOptions {
  /** `unix:///path` of a CRI runtime, `none`, or absent for our own containerd where it can be had. */
  readonly containerRuntimeEndpoint?: string;
  /** Folder of `file:` images. @default `<dataDir>/images` */
  readonly imageDir?: string;
  /** What is said about registries, and about pulls. */
  readonly registries?: Omit<RegistriesOptions, "cluster">;
  /** Most processes and threads of a pod. @default the machine's limit */
  readonly podPidsLimit?: number;
  /** How much of containers' logs is kept. @default kubelet's limits */
  readonly logs?: LogLimits;
  /** Whether pods, network and service rules end with the agent. @default false */
  readonly stopOnExit: boolean;
}

/** How long, in milliseconds, running connections may take when the agent ends without its pods. */
const DRAIN_MS = 5_000;

/** Folders that PATH may lack. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Where distributions put the CNI plugins; a folder `cni` beside a program on PATH comes before them. */
const CNI_FOLDERS = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"];

/** Makes the parts, for `startAgent`. */
export function realParts(real: RealPartsOptions): AgentOptions["parts"] {
  return async (host, { dataDir }, uplink): Promise<AgentParts> => {
    const isRoot = host.processes.os === "linux" && host.processes.uid === 0;
    const nftPath = isRoot ? await findProgram(host, "nft") : undefined;
    const nft = nftPath === undefined ? undefined : { path: nftPath };
    const { network, cniConfDir, closeNetwork } = await makeNetwork(host, {
      dir: `${dataDir}/network`,
      isRoot,
      nft,
    });
    const images = new Registries(host, {
      ...real.registries,
      ...uplink.serverAddress !== undefined && {
        cluster: {
          address: uplink.serverAddress,
          fetch: (request) => uplink.transport.fetch(request),
          isUp: () => uplink.isUp,
        },
      },
    });
    const runtimes: Runtime[] = [];
    const containers = isRoot
      ? await openContainers(host, { dataDir, cniConfDir, real, images })
      : undefined;
    if (containers) runtimes.push(containers.runtime);
    const hostPorts = nft && network.kind === "bridge"
      ? new HostPorts(host, { nft })
      : undefined;
    const cgroups = await PodCgroups.open(host, {
      ...(real.podPidsLimit !== undefined &&
        { podPidsLimit: real.podPidsLimit }),
    });
    runtimes.push(
      ...await openEngines(host, {
        ...{ dataDir, network, images },
        imageDir: real.imageDir ?? `${dataDir}/images`,
        wasmtime: await findProgram(host, "wasmtime"),
      }),
    );
    return {
      runtimes,
      network: {
        configure: async (ranges) => {
          await network.configure(ranges);
          if (cniConfDir) await containers?.networkConfigured?.();
        },
      },
      mayMount: isRoot,
      ...(cgroups && { cgroups }),
      ...(hostPorts && { hostPorts }),
      startProxy: (source, { serviceCidr }) =>
        startProxy(host, { source, serviceCidr, isRoot, nft, real }),
      ...(containers && {
        importImage: (path) => containers.importImage(path),
      }),
      state: () => ({ pulls: images.underWay.state() }),
      dispose: async () => {
        if (real.stopOnExit) {
          await containers?.stop();
          await hostPorts?.close();
          await network.remove();
        } else {
          await containers?.[Symbol.asyncDispose]();
          await closeNetwork?.();
        }
      },
    };
  };
}

interface Nft {
  readonly path: string;
}

/** The pods' network, and what only one of the two kinds has. */
interface NetworkParts {
  readonly network: PodNetwork;
  /** Where a CRI runtime finds the configuration of the same network. */
  readonly cniConfDir?: string;
  /** Leaves off; what is there stays. */
  readonly closeNetwork?: () => Promise<void>;
}

async function makeNetwork(
  host: Host,
  options: { dir: string; isRoot: boolean; nft: Nft | undefined },
): Promise<NetworkParts> {
  const { dir, isRoot, nft } = options;
  if (!isRoot) return { network: new LoopbackNetwork(host, { dir }) };
  const cniBin = await findCniPlugins(host);
  if (cniBin === undefined) {
    host.log(
      "warn",
      "No CNI plugins found: pods get loopback addresses of this machine",
    );
    return { network: new LoopbackNetwork(host, { dir }) };
  }
  const bridge = new BridgeNetwork(host, { dir, cniBin, ...(nft && { nft }) });
  const network = new ReadyNetwork(host, bridge);
  return {
    network,
    cniConfDir: bridge.cniConfDir,
    closeNetwork: () => network[Symbol.asyncDispose](),
  };
}

/** Containers if they can be had; else the reason is logged and the node runs without. An endpoint that was named must work. */
async function openContainers(
  host: Host,
  options: {
    dataDir: string;
    cniConfDir: string | undefined;
    real: RealPartsOptions;
    images: Registries;
  },
): Promise<Containers | undefined> {
  const { dataDir, cniConfDir, real, images } = options;
  const endpoint = real.containerRuntimeEndpoint;
  if (endpoint === "none") return undefined;
  const { openContainers } = await import("./runtime/containerd/mod.ts");
  try {
    return await openContainers(host, {
      dir: `${dataDir}/containerd`,
      registries: images,
      ...(endpoint !== undefined && { endpoint }),
      ...(cniConfDir !== undefined && { cniConfDir }),
      ...(real.logs && { logs: real.logs }),
    });
  } catch (error) {
    if (endpoint !== undefined) throw error;
    host.log("warn", "Containers cannot run here", {
      error: messageOf(error),
    });
    return undefined;
  }
}

async function startProxy(
  host: Host,
  options: {
    source: EndpointSource;
    serviceCidr: string;
    isRoot: boolean;
    nft: Nft | undefined;
    real: RealPartsOptions;
  },
): Promise<AgentProxy> {
  const { source, real } = options;
  const proxy = new ServiceProxy(host, await makeRedirect(host, options));
  const feed = new ServiceFeed(host, { source, proxy });
  await feed.sync();
  return {
    state: () => proxy.state(),
    async [Symbol.asyncDispose]() {
      feed[Symbol.dispose]();
      if (real.stopOnExit) await proxy[Symbol.asyncDispose]();
      else await proxy.handOver({ drainMs: DRAIN_MS });
    },
  };
}

async function makeRedirect(
  host: Host,
  options: { serviceCidr: string; isRoot: boolean; nft: Nft | undefined },
): Promise<Redirect> {
  const { serviceCidr, isRoot, nft } = options;
  if (!isRoot || serviceCidr.startsWith("127.")) {
    return BoundRedirect.loopback();
  }
  if (nft) {
    try {
      return await NftRedirect.open(host, { nft, serviceCidr });
    } catch (error) {
      host.log(
        "warn",
        "nftables cannot be used: services listen on their own addresses",
        {
          error: messageOf(error),
        },
      );
    }
  }
  return await BoundRedirect.localRoute(host, serviceCidr);
}

async function findProgram(
  host: Host,
  name: string,
): Promise<string | undefined> {
  const folders = (host.processes.env("PATH") ?? "").split(":").filter(Boolean);
  return await firstFile(
    host,
    [...folders, ...SYSTEM_FOLDERS].map((folder) => `${folder}/${name}`),
  );
}

async function findCniPlugins(host: Host): Promise<string | undefined> {
  const folders = (host.processes.env("PATH") ?? "").split(":").filter(Boolean);
  const plugin = await firstFile(
    host,
    [...folders.map((folder) => `${folder}/cni`), ...CNI_FOLDERS]
      .map((folder) => `${folder}/bridge`),
  );
  return plugin?.slice(0, plugin.lastIndexOf("/"));
}

async function firstFile(
  host: Host,
  paths: readonly string[],
): Promise<string | undefined> {
  for (const path of paths) {
    try {
      const info = await host.disk.stat(path);
      if (info.isFile || info.isSymlink) return path;
    } catch {
      // Not there.
    }
  }
  return undefined;
}
