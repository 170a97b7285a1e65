/**
 * services/proxy: HTTP to one of the ready pods behind a service.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import { pods } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import {
  type Endpoint,
  type EndpointSlice,
  endpointSlices,
} from "../../api/discovery/endpoint_slice.ts";
import { notFound, serviceUnavailable } from "../../api/status.ts";
import type { Call } from "../call.ts";
import { collectionPrefix, objectKey } from "../keys.ts";
import { proxyRequest } from "../streams/http_proxy.ts";
import { parseProxyName } from "./proxy_name.ts";

/** The label that ties slices to their service. */
const SERVICE_NAME_LABEL = "kubernetes.io/service-name";

/** Any method on /api/v1/namespaces/{ns}/services/{[scheme:]name[:port]}/proxy and below. */
export async function serviceProxy(call: Call): Promise<Response> {
  const { api, at } = call;
  const { scheme, name, port } = parseProxyName(at.name, "service");
  const row = api.store.get(objectKey(call.kind, { ...at, name }));
  if (row === undefined) throw notFound(call.kind, name);
  const portName = portNameOf(JSON.parse(row.text), port);
  const backends = backendsOf(call, name, portName);
  if (backends.length === 0) {
    throw serviceUnavailable(
      `no endpoints available for service ${JSON.stringify(at.name)}`,
    );
  }
  const chosen = Math.floor(api.host.random.float() * backends.length);
  return await proxyRequest(call, { ...backends[chosen]!, scheme });
}

/** Ports may be asked for by number or name. @throws {ApiError} 503 */
function portNameOf(service: Service, asked: string): string {
  if (!/^\d+$/.test(asked)) return asked;
  const port = service.spec.ports?.find((port) => port.port === Number(asked));
  if (port !== undefined) return port.name ?? "";
  throw serviceUnavailable(
    `no service port ${asked} found for service ${
      JSON.stringify(service.metadata.name)
    }`,
  );
}

interface Backend {
  readonly node: string;
  readonly host: string;
  readonly port: number;
}

/** The ready pods that serve the port. */
function backendsOf(
  call: Call,
  service: string,
  portName: string,
): Backend[] {
  const { api, at } = call;
  const prefix = collectionPrefix(endpointSlices, at.namespace);
  const backends: Backend[] = [];
  for (const { text } of api.store.list(prefix).rows) {
    if (!text.includes(service)) continue; // most slices are another's: no need to parse them
    const slice: EndpointSlice = JSON.parse(text);
    if (slice.metadata.labels?.[SERVICE_NAME_LABEL] !== service) continue;
    const port = slice.ports.find(({ name }) => (name ?? "") === portName)
      ?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints) {
      const found = podBehind(call, endpoint);
      if (found !== undefined) backends.push({ ...found, port });
    }
  }
  return backends;
}

/** Only addresses that are pods are proxied to: anybody might write others into a slice. */
function podBehind(
  { api, at }: Call,
  { addresses, conditions, targetRef }: Endpoint,
): { node: string; host: string } | undefined {
  if (conditions?.ready === false || targetRef?.name === undefined) {
    return undefined;
  }
  if (targetRef.namespace !== at.namespace) return undefined;
  const { name } = targetRef;
  const row = api.store.get(objectKey(pods, { ...at, name }));
  if (row === undefined) return undefined;
  const pod: Pod = JSON.parse(row.text);
  const node = pod.spec.nodeName ?? "";
  const own = pod.status?.podIPs?.map(({ ip }) => ip) ?? [];
  const host = addresses.find((address) => own.includes(address));
  return host === undefined || node === "" ? undefined : { node, host };
}
