/**
 * pods/log: streamed from the node, through its link.
 *
 * @module
 */
import { badRequest, internalError, notFoundBehind } from "../../api/status.ts";
import type { Call } from "../call.ts";
import { proxyToNode } from "../streams/node_proxy.ts";
import { readLogOptions } from "./log_options.ts";
import { chooseContainer, findPod } from "./pod_target.ts";

/** GET /api/v1/namespaces/{ns}/pods/{name}/log. */
export async function podLog(call: Call): Promise<Response> {
  const { api, at, params } = call;
  const query = readLogOptions(params, at.name);
  const pod = findPod(call);
  const container = chooseContainer(pod, params.get("container") ?? "");
  const node = pod.spec.nodeName ?? "";
  // A pod on no node has written nothing yet.
  if (node === "") return plain("");
  const path = `/containerLogs/${at.namespace}/${at.name}/${container}`;
  const search = query.size === 0 ? "" : `?${query}`;
  const answer = await proxyToNode(api, node, {
    path: path + search,
    signal: call.request.signal,
  });
  if (answer.status === 200) return plain(answer.body);
  const text = (await answer.text()).trim();
  if (answer.status === 400) throw badRequest(text);
  if (answer.status !== 404) throw internalError(text);
  throw notFoundBehind({ group: "", plural: "pods/log" }, at.name);
}

function plain(body: BodyInit | null): Response {
  return new Response(body, {
    headers: {
      "content-type": "text/plain",
      "cache-control": "no-cache, private",
    },
  });
}
