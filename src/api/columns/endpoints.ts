/**
 * What `kubectl get endpoints` and `kubectl get endpointslices` show.
 *
 * @module
 */
import type { Endpoints } from "../core/endpoints.ts";
import type { EndpointSlice } from "../discovery/endpoint_slice.ts";
import type { Column } from "../kind.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

const SHOWN = 3;

function some(items: readonly string[], none: string): string {
  const text = items.slice(0, SHOWN).join(",");
  if (items.length > SHOWN) return `${text} + ${items.length - SHOWN} more...`;
  return text === "" ? none : text;
}

function joinHostPort(ip: string, port: number): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** The ready addresses, at most three: `10.42.0.3:80,10.42.0.4:80 + 2 more...`. */
export function endpointsText({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return "<none>";
  return some(
    subsets.flatMap(({ addresses = [], ports = [] }) =>
      ports.length === 0
        ? addresses.map((a) => a.ip)
        : ports.flatMap(({ port }) =>
          addresses.map((a) => joinHostPort(a.ip, port))
        )
    ),
    "",
  );
}

/** The columns of Endpoints. */
export const endpointsColumns: readonly Column<Endpoints>[] = [
  nameColumn(),
  column("Endpoints", endpointsText, { description: "The ready addresses" }),
  ageColumn(),
];

/** The columns of EndpointSlice. */
export const endpointSliceColumns: readonly Column<EndpointSlice>[] = [
  nameColumn(),
  column("AddressType", ({ addressType }) => addressType, {
    description: "What the addresses are",
  }),
  column(
    "Ports",
    ({ ports }) =>
      some(ports.map((p) => String(p.port ?? p.name ?? "*")), "<unset>"),
    { description: "Ports of all endpoints in the slice" },
  ),
  column(
    "Endpoints",
    ({ endpoints }) => some(endpoints.flatMap((e) => e.addresses), "<unset>"),
    { description: "Addresses of the endpoints" },
  ),
  ageColumn(),
];
