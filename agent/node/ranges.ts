/**
 * Address ranges of the cluster, when the server does not say them.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";

/** The pods' range of a node that belongs to no cluster. An ordinary user's pods live on loopback addresses. */
export function ownRange({ processes }: Pick<Host, "processes">): string {
  const isRoot = processes.os === "linux" && processes.uid === 0;
  return isRoot ? "10.42.0.0/24" : "127.64.0.0/24";
}

/** The /16 around a node's pod range: nodes get /24 shares of one /16 by default. */
export function clusterCidrAround(podCidr: string): string {
  const [a, b] = podCidr.split(".");
  return `${a}.${b}.0.0/16`;
}

/** Services' default range: 10.43.0.0/16, and 127.96.0.0/16 where pods have loopback addresses. */
export function serviceCidrBeside(podCidr: string | undefined): string {
  return podCidr?.startsWith("127.") ? "127.96.0.0/16" : "10.43.0.0/16";
}
