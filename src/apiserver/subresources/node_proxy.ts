/**
 * nodes/proxy: the kubelet's paths, which the agent answers on its link, and other ports of the node.
 *
 * @module
 */
import { HostError } from "../../base/host.ts";
import { fetchOverMux } from "../../base/mux_http.ts";
import { badRequest, notFound, serviceUnavailable } from "../../api/status.ts";
import type { Call } from "../call.ts";
import { objectKey } from "../keys.ts";
import {
  clientLeft,
  proxyRequest,
  proxyUrlOf,
  redirectToFolder,
} from "../streams/http_proxy.ts";
import { KUBELET_PORT } from "../streams/node_proxy.ts";
import { parsePort } from "../streams/port_forward.ts";
import {
  answerHeaders,
  forwardedHeaders,
  isUpgrade,
  rewriteLocation,
} from "../streams/proxy_headers.ts";
import { parseProxyName } from "./proxy_name.ts";

/** Any method on /api/v1/nodes/{[scheme:]name[:port]}/proxy and below. */
export async function nodeProxy(call: Call): Promise<Response> {
  const { api, at } = call;
  const { scheme, name, port } = parseProxyName(at.name, "node");
  const key = objectKey(call.kind, { namespace: "", name });
  if (api.store.get(key) === undefined) throw notFound(call.kind, name);
  const number = port === "" ? KUBELET_PORT : parsePort(port);
  if (number === undefined) {
    throw badRequest(`invalid node request ${JSON.stringify(at.name)}`);
  }
  if (number === KUBELET_PORT) return await askKubelet(call, name);
  return await proxyRequest(call, {
    node: name,
    host: "127.0.0.1",
    port: number,
    scheme,
    onNode: true,
  });
}

async function askKubelet(call: Call, node: string): Promise<Response> {
  const { api, request } = call;
  if (isUpgrade(request)) {
    throw badRequest(
      "the kubelet's own streams are not proxied: use the pod's exec, attach and portforward",
    );
  }
  const redirect = redirectToFolder(call);
  if (redirect !== undefined) return redirect;
  const link = api.links.get(node);
  if (link === undefined) {
    throw serviceUnavailable(
      `error trying to reach service: node ${
        JSON.stringify(node)
      } is not connected`,
    );
  }
  const { prefix, path } = proxyUrlOf(call);
  let answer: Response;
  try {
    answer = await fetchOverMux(
      link,
      new Request(`http://${node}${path}`, {
        method: request.method,
        headers: forwardedHeaders(call, prefix + path),
        body: request.body,
        signal: request.signal,
      }),
    );
  } catch (error) {
    if (request.signal.aborted) return clientLeft();
    if (!(error instanceof HostError)) throw error;
    throw serviceUnavailable(
      `error trying to reach service: ${error.message}`,
    );
  }
  const headers = answerHeaders(answer.headers);
  const location = headers.get("location");
  if (location !== null) {
    const at = { prefix, backendHost: node, requestHost: "" };
    headers.set("location", rewriteLocation(location, at));
  }
  const { status, body } = answer;
  return new Response(body, { status, headers });
}
