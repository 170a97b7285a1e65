/**
 * The `/etc/hosts` of a pod.
 *
 * @module
 */
import type { HostAlias } from "../../src/api/core/pod_spec.ts";

/** What a hosts file is made from. */
export interface HostsFileInput {
  /** The pod's addresses. */
  readonly ips: readonly string[];
  readonly hostname: string;
  /** The domain behind it. @default none */
  readonly domain?: string;
  readonly aliases: readonly HostAlias[];
}

/**
 * The file's text, in kubelet's form.
 *
 * @see {@link https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/}
 */
export function hostsFile(input: HostsFileInput): string {
  const { hostname, domain } = input;
  const names = domain ? `${hostname}.${domain}\t${hostname}` : hostname;
  const lines = [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
    ...input.ips.map((ip) => `${ip}\t${names}`),
  ];
  return `${lines.join("\n")}\n${aliasLines(input.aliases)}`;
}

/** The file of a pod on the node's network: the node's own, with the pod's aliases. */
export function nodeHostsFile(
  text: string,
  aliases: readonly HostAlias[],
): string {
  return `# Kubernetes-managed hosts file (host network).\n${text}${
    aliasLines(aliases)
  }`;
}

function aliasLines(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return "";
  const lines = aliases.map(({ ip, hostnames = [] }) =>
    `${ip}\t${hostnames.join("\t")}\n`
  );
  return `\n# Entries added by HostAliases.\n${lines.join("")}`;
}
