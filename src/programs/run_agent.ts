/**
 * `wherry agent`.
 *
 * @module
 */
import { type Agent, startAgent } from "../../agent/main.ts";
import { parseCidr } from "../../agent/network/ipv4.ts";
import { realParts } from "../../agent/real_parts.ts";
import { isLabelValue, isQualifiedName } from "../api/validation/names.ts";
import { messageOf } from "../base/errors.ts";
import type { Host } from "../base/host.ts";
import { parseIp } from "../base/ip.ts";
import { keepMemoryLow } from "../base/real/memory_keeper.ts";
import type { CliContext } from "../cli/context.ts";
import type { ServerConfig } from "../client/http_transport.ts";
import {
  type AgentPodFlags,
  parallelPulls,
  wordsOf,
} from "./agent_pod_flags.ts";
import { CliFailure, EXIT_OK, EXIT_USAGE } from "../cli/failure.ts";
import { type DnsFlags, dnsOptions } from "./dns_flags.ts";
import { type ManifestFlags, manifestOptions } from "./manifest_flags.ts";
import {
  hasShutdownGrace,
  logLimits,
  type NodeFlags,
  nodeOptions,
} from "./node_flags.ts";
import { type RegistryFlags, registryOptions } from "./registry_flags.ts";
import { isMachineStopping } from "./machine_stopping.ts";
import { untilSignal } from "./until_signal.ts";

/** Flags of `agent`. */
export interface AgentFlags
  extends AgentPodFlags, DnsFlags, ManifestFlags, NodeFlags, RegistryFlags {
  readonly dataDir: string;
  /** Of another API server, in place of `server`. */
  readonly kubeconfig?: string;
  readonly server?: string;
  readonly token?: string;
  readonly nodeName?: string;
  readonly containerRuntimeEndpoint?: string;
  readonly imageDir?: string;
  readonly defaultLocalStoragePath?: string;
  readonly maxPods?: number;
  readonly nodeLabels?: string;
  readonly nodeIp?: string;
  readonly stopPodsOnExit?: boolean;
}

/** The path of a unix socket has at most 107 bytes on Linux, 103 elsewhere; ours is `agent.sock` in the data folder. */
const DATA_DIR_LIMIT_BYTES = 103 - "/agent.sock".length;

/** Runs until a signal, or until the server refuses the node. */
export async function runAgent(
  host: Host,
  context: CliContext,
  flags: AgentFlags,
): Promise<number> {
  // Before anything is started: a signal during the start must end in an orderly stop too.
  const signalled = untilSignal(host.clock);
  using _memory = keepMemoryLow();
  const agent = await openAgent(host, context, flags);
  const signal = await Promise.race([signalled, agent.failed]);
  host.log("info", "Agent is stopping", { signal });
  await agent.close({
    stopPods: flags.stopPodsOnExit ?? false,
    shutDown: hasShutdownGrace(flags) && await isMachineStopping(host),
  });
  return EXIT_OK;
}

/** Starts an agent from flags. @throws {CliFailure} for flags that make no sense */
export async function openAgent(
  host: Host,
  context: CliContext,
  flags: AgentFlags,
): Promise<Agent> {
  const {
    server,
    token,
    containerRuntimeEndpoint,
    imageDir,
    defaultLocalStoragePath,
    maxPods,
    nodeLabels,
    nodeIp,
    kubeconfig,
    podCidr,
    podMaxPids,
    allowedUnsafeSysctls,
  } = flags;
  return await startAgent(host, {
    dataDir: dataDir(context.path(flags.dataDir)),
    nodeName: nodeName(flags.nodeName ?? host.processes.hostname()),
    ...(server !== undefined && { server: serverUrl(server) }),
    ...(token !== undefined && { token }),
    ...(kubeconfig !== undefined &&
      { api: await apiOf(host, context.path(kubeconfig), flags) }),
    manifests: manifestOptions(flags, (path) => context.path(path)),
    ...(podCidr !== undefined && { podCidr: podRange(podCidr) }),
    ...(defaultLocalStoragePath !== undefined &&
      { localStorage: context.path(defaultLocalStoragePath) }),
    ...(maxPods !== undefined && { maxPods: podLimit(maxPods) }),
    ...(nodeIp !== undefined && { nodeIp: nodeAddresses(nodeIp) }),
    node: nodeOptions(flags),
    dns: dnsOptions(flags),
    ...(nodeLabels !== undefined && { labels: parseLabels(nodeLabels) }),
    parallelPulls: parallelPulls(flags),
    ...(allowedUnsafeSysctls !== undefined &&
      { allowedUnsafeSysctls: wordsOf(allowedUnsafeSysctls) }),
    parts: realParts({
      // -1 is kubelet's word for none.
      ...(podMaxPids !== undefined && podMaxPids > 0 &&
        { podPidsLimit: podMaxPids }),
      stopOnExit: flags.stopPodsOnExit ?? false,
      registries: await registryOptions(
        host,
        flags,
        (path) => context.path(path),
      ),
      logs: logLimits(flags),
      ...(containerRuntimeEndpoint !== undefined &&
        { containerRuntimeEndpoint }),
      ...(imageDir !== undefined && { imageDir: context.path(imageDir) }),
    }),
  });
}

