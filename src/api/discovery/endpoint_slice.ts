import { endpointSliceColumns } from "../columns/endpoints.ts";
import { defineKind } from "../define.ts";
import {
  validateEndpointSlice,
  validateEndpointSliceUpdate,
} from "../validation/endpoints.ts";
import type { Kind } from "../kind.ts";
import type { Protocol } from "../core/container.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { type ObjectReference, objectReference } from "../core/reference.ts";
import {
  bool,
  type Field,
  int32,
  list,
  map,
  named,
  notNeeded,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";

/** A zone that should use an endpoint. */
export interface ForZone {
  /** Its name. */
  name: string;
}

/** Schema of {@linkcode ForZone}. */
export const forZone: Field<ForZone> = object<ForZone>(
  "io.k8s.api.discovery.v1.ForZone",
  () => ({
    name: str,
  }),
);

/** A node that should use an endpoint. */
export interface ForNode {
  /** Its name. */
  name: string;
}

/** Schema of {@linkcode ForNode}. */
export const forNode: Field<ForNode> = object<ForNode>(
  "io.k8s.api.discovery.v1.ForNode",
  () => ({
    name: str,
  }),
);

/** Who should use an endpoint. */
export interface EndpointHints {
  /** Zones. */
  forZones?: ForZone[];
  /** Nodes. */
  forNodes?: ForNode[];
}

/** Schema of {@linkcode EndpointHints}. */
export const endpointHints: Field<EndpointHints> = object<EndpointHints>(
  "io.k8s.api.discovery.v1.EndpointHints",
  () => ({
    forZones: optional(list(forZone, { type: "atomic" })),
    forNodes: optional(list(forNode, { type: "atomic" })),
  }),
);

/** State of an endpoint. */
export interface EndpointConditions {
  /** Whether it gets new connections. Absent counts as true. */
  ready?: boolean;
  /** Whether it answers, even while it ends. */
  serving?: boolean;
  /** Whether it ends. */
  terminating?: boolean;
}

/** Schema of {@linkcode EndpointConditions}. */
export const endpointConditions: Field<EndpointConditions> = object<
  EndpointConditions
>(
  "io.k8s.api.discovery.v1.EndpointConditions",
  () => ({
    ready: pointer(bool),
    serving: pointer(bool),
    terminating: pointer(bool),
  }),
);

/** One Pod (or other backend) behind a Service. */
export interface Endpoint {
  /** Its addresses; all lead to the same backend, and the first one counts. */
  addresses: string[];
  /** Its state. */
  conditions?: EndpointConditions;
  /** Its host name. */
  hostname?: string;
  /** The Pod. */
  targetRef?: ObjectReference;
  /** Deprecated: where it is. */
  deprecatedTopology?: Record<string, string>;
  /** Its node. */
  nodeName?: string;
  /** Its zone. */
  zone?: string;
  /** Who should use it. */
  hints?: EndpointHints;
}

/** Schema of {@linkcode Endpoint}. */
export const endpoint: Field<Endpoint> = object<Endpoint>(
  "io.k8s.api.discovery.v1.Endpoint",
  () => ({
    addresses: list(str, { type: "set" }),
    conditions: endpointConditions,
    hostname: pointer(str),
    targetRef: pointer(objectReference),
    deprecatedTopology: optional(map(str)),
    nodeName: pointer(str),
    zone: pointer(str),
    hints: pointer(endpointHints),
  }),
);

/** A port of all endpoints of a slice. */
export interface EndpointSlicePort {
  /** Name of the Service's port. */
  name?: string;
  /** TCP, UDP or SCTP. Default: TCP. */
  protocol?: Protocol;
  /** The port; absent is all ports. */
  port?: number;
  /** What is spoken on it. */
  appProtocol?: string;
}

/** Schema of {@linkcode EndpointSlicePort}. */
export const endpointSlicePort: Field<EndpointSlicePort> = object<
  EndpointSlicePort
>(
  "io.k8s.api.discovery.v1.EndpointPort",
  () => ({
    name: pointer(str),
    protocol: pointer(named<Protocol>("v1.Protocol")),
    port: pointer(int32),
    appProtocol: pointer(str),
  }),
  { atomic: true },
);

/** Some of the endpoints behind a Service. */
export interface EndpointSlice extends KubeObject {
  /** What the addresses are: `IPv4`, `IPv6` or `FQDN`; cannot change. */
  addressType: string;
  /** The endpoints, at most 1000. */
  endpoints: Endpoint[];
  /** Ports of all of them. */
  ports: EndpointSlicePort[];
}

/** Schema of {@linkcode EndpointSlice}. */
export const endpointSlice: Field<EndpointSlice> = object<EndpointSlice>(
  "io.k8s.api.discovery.v1.EndpointSlice",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    addressType: named("v1.AddressType"),
    endpoints: notNeeded(list(endpoint, { type: "atomic" })),
    ports: notNeeded(list(endpointSlicePort, { type: "atomic" })),
  }),
);

/** Addresses behind a Service, in slices. */
export const endpointSlices: Kind<EndpointSlice> = defineKind({
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  plural: "endpointslices",
  namespaced: true,
  type: endpointSlice,
  setDefaults({ ports }) {
    for (const port of ports) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
  generationOf: ({ addressType, endpoints, ports, metadata }) => [
    addressType,
    endpoints,
    ports,
    metadata.labels,
  ],
  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  columns: endpointSliceColumns,
});
