/**
 * pods/proxy: HTTP to a port of a pod.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import { badRequest, serviceUnavailable } from "../../api/status.ts";
import type { Call } from "../call.ts";
import { proxyRequest } from "../streams/http_proxy.ts";
import { parsePort } from "../streams/port_forward.ts";
import { findPod, nodeOf } from "./pod_target.ts";
import { parseProxyName } from "./proxy_name.ts";

/** Any method on /api/v1/namespaces/{ns}/pods/{[scheme:]name[:port]}/proxy and below. */
export async function podProxy(call: Call): Promise<Response> {
  const { scheme, name, port } = parseProxyName(call.at.name, "pod");
  const pod = findPod({ ...call, at: { ...call.at, name } });
  const host = addressOf(call, pod);
  return await proxyRequest(call, {
    node: nodeOf(pod),
    host,
    scheme,
    port: portOf(pod, { scheme, port, host }),
  });
}

/** @throws {ApiError} 400 */
function addressOf({ api }: Call, pod: Pod): string {
  const { podIPs = [], podIP = "" } = pod.status ?? {};
  const address = podIPs[0]?.ip ?? podIP;
  if (
    address === "" || isLoopback(address) && !api.allowLoopbackEndpoints
  ) {
    throw badRequest("address not allowed");
  }
  return address;
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** The port that is asked for, the first that a container names, or the scheme's. @throws {ApiError} 503 for one that is no number */
function portOf(
  pod: Pod,
  asked: { scheme: "http" | "https"; port: string; host: string },
): number {
  const { scheme, port, host } = asked;
  if (port !== "") {
    const number = parsePort(port);
    if (number !== undefined) return number;
    throw serviceUnavailable(
      `error trying to reach service: dial tcp: address ${host}:${port}: unknown port`,
    );
  }
  const first = pod.spec.containers.flatMap(({ ports = [] }) => ports)[0];
  return first?.containerPort ?? (scheme === "https" ? 443 : 80);
}
