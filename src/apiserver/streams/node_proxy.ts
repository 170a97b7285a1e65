/**
 * Requests from the server to an agent, over the agent's own link.
 *
 * @module
 */
import { HostError } from "../../base/host.ts";
import { fetchOverMux } from "../../base/mux_http.ts";
import { internalError } from "../../api/status.ts";
import type { ApiServer } from "../call.ts";

/** The port that kube-apiserver would dial; it stands in the error text that people know. */
export const KUBELET_PORT = 10250;

/**
 * Asks a node.
 *
 * @throws {ApiError} 500 in kube-apiserver's words when the node cannot be reached
 */
export async function proxyToNode(
  api: ApiServer,
  node: string,
  request: { readonly path: string; readonly signal?: AbortSignal },
): Promise<Response> {
  const url = `http://${node}:${KUBELET_PORT}${request.path}`;
  const link = api.links.get(node);
  if (link === undefined) {
    throw unreachable(url, `node "${node}" is not connected`);
  }
  const init = request.signal === undefined ? {} : { signal: request.signal };
  try {
    return await fetchOverMux(link, new Request(url, init));
  } catch (error) {
    if (error instanceof HostError) throw unreachable(url, error.message);
    throw error;
  }
}

function unreachable(url: string, why: string): Error {
  return internalError(
    new Error(`Get ${JSON.stringify(url)}: ${why}`),
  );
}
