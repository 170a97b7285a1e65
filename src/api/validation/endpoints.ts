/**
 * The rules of Endpoints and EndpointSlices.
 *
 * @module
 */
import type {
  EndpointAddress,
  EndpointPort,
  Endpoints,
} from "../core/endpoints.ts";
import type {
  Endpoint,
  EndpointSlice,
  EndpointSlicePort,
} from "../discovery/endpoint_slice.ts";
import { duplicate, invalidValue, required, tooMany } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { validateEndpointIp } from "./endpoint_ip.ts";
import { unchanged, validateLabels } from "./meta.ts";
import {
  isDnsLabel,
  isDnsSubdomain,
  isLabelValue,
  isPort,
  isQualifiedName,
} from "./names.ts";
import { each, isIp, isIpv6, oneOf, validateIp } from "./values.ts";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
/** Kubernetes' bounds on one slice. */
const LIMITS = {
  endpoints: 1000,
  addresses: 100,
  ports: 20_000,
  zones: 8,
  nodes: 8,
} as const;

function validateAddress(
  { ip, hostname, nodeName }: EndpointAddress,
  field: string,
): FieldError[] {
  return [
    ...validateIp(`${field}.ip`, ip),
    ...(hostname === undefined
      ? []
      : each(`${field}.hostname`, hostname, isDnsLabel(hostname))),
    ...(nodeName === undefined
      ? []
      : each(`${field}.nodeName`, nodeName, isDnsSubdomain(nodeName))),
    ...(isIp(ip).length > 0
      ? [invalidValue(`${field}.ip`, ip, "must be a valid IP address")]
      : validateEndpointIp(`${field}.ip`, ip)),
  ];
}

function validatePort(
  { name = "", port, protocol, appProtocol }: EndpointPort,
  field: string,
  { nameNeeded }: { nameNeeded: boolean },
): FieldError[] {
  const named = name === ""
    ? nameNeeded ? [required(`${field}.name`)] : []
    : each(`${field}.name`, name, isDnsLabel(name));
  return [
    ...named,
    ...each(`${field}.port`, port, isPort(port)),
    ...oneOf(`${field}.protocol`, protocol, PROTOCOLS),
    ...(appProtocol === undefined ? [] : each(
      `${field}.appProtocol`,
      appProtocol,
      isQualifiedName(appProtocol),
    )),
  ];
}

/** The rules of Endpoints, beside those of their metadata. */
export function validateEndpoints({ subsets = [] }: Endpoints): FieldError[] {
  return subsets.flatMap((subset, i) => {
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    const at = `subsets[${i}]`;
    return [
      ...(addresses.length + notReadyAddresses.length === 0
        ? [required(at, "must specify `addresses` or `notReadyAddresses`")]
        : []),
      ...addresses.flatMap((a, j) =>
        validateAddress(a, `${at}.addresses[${j}]`)
      ),
      ...notReadyAddresses.flatMap((a, j) =>
        validateAddress(a, `${at}.notReadyAddresses[${j}]`)
      ),
      ...ports.flatMap((port, j) =>
        validatePort(port, `${at}.ports[${j}]`, {
          nameNeeded: ports.length > 1,
        })
      ),
    ];
  });
}

function validateSlicePorts(
  ports: readonly EndpointSlicePort[],
): FieldError[] {
  if (ports.length > LIMITS.ports) {
    return [tooMany("ports", ports.length, LIMITS.ports)];
  }
  const names = new Set<string>();
  return ports.flatMap(({ name = "", protocol, appProtocol }, i) => {
    const at = `ports[${i}]`;
    const found = name === "" ? [] : each(`${at}.name`, name, isDnsLabel(name));
    if (names.has(name)) found.push(duplicate(`${at}.name`, name));
    names.add(name);
    found.push(...oneOf(`${at}.protocol`, protocol, PROTOCOLS));
    if (appProtocol !== undefined) {
      found.push(
        ...each(`${at}.appProtocol`, appProtocol, isQualifiedName(appProtocol)),
      );
    }
    return found;
  });
}

