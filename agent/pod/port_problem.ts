/**
 * Why ports of the node cannot be opened for a pod.
 *
 * @module
 */
import { hostPortsOf } from "../../src/api/core/host_ports.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import { parseIp } from "../../src/base/ip.ts";

/**
 * In words; undefined when all is well. The API takes any text as `hostIP`, so the node is the first to read it.
 *
 * @param options.canOpen whether this agent can open any
 */
export function portProblem(
  pod: Pod,
  options: { readonly canOpen: boolean },
): string | undefined {
  const ports = pod.spec.hostNetwork ? [] : hostPortsOf(pod);
  const [first] = ports;
  if (first && !options.canOpen) {
    return `Can not open port ${first.port} of the node: that needs an agent that is root, nft and the CNI plugins`;
  }
  const wrong = ports.find(({ ip }) => parseIp(ip) === undefined);
  return wrong &&
    `Can not open port ${wrong.port} of the node: the hostIP ${
      JSON.stringify(wrong.ip)
    } is not an IP address`;
}
