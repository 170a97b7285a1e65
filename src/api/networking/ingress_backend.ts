import {
  type TypedLocalObjectReference,
  typedLocalObjectReference,
} from "../core/reference.ts";
import {
  type Field,
  int32,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";

/** A port of a Service; exactly one field. */
export interface ServiceBackendPort {
  /** Its name. */
  name?: string;
  /** Its number. */
  number?: number;
}

/** Schema of {@linkcode ServiceBackendPort}. */
export const serviceBackendPort: Field<ServiceBackendPort> = object<
  ServiceBackendPort
>(
  "io.k8s.api.networking.v1.ServiceBackendPort",
  () => ({
    name: optional(str),
    number: optional(int32),
  }),
  { atomic: true },
);

/** A Service of the same namespace. */
export interface IngressServiceBackend {
  /** Its name. */
  name: string;
  /** Its port. */
  port?: ServiceBackendPort;
}

/** Schema of {@linkcode IngressServiceBackend}. */
export const ingressServiceBackend: Field<IngressServiceBackend> = object<
  IngressServiceBackend
>(
  "io.k8s.api.networking.v1.IngressServiceBackend",
  () => ({
    name: str,
    port: serviceBackendPort,
  }),
);

/** Where requests go; exactly one field. */
export interface IngressBackend {
  /** A Service. */
  service?: IngressServiceBackend;
  /** Another object of the same namespace. */
  resource?: TypedLocalObjectReference;
}

/** Schema of {@linkcode IngressBackend}. */
export const ingressBackend: Field<IngressBackend> = object<IngressBackend>(
  "io.k8s.api.networking.v1.IngressBackend",
  () => ({
    service: pointer(ingressServiceBackend),
    resource: pointer(typedLocalObjectReference),
  }),
);