function validateSliceAddress(
  address: string,
  type: string,
  { at, field }: { at: string; field: string },
): FieldError[] {
  if (type === "FQDN") {
    const wrong = each(at, address, isDnsSubdomain(address));
    return wrong.length > 0 || address.includes(".") ? wrong : [
      invalidValue(
        at,
        address,
        "should be a domain with at least two segments separated by dots",
      ),
    ];
  }
  const wrong = validateIp(at, address);
  if (wrong.length > 0) return wrong;
  const found = validateEndpointIp(at, address);
  if (type === "IPv4" && isIpv6(address)) {
    found.unshift(invalidValue(field, address, "must be an IPv4 address"));
  } else if (type === "IPv6" && !isIpv6(address)) {
    found.unshift(invalidValue(field, address, "must be an IPv6 address"));
  }
  return found;
}

function validateHints(
  { hints }: Endpoint,
  field: string,
): FieldError[] {
  const { forZones = [], forNodes = [] } = hints ?? {};
  const lists = [
    ["forZones", forZones, LIMITS.zones, isLabelValue],
    ["forNodes", forNodes, LIMITS.nodes, isDnsSubdomain],
  ] as const;
  return lists.flatMap(([name, list, limit, rule]) => {
    const at = `${field}.hints.${name}`;
    if (list.length > limit) return [tooMany(at, list.length, limit)];
    const seen = new Set<string>();
    return list.flatMap((hint, i) => {
      const found = each(`${at}[${i}].name`, hint.name, rule(hint.name));
      if (seen.has(hint.name)) {
        found.push(duplicate(`${at}[${i}].name`, hint.name));
      }
      seen.add(hint.name);
      return found;
    });
  });
}

function validateSliceEndpoint(
  endpoint: Endpoint,
  field: string,
  type: string,
): FieldError[] {
  const { addresses, nodeName, hostname } = endpoint;
  const at = `${field}.addresses`;
  const found: FieldError[] = [];
  if (addresses.length === 0) {
    found.push(required(at, "must contain at least 1 address"));
  } else if (addresses.length > LIMITS.addresses) {
    found.push(tooMany(at, addresses.length, LIMITS.addresses));
  }
  addresses.forEach((address, i) =>
    found.push(
      ...validateSliceAddress(address, type, { at: `${at}[${i}]`, field: at }),
    )
  );
  if (nodeName !== undefined) {
    found.push(
      ...each(`${field}.nodeName`, nodeName, isDnsSubdomain(nodeName)),
    );
  }
  found.push(
    ...validateLabels(
      endpoint.deprecatedTopology,
      `${field}.deprecatedTopology`,
    ),
  );
  if (hostname !== undefined) {
    found.push(...each(`${field}.hostname`, hostname, isDnsLabel(hostname)));
  }
  return [...found, ...validateHints(endpoint, field)];
}

/** The rules of an EndpointSlice, beside those of its metadata. */
export function validateEndpointSlice(
  { addressType, endpoints, ports }: EndpointSlice,
): FieldError[] {
  const found = [
    ...oneOf("addressType", addressType, ["FQDN", "IPv4", "IPv6"]),
    ...validateSlicePorts(ports),
  ];
  if (endpoints.length > LIMITS.endpoints) {
    found.push(tooMany("endpoints", endpoints.length, LIMITS.endpoints));
    return found;
  }
  endpoints.forEach((endpoint, i) =>
    found.push(
      ...validateSliceEndpoint(endpoint, `endpoints[${i}]`, addressType),
    )
  );
  return found;
}

/** What a slice's addresses are stays. */
export function validateEndpointSliceUpdate(
  next: EndpointSlice,
  previous: EndpointSlice,
): FieldError[] {
  return unchanged("addressType", {
    next: next.addressType,
    previous: previous.addressType,
  });
}
