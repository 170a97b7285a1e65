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
  readonly aliases: readonly HostAlias[];
}

/**
 * The file's text, in kubelet's form.
 *
 * @see {@link https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/}
 */
export function hostsFile(input: HostsFileInput): string {
  const lines = [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
    ...input.ips.map((ip) => `${ip}\t${input.hostname}`),
  ];
  if (input.aliases.length > 0) {
    lines.push("", "# Entries added by HostAliases.");
    for (const { ip, hostnames = [] } of input.aliases) {
      lines.push(`${ip}\t${hostnames.join("\t")}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
