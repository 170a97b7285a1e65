/**
 * Flags of `wherry agent` about DNS; kubelet's names.
 *
 * @module
 */
import type { Command } from "commander";
import { DEFAULT_NODE_DNS, type NodeDns } from "../../agent/pod/dns/pod_dns.ts";
import { parseIp } from "../base/ip.ts";
import { CliFailure, EXIT_USAGE } from "../cli/failure.ts";
import { wordsOf } from "./agent_pod_flags.ts";

/** The flags' values. */
export interface DnsFlags {
  readonly clusterDns?: string;
  readonly clusterDomain?: string;
  readonly resolvConf?: string;
}

/** Declares them. */
export function withDnsFlags(command: Command): Command {
  return command
    .option(
      "--cluster-dns <addresses>",
      "addresses of the cluster's DNS service, for pods of the policy ClusterFirst (default: none, they use the node's)",
    )
    .option(
      "--cluster-domain <domain>",
      "the cluster's domain",
      DEFAULT_NODE_DNS.clusterDomain,
    )
    .option(
      "--resolv-conf <file>",
      "the node's DNS for pods; empty for none",
      DEFAULT_NODE_DNS.resolvConf,
    );
}

/** What they mean. @throws {CliFailure} for what is no address */
export function dnsOptions(flags: DnsFlags): NodeDns {
  const clusterDns = wordsOf(flags.clusterDns ?? "");
  for (const address of clusterDns) {
    if (parseIp(address) !== undefined) continue;
    throw new CliFailure(
      `--cluster-dns must be IP addresses, not "${address}"`,
      { exitCode: EXIT_USAGE },
    );
  }
  return {
    clusterDns,
    clusterDomain: flags.clusterDomain ?? DEFAULT_NODE_DNS.clusterDomain,
    resolvConf: flags.resolvConf ?? DEFAULT_NODE_DNS.resolvConf,
  };
}
