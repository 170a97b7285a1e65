/**
 * Where a pod looks up names.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import type { PodSpec } from "../../../src/api/core/pod_spec.ts";
import { type Host, HostError } from "../../../src/base/host.ts";
import { podInMessages } from "../../container/pod_events.ts";
import { type DnsConfig, parseResolvConf } from "./resolv_conf.ts";

/** Limits of resolvers: what is beyond them is left out. kubelet's. */
const MAX_SERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARS = 2048;
const MAX_NAME_CHARS = 253;

/** What the node knows of DNS. */
export interface NodeDns {
  /** Addresses of the cluster's DNS service; empty when it has none. */
  readonly clusterDns: readonly string[];
  /** The cluster's domain; empty for none. */
  readonly clusterDomain: string;
  /** The node's resolv.conf; empty for none: then pods that use the node's DNS ask their own machine. */
  readonly resolvConf: string;
}

/** kubelet's defaults, but for the domain: every cluster of ours has this one. */
export const DEFAULT_NODE_DNS: NodeDns = {
  clusterDns: [],
  clusterDomain: "cluster.local",
  resolvConf: "/etc/resolv.conf",
};

/** A pod's DNS, and what is to be told about it. */
export interface PodDns {
  readonly dns: DnsConfig;
  /** Whether it is just what the node's own programs see. */
  readonly isNodes: boolean;
  /** Warnings, in kubelet's words. */
  readonly warnings: readonly { reason: string; message: string }[];
}

/**
 * A pod's DNS by its policy and its own wishes.
 *
 * @throws {Error} when the node's file cannot be read
 * @see {@link https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/}
 */
export async function podDns(
  host: Pick<Host, "disk">,
  pod: Pod,
  node: NodeDns,
): Promise<PodDns> {
  const { dnsConfig } = pod.spec;
  const policy = effectivePolicy(pod.spec);
  const warnings: { reason: string; message: string }[] = [];
  const base = policy === "None"
    ? { servers: [], searches: [], options: [], isSeen: false }
    : await readNodeFile(host, node);
  let dns: DnsConfig = base;
  if (policy === "ClusterFirst" && node.clusterDns.length > 0) {
    dns = clusterFirst(pod, node, base);
  } else if (policy !== "None") {
    if (policy === "ClusterFirst") warnings.push(missingClusterDns(pod));
    if (node.resolvConf === "") {
      dns = { ...base, servers: ["127.0.0.1"], searches: ["."] };
    }
  }
  if (dnsConfig) {
    const { nameservers = [], searches = [], options = [] } = dnsConfig;
    dns = {
      servers: unique([...dns.servers, ...nameservers]),
      searches: unique([...dns.searches, ...searches]),
      options: mergeOptions(dns.options, options),
    };
  }
  const isNodes = dns === base && base.isSeen;
  return { dns: withinLimits(dns, warnings), isNodes, warnings };
}

/** On the node's network the cluster's DNS is only for those that say so. */
function effectivePolicy(
  { dnsPolicy = "Default", hostNetwork }: PodSpec,
): "None" | "ClusterFirst" | "Default" {
  if (dnsPolicy === "ClusterFirstWithHostNet") return "ClusterFirst";
  if (dnsPolicy === "ClusterFirst" && hostNetwork) return "Default";
  return dnsPolicy === "None" || dnsPolicy === "ClusterFirst"
    ? dnsPolicy
    : "Default";
}

/** Where systemd-resolved, whose own address is one of the machine's loopback, tells of the servers behind it. */
const BEHIND_RESOLVED = "/run/systemd/resolve/resolv.conf";

/** The node's file; as kubeadm sets kubelet up, the one behind it where its servers can be reached from the machine only. */
async function readNodeFile(
  { disk }: Pick<Host, "disk">,
  { resolvConf }: NodeDns,
): Promise<DnsConfig & { readonly isSeen: boolean }> {
  const read = async (path: string) =>
    parseResolvConf(await disk.readText(path).catch(emptyIfNotFound));
  if (resolvConf === "") return { ...parseResolvConf(""), isSeen: false };
  const own = await read(resolvConf);
  const isDefault = resolvConf === DEFAULT_NODE_DNS.resolvConf;
  if (isDefault && own.servers.length > 0 && own.servers.every(isLoopback)) {
    const behind = await read(BEHIND_RESOLVED);
    if (behind.servers.length > 0) return { ...behind, isSeen: false };
  }
  return { ...own, isSeen: isDefault };
}

/** A machine without one uses no DNS, and neither do its pods. */
function emptyIfNotFound(error: unknown): string {
  if (error instanceof HostError && error.code === "not-found") return "";
  throw error;
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

function clusterFirst(
  { metadata }: Pod,
  { clusterDns, clusterDomain }: NodeDns,
  { searches }: DnsConfig,
): DnsConfig {
  const own = clusterDomain === "" ? [] : [
    `${metadata.namespace}.svc.${clusterDomain}`,
    `svc.${clusterDomain}`,
    clusterDomain,
  ];
  return {
    servers: clusterDns,
    searches: unique([...own, ...searches]),
    options: ["ndots:5"],
  };
}

function missingClusterDns(pod: Pod): { reason: string; message: string } {
  return {
    reason: "MissingClusterDNS",
    message: `pod: "${
      podInMessages(pod)
    }". kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.`,
  };
}

/** The pod's own win. */
function mergeOptions(
  existing: readonly string[],
  own: readonly { name?: string; value?: string }[],
): string[] {
  const merged = new Map<string, string>();
  for (const option of existing) {
    const [name = "", ...value] = option.split(":");
    merged.set(name, value.join(":"));
  }
  for (const { name = "", value = "" } of own) merged.set(name, value);
  return [...merged].map(([name, value]) =>
    value === "" ? name : `${name}:${value}`
  );
}

function withinLimits(
  { servers, searches, options }: DnsConfig,
  warnings: { reason: string; message: string }[],
): DnsConfig {
  const warn = (message: string) =>
    warnings.push({ reason: "DNSConfigForming", message });
  const keptServers = servers.slice(0, MAX_SERVERS);
  if (keptServers.length < servers.length) {
    warn(
      `Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${
        keptServers.join(" ")
      }`,
    );
  }
  const keptSearches = searches.slice(0, MAX_SEARCHES)
    .filter((search) => search.length <= MAX_NAME_CHARS);
  while (keptSearches.join(" ").length > MAX_SEARCH_CHARS) keptSearches.pop();
  if (keptSearches.length < searches.length) {
    warn(
      `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${
        keptSearches.join(" ")
      }`,
    );
  }
  return { servers: keptServers, searches: keptSearches, options };
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}