/** The API server of a kubeconfig, and who the agent is there. */
async function apiOf(
  host: Host,
  path: string,
  { server, token }: AgentFlags,
): Promise<ServerConfig> {
  if (server !== undefined || token !== undefined) {
    throw new CliFailure(
      "--kubeconfig says all about the server: it goes without --server and --token",
      { exitCode: EXIT_USAGE },
    );
  }
  const { loadKubeconfig } = await import("../client/kubeconfig.ts");
  try {
    return await loadKubeconfig(host, { path });
  } catch (error) {
    throw new CliFailure(messageOf(error), { exitCode: EXIT_USAGE });
  }
}

/** A kernel's limit, and its own words for it help nobody. */
function dataDir(path: string): string {
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= DATA_DIR_LIMIT_BYTES) return path;
  throw new CliFailure(
    `--data-dir must be at most ${DATA_DIR_LIMIT_BYTES} bytes long, for the agent's socket is in it: "${path}" has ${bytes}`,
    { exitCode: EXIT_USAGE },
  );
}

/** kubelet too lower-cases the machine's name. */
function nodeName(text: string): string {
  const name = text.toLowerCase();
  if (/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) && name.length <= 253) {
    return name;
  }
  throw new CliFailure(`"${text}" cannot be a node's name: say --node-name`, {
    exitCode: EXIT_USAGE,
  });
}

function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:") return url.origin;
  throw new CliFailure(
    `--server must be an https URL, for example https://server:6443, not "${text}"`,
    { exitCode: EXIT_USAGE },
  );
}

function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").filter(Boolean).map((pair) => {
      const [key, value, ...more] = pair.split("=");
      if (!key || value === undefined || more.length) {
        throw new CliFailure(`--node-labels must be a=b,c=d, not "${text}"`, {
          exitCode: EXIT_USAGE,
        });
      }
      const [wrong] = [...isQualifiedName(key), ...isLabelValue(value)];
      if (wrong === undefined) return [key, value];
      throw new CliFailure(`Cannot read --node-labels "${pair}": ${wrong}`, {
        exitCode: EXIT_USAGE,
      });
    }),
  );
}

/** One address, or one of each family. */
function nodeAddresses(text: string): string {
  const addresses = text.split(",");
  const lengths = addresses.map((address) => parseIp(address)?.length);
  if (
    addresses.length <= 2 && !lengths.includes(undefined) &&
    new Set(lengths).size === addresses.length
  ) return text;
  throw new CliFailure(
    `--node-ip must be an IP address, or one of each family as v4,v6, not "${text}"`,
    { exitCode: EXIT_USAGE },
  );
}

function podRange(text: string): string {
  try {
    parseCidr(text);
    return text;
  } catch (error) {
    throw new CliFailure(
      `--pod-cidr must be a range such as 10.42.0.0/24: ${messageOf(error)}`,
      { exitCode: EXIT_USAGE },
    );
  }
}

function podLimit(pods: number): number {
  if (pods >= 0) return pods;
  throw new CliFailure(`--max-pods must not be negative, but is ${pods}`, {
    exitCode: EXIT_USAGE,
  });
}
