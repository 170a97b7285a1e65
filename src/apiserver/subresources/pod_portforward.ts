/**
 * pods/portforward: connections to ports of a pod, through the node's link.
 *
 * @module
 */
import { badRequest } from "../../api/status.ts";
import type { Call } from "../call.ts";
import { serveChannelForward } from "../streams/channel_forward.ts";
import { linkOf } from "../streams/node_stream.ts";
import { type ForwardTarget, parsePort } from "../streams/port_forward.ts";
import { serveSpdyForward, tunnelOf } from "../streams/spdy_forward.ts";
import {
  acceptWebSocket,
  chooseProtocol,
  takeConnection,
  upgradeOf,
  upgradeRequired,
} from "../streams/upgrade.ts";
import { findPod, nodeOf, requireCreate } from "./pod_target.ts";

/** What runs on SPDY, in a WebSocket or alone. */
const SPDY_PROTOCOL = "portforward.k8s.io";
const TUNNEL_PROTOCOL = `SPDY/3.1+${SPDY_PROTOCOL}`;
const CHANNEL_PROTOCOLS = ["v4.channel.k8s.io", "v4.base64.channel.k8s.io", ""];

/** GET or POST /api/v1/namespaces/{ns}/pods/{name}/portforward. */
export function podPortForward(call: Call): Response {
  const { api, request, params } = call;
  requireCreate(call);
  const pod = findPod(call);
  const node = nodeOf(pod);
  const upgrade = upgradeOf(request);
  if (upgrade === undefined) throw upgradeRequired();
  linkOf(api, node);
  const target: ForwardTarget = { api, node, pod };
  if (upgrade === "spdy/3.1") {
    const spoken = [SPDY_PROTOCOL];
    const protocol = chooseProtocol(request, { upgrade, spoken });
    const { stream, response } = takeConnection(api, request, {
      upgrade: "SPDY/3.1",
      "x-stream-protocol-version": protocol,
    });
    serveSpdyForward(target, stream);
    return response;
  }
  const spoken = [TUNNEL_PROTOCOL, ...CHANNEL_PROTOCOLS];
  const protocol = chooseProtocol(request, { upgrade, spoken });
  const ports = protocol === TUNNEL_PROTOCOL ? [] : portsOf(params);
  const { socket, response } = acceptWebSocket(api, request, protocol);
  if (protocol === TUNNEL_PROTOCOL) {
    const session = serveSpdyForward(target, tunnelOf(socket));
    // also while a connection's bytes are held up and nobody reads the client
    socket.over.then(() => session.close("client left"));
  } else {
    api.host.spawn(
      "port-forward",
      () => serveChannelForward(target, socket, { protocol, ports }),
    );
  }
  return response;
}

/** @throws {ApiError} 400 */
function portsOf(params: URLSearchParams): number[] {
  const texts = params.getAll("ports").flatMap((text) => text.split(","));
  if (texts.length === 0) {
    throw badRequest('query parameter "port" is required');
  }
  return texts.map((text) => {
    const port = parsePort(text);
    if (port !== undefined) return port;
    throw badRequest(`port ${JSON.stringify(text)} is invalid`);
  });
}
