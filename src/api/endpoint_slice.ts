import { endpointSliceColumns } from "./columns/endpoints.ts";
import { defineKind } from "./define.ts";
import {
  validateEndpointSlice,
  validateEndpointSliceUpdate,
} from "./validation/endpoints.ts";
import type { Kind } from "./kind.ts";
import type { Protocol } from "./container.ts";
import type { KubeObject } from "./kind.ts";
import { objectMeta } from "./meta.ts";
import { type ObjectReference, objectReference } from "./reference.ts";
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
} from "./schema/words.ts";

/** ForZone. */
export interface ForZone {
  name: string;
}

/** Schema of {@linkcode ForZone}. */
export const forZone: Field<ForZone> = object<ForZone>(
  "io.k8s.api.discovery.v1.ForZone",
  () => ({
    name: str,
  }),
);

/** ForNode. */
export interface ForNode {
  name: string;
}

/** Schema of {@linkcode ForNode}. */
export const forNode: Field<ForNode> = object<ForNode>(
  "io.k8s.api.discovery.v1.ForNode",
  () => ({
    name: str,
  }),
);

/** EndpointHints. */
export interface EndpointHints {
  forZones?: ForZone[];
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

/** EndpointConditions. */
export interface EndpointConditions {
  ready?: boolean;
  serving?: boolean;
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

/** Endpoint. */
export interface Endpoint {
  addresses: string[];
  conditions?: EndpointConditions;
  hostname?: string;
  targetRef?: ObjectReference;
  deprecatedTopology?: Record<string, string>;
  nodeName?: string;
  zone?: string;
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

/** EndpointSlicePort. */
export interface EndpointSlicePort {
  name?: string;
  protocol?: Protocol;
  port?: number;
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

/** EndpointSlice. */
export interface EndpointSlice extends KubeObject {
  addressType: string;
  endpoints: Endpoint[];
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
