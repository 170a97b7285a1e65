/**
 * Puts an API server together.
 *
 * @module
 */
import type { Host, SigningKey } from "../base/host.ts";
import { Registry } from "../api/registry.ts";
import type { Store } from "../store/store.ts";
import { AdmissionChain } from "./admission/admission.ts";
import type { AsyncAdmission } from "./admission/async_admission.ts";
import {
  type AdmissionOptions,
  builtInAdmission,
} from "./admission/built_in.ts";
import { type ApiApp, createApp } from "./app.ts";
import type { AuditLog } from "./audit/audit_log.ts";
import { makeAuth } from "./auth/built_in.ts";
import { EscalationCheck } from "./auth/rbac/escalation_check.ts";
import type { StaticToken } from "./auth/static_tokens.ts";
import type { User } from "./auth/user.ts";
import { ISSUER } from "./auth/service_account/service_account_tokens.ts";
import type { ApiServer } from "./call.ts";
import { Discovery } from "./discovery.ts";
import { EncodingCache } from "./encoding_cache.ts";
import { CustomKinds } from "./extensions/custom_kinds.ts";
import type { HealthCheck } from "./health.ts";
import type { ImageRegistry } from "./image_registry.ts";
import { makeHooks } from "./hooks/hooks.ts";
import { ServiceHooks } from "./hooks/service_hooks.ts";
import { FlowControl } from "./fairness/flow_control.ts";
import { ListBodies } from "./lists/list_bodies.ts";
import { OpenApiDocuments } from "./openapi/documents.ts";
import { NodeLinks } from "./streams/node_links.ts";
import { NodeUsages } from "./usage/node_usages.ts";
import { CLIENT_PING_MS } from "./streams/upgrade.ts";
import { WatchHub } from "./watch_hub.ts";
import { WebhookAdmission } from "./webhooks/webhook_admission.ts";

/** What an API server is made of. */
export interface ApiServerOptions {
  readonly host: Host;
  readonly store: Store;
  /** @default all built-in kinds */
  readonly registry?: Registry;
  /** @default none */
  readonly tokens?: readonly StaticToken[];
  /** Signs ServiceAccounts' tokens. @default a new one, made when it is first needed */
  readonly serviceAccountKey?: SigningKey;
  /** Where others find the public keys of tokens: `https://…/openid/v1/jwks`. @default below the issuer */
  readonly jwksUri?: string;
  /** Tells who did what; the caller closes it. @default nobody is told */
  readonly audit?: AuditLog;
  /** Answers for images and artifacts; the caller closes it. @default there is no registry */
  readonly images?: ImageRegistry;
  /** What is not the same in all clusters. @default {} */
  readonly admission?: AdmissionOptions;
  /** @default the cluster's webhooks */
  readonly asyncAdmission?: AsyncAdmission;
  /** @default 10.42.0.0/16 */
  readonly clusterCidr?: string;
  /** @default 10.43.0.0/16 */
  readonly serviceCidr?: string;
  /** Loopback addresses may be endpoints. @default false */
  readonly allowLoopbackEndpoints?: boolean;
  /** PEM of the cluster's authority, for agents that join. @default "" */
  readonly caCertificate?: string;
  /** What the rest of the server adds to `/debug/state`. @default nothing */
  readonly debug?: () => Record<string, unknown>;
  /** Streams to clients get a ping after a silence of so long. @default {@linkcode CLIENT_PING_MS} */
  readonly clientPingMs?: number;
  /** @default none */
  readonly health?: readonly HealthCheck[];
}

/** A made API server. */
export interface ServingApi extends Disposable {
  readonly app: ApiApp;
  readonly api: ApiServer;
  /** Ends watches and links; the store is the caller's. */
  [Symbol.dispose](): void;
}

/** Pods get addresses from here unless said otherwise. */
export const DEFAULT_CLUSTER_CIDR = "10.42.0.0/16";

/** Services get addresses from here unless said otherwise. */
export const DEFAULT_SERVICE_CIDR = "10.43.0.0/16";

/** Makes an API server over a store. */
export function createApiServer(options: ApiServerOptions): ServingApi {
  const { host, store } = options;
  const clusterCidr = options.clusterCidr ?? DEFAULT_CLUSTER_CIDR;
  const serviceCidr = options.serviceCidr ?? DEFAULT_SERVICE_CIDR;
  const registry = options.registry ?? new Registry();
  const watches = new WatchHub(host.clock);
  const links = new NodeLinks();
  const flows = new FlowControl(host.clock, store);
  const auth = makeAuth(host, store, {
    tokens: options.tokens ?? [],
    ...(options.serviceAccountKey === undefined
      ? {}
      : { serviceAccountKey: options.serviceAccountKey }),
  });
  const webhooks = new WebhookAdmission({ host, store, registry, links });
  const api: ApiServer = {
    host,
    store,
    registry,
    watches,
    links,
    usages: new NodeUsages(host, links),
    clientPingMs: options.clientPingMs ?? CLIENT_PING_MS,
    ...auth,
    admission: new AdmissionChain([
      ...builtInAdmission({
        host,
        store,
        registry,
        authorizer: auth.authorizer,
        ...options.admission,
      }),
      new EscalationCheck(auth),
    ]),
    ...options.audit === undefined ? {} : { audit: options.audit },
    ...options.images === undefined ? {} : { images: options.images },
    asyncAdmission: options.asyncAdmission ?? webhooks,
    hooks: makeHooks(
      host,
      new ServiceHooks({ host, store, serviceCidr }),
    ),
    encodings: new EncodingCache(),
    listBodies: new ListBodies(),
    flows,
    discovery: new Discovery(registry),
    openapi: new OpenApiDocuments(registry),
    health: options.health ?? [],
    debug: options.debug ?? (() => ({})),
    allowLoopbackEndpoints: options.allowLoopbackEndpoints ?? false,
    networks: { clusterCidr, serviceCidr },
    caCertificate: options.caCertificate ?? "",
    jwksUri: options.jwksUri ?? `${ISSUER}/openid/v1/jwks`,
  };
  const customKinds = new CustomKinds(api);
  customKinds.start();
  webhooks.start();
  return {
    api,
    app: createApp(api),
    [Symbol.dispose]() {
      customKinds[Symbol.dispose]();
      webhooks[Symbol.dispose]();
      auth.rbac[Symbol.dispose]();
      flows[Symbol.dispose]();
      watches[Symbol.dispose]();
      links.closeAll("The server is shutting down");
    },
  };
}

/** Carries requests of a part of this server to its own app, as a given user. */
export function inProcessTransport(
  app: ApiApp,
  user: User,
): { fetch(request: Request): Promise<Response> } {
  return { fetch: async (request) => await app.fetch(request, { user }) };
}
