import { endpointsColumns } from "../columns/endpoints.ts";
import { defineKind } from "../define.ts";
import { validateEndpoints } from "../validation/endpoints.ts";
import type { Kind } from "../kind.ts";
import type { Protocol } from "./container.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { type ObjectReference, objectReference } from "./reference.ts";
import {
  type Field,
  int32,
  list,
  named,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";

/** One address behind a Service. */
export interface EndpointAddress {
  /** The address. */
  ip: string;
  /** Its host name. */
  hostname?: string;
  /** Its node. */
  nodeName?: string;
  /** The Pod. */
  targetRef?: ObjectReference;
}

/** Schema of {@linkcode EndpointAddress}. */
export const endpointAddress: Field<EndpointAddress> = object<EndpointAddress>(
  "io.k8s.api.core.v1.EndpointAddress",
  () => ({
    ip: str,
    hostname: optional(str),
    nodeName: pointer(str),
    targetRef: pointer(objectReference),
  }),
  { atomic: true },
);

/** A port of addresses behind a Service. */
export interface EndpointPort {
  /** Name of the Service's port. */
  name?: string;
  /** The port. */
  port: number;
  /** TCP, UDP or SCTP. Default: TCP. */
  protocol?: Protocol;
  /** What is spoken on it. */
  appProtocol?: string;
}

/** Schema of {@linkcode EndpointPort}. */
export const endpointPort: Field<EndpointPort> = object<EndpointPort>(
  "io.k8s.api.core.v1.EndpointPort",
  () => ({
    name: optional(str),
    port: int32,
    protocol: optional(named<Protocol>("v1.Protocol")),
    appProtocol: pointer(str),
  }),
  { atomic: true },
);

/** Addresses that have the same ports. */
export interface EndpointSubset {
  /** Those that are ready. */
  addresses?: EndpointAddress[];
  /** Those that are not. */
  notReadyAddresses?: EndpointAddress[];
  /** Their ports. */
  ports?: EndpointPort[];
}

/** Schema of {@linkcode EndpointSubset}. */
export const endpointSubset: Field<EndpointSubset> = object<EndpointSubset>(
  "io.k8s.api.core.v1.EndpointSubset",
  () => ({
    addresses: optional(list(endpointAddress, { type: "atomic" })),
    notReadyAddresses: optional(list(endpointAddress, { type: "atomic" })),
    ports: optional(list(endpointPort, { type: "atomic" })),
  }),
);

/** All addresses behind a Service in one object; superseded by EndpointSlice. */
export interface Endpoints extends KubeObject {
  /** The addresses, by ports. */
  subsets?: EndpointSubset[];
}

/** Schema of {@linkcode Endpoints}. */
export const endpointsType: Field<Endpoints> = object<Endpoints>(
  "io.k8s.api.core.v1.Endpoints",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    subsets: optional(list(endpointSubset, { type: "atomic" })),
  }),
);

/** Addresses behind a Service, all in one object (superseded by EndpointSlice). */
export const endpoints: Kind<Endpoints> = defineKind({
  group: "",
  version: "v1",
  kind: "Endpoints",
  plural: "endpoints",
  namespaced: true,
  shortNames: ["ep"],
  type: endpointsType,
  setDefaults({ subsets = [] }) {
    for (const { ports = [] } of subsets) {
      for (const port of ports) port.protocol ??= "TCP";
    }
  },
  validate: validateEndpoints,
  deprecation:
    "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  columns: endpointsColumns,
});
