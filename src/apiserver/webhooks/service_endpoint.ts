/**
 * Where a service's webhook really listens: the address and port of a ready endpoint, and the node that can reach it.
 *
 * @module
 */
import type { EndpointSlice } from "../../api/discovery/endpoint_slice.ts";
import type { Service } from "../../api/core/service.ts";
import type { ApiServer } from "../call.ts";

/** A service and one of its ports. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** An endpoint. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** The node that the endpoint is on; undefined when it is on none. */
  readonly node?: string;
}

/** Picks a ready endpoint at random. @throws {Error} in Kubernetes' words when there is none */
export function endpointOf(
  api: Pick<ApiServer, "store" | "host">,
  { namespace, name, port }: ServicePort,
): Endpoint {
  const row = api.store.get(`services/${namespace}/${name}`);
  if (row === undefined) {
    throw new WebhookAddressError(`service "${name}" not found`);
  }
  const { spec }: Service = JSON.parse(row.text);
  if (spec.type === "ExternalName") {
    return { host: spec.externalName ?? "", port };
  }
  const found = spec.ports?.find((one) => one.port === port);
  if (found === undefined) {
    throw new WebhookAddressError(
      `no service port ${port} found for service "${name}"`,
    );
  }
  const ready = slicesOf(api, namespace, name).flatMap((slice) => {
    const target = slice.ports?.find((one) =>
      (one.name ?? "") === (found.name ?? "")
    )?.port;
    if (target === undefined) return [];
    return slice.endpoints.filter(({ conditions }) =>
      conditions?.ready !== false
    ).flatMap(({ addresses, nodeName }): Endpoint[] => {
      const [host] = addresses;
      if (host === undefined) return [];
      return [{
        host,
        port: target,
        ...(nodeName === undefined ? {} : { node: nodeName }),
      }];
    });
  });
  const chosen = ready[Math.floor(api.host.random.float() * ready.length)];
  if (chosen === undefined) {
    throw new WebhookAddressError(
      `no endpoints available for service "${name}"`,
    );
  }
  return chosen;
}

/** A webhook's service leads nowhere. */
export class WebhookAddressError extends Error {
  override readonly name = "WebhookAddressError";
}

function slicesOf(
  { store }: Pick<ApiServer, "store">,
  namespace: string,
  name: string,
): EndpointSlice[] {
  return store.list(`discovery/endpointslices/${namespace}/`).rows
    .filter(({ labels }) => labels?.["kubernetes.io/service-name"] === name)
    .map(({ text }) => JSON.parse(text));
}
