/**
 * Where a service is, and whether it can be reached from here.
 *
 * @module
 */
import type { Node } from "../../api/core/node.ts";
import type { Service } from "../../api/core/service.ts";
import type { Host } from "../../base/host.ts";
import type { Client } from "../../client/client.ts";
import { NODES } from "../../client/resources.ts";

/** How long a try to reach an address may take. */
const TRY_MS = 400;

/** An address of a service. */
export interface ServiceAddress {
  readonly hostname: string;
  readonly port: number;
  readonly isReachable: boolean;
}

/** The best address: one that is reached from here, else the cluster's own; undefined for a service without any. */
export async function addressOf(
  host: Pick<Host, "net" | "clock">,
  client: Client,
  { spec }: Service,
): Promise<ServiceAddress | undefined> {
  const [port] = spec.ports ?? [];
  if (!port || !spec.clusterIP || spec.clusterIP === "None") return undefined;
  const own = { hostname: spec.clusterIP, port: port.port };
  const candidates = [own];
  if (port.nodePort) {
    const hostnames = await nodeAddresses(client);
    candidates.unshift(
      ...hostnames.map((hostname) => ({ hostname, port: port.nodePort! })),
    );
  }
  const reached = await Promise.all(
    candidates.map((address) => isReachable(host, address)),
  );
  const at = Math.max(reached.indexOf(true), 0);
  return { ...candidates[at]!, isReachable: reached[at]! };
}

async function nodeAddresses(client: Client): Promise<string[]> {
  const { items } = await client.list(NODES).catch(() => ({
    items: [] as Node[],
  }));
  return items.flatMap(({ status }) =>
    (status?.addresses ?? []).filter(({ type }) => type === "InternalIP")
      .slice(0, 1).map(({ address }) => address)
  );
}

async function isReachable(
  { net, clock }: Pick<Host, "net" | "clock">,
  address: { hostname: string; port: number },
): Promise<boolean> {
  try {
    const stream = await net.dial(address, { signal: clock.timeout(TRY_MS) });
    stream.close();
    return true;
  } catch {
    return false;
  }
}

/** `http://10.43.0.7:8080`. */
export function urlOf(
  { hostname, port }: { readonly hostname: string; readonly port: number },
): string {
  const name = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `http://${name}${port === 80 ? "" : `:${port}`}`;
}
