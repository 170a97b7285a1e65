import {
  bytes,
  type Field,
  int32,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";

/** The Service that a webhook is behind. */
export interface ServiceReference {
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
  /** The path of requests. */
  path?: string;
  /** The port. Default: 443. */
  port?: number;
}

/** Schema of {@linkcode ServiceReference}. */
export const serviceReference: Field<ServiceReference> = object<
  ServiceReference
>(
  "io.k8s.api.admissionregistration.v1.ServiceReference",
  () => ({
    namespace: str,
    name: str,
    path: pointer(str),
    port: pointer(int32),
  }),
);

/** How a webhook is called; either by URL or by Service. */
export interface WebhookClientConfig {
  /** The URL, `https://…`. */
  url?: string;
  /** The Service. */
  service?: ServiceReference;
  /** Authorities in PEM that may sign its certificate, as base64; absent means those of the system. */
  caBundle?: string;
}

/** Schema of {@linkcode WebhookClientConfig}. */
export const webhookClientConfig: Field<WebhookClientConfig> = object<
  WebhookClientConfig
>(
  "io.k8s.api.admissionregistration.v1.WebhookClientConfig",
  () => ({
    url: pointer(str),
    service: pointer(serviceReference),
    caBundle: optional(bytes),
  }),
);
