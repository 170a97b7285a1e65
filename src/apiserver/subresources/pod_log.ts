/**
 * pods/log: streamed from the node, through its link.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import { badRequest, notFound } from "../../api/status.ts";
import type { Call } from "../call.ts";
import { objectKey } from "../keys.ts";
import { proxyToNode } from "../streams/node_proxy.ts";

/** Parameters that the node understands, as kubelet names them. */
const LOG_PARAMS = [
  "follow",
  "previous",
  "sinceSeconds",
  "sinceTime",
  "tailLines",
  "timestamps",
  "limitBytes",
  "stream",
];

/** GET /api/v1/namespaces/{ns}/pods/{name}/log. */
export async function podLog(call: Call): Promise<Response> {
  const { api, kind, at, params } = call;
  const row = api.store.get(objectKey(kind, at));
  if (row === undefined) throw notFound(kind, at.name);
  const pod: Pod = JSON.parse(row.text);
  const container = chooseContainer(pod, params.get("container") ?? "");
  const node = pod.spec.nodeName ?? "";
  // A pod on no node has written nothing yet.
  if (node === "") return plain("");
  const query = new URLSearchParams();
  for (const name of LOG_PARAMS) {
    const value = params.get(name);
    if (value !== null) query.set(name, value);
  }
  const path = `/containerLogs/${at.namespace}/${at.name}/${container}`;
  const search = query.size === 0 ? "" : `?${query}`;
  const answer = await proxyToNode(api, node, {
    path: path + search,
    signal: call.request.signal,
  });
  if (answer.status === 200) return plain(answer.body);
  const text = (await answer.text()).trim();
  throw badRequest(text === "" ? `the node answered ${answer.status}` : text);
}

function plain(body: BodyInit | null): Response {
  return new Response(body, {
    headers: {
      "content-type": "text/plain",
      "cache-control": "no-cache, private",
    },
  });
}

/** @throws {ApiError} 400 when the choice is not clear */
function chooseContainer(pod: Pod, asked: string): string {
  const name = pod.metadata.name;
  const main = pod.spec.containers.map((container) => container.name);
  const init = (pod.spec.initContainers ?? []).map(({ name }) => name);
  if (asked !== "") {
    if (main.includes(asked) || init.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (main.length === 1 && init.length === 0) return main[0]!;
  const inits = init.length === 0
    ? ""
    : ` or one of the init containers: [${init.join(" ")}]`;
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${
      main.join(" ")
    }]${inits}`,
  );
}
