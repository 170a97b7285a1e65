/**
 * What the verbs share: the server's parts, and one request to it.
 *
 * @module
 */
import type { Address, Host } from "../base/host.ts";
import type { AnyKind, Registry } from "../api/registry.ts";
import type { Store } from "../store/store.ts";
import type { AdmissionChain } from "./admission/admission.ts";
import type { AsyncAdmission } from "./admission/async_admission.ts";
import type { AuditLog } from "./audit/audit_log.ts";
import type { Trail } from "./audit/trail.ts";
import type { Auth } from "./auth/built_in.ts";
import type { User } from "./auth/user.ts";
import type { Discovery } from "./discovery.ts";
import type { EncodingCache } from "./encoding_cache.ts";
import type { FlowControl } from "./fairness/flow_control.ts";
import type { KindHooks } from "./hooks/kind_hooks.ts";
import type { HealthCheck } from "./health.ts";
import type { ImageRegistry } from "./image_registry.ts";
import type { ListBodies } from "./lists/list_bodies.ts";
import type { AcceptedForm } from "./negotiate.ts";
import type { OpenApiDocuments } from "./openapi/documents.ts";
import type { ResourcePath } from "./request_info.ts";
import type { NodeUsages } from "./usage/node_usages.ts";
import type { NodeLinks } from "./streams/node_links.ts";
import type { View } from "./view.ts";
import type { WatchHub } from "./watch_hub.ts";

/** The parts of a running API server. */
export interface ApiServer extends Auth {
  readonly host: Host;
  readonly store: Store;
  readonly registry: Registry;
  readonly admission: AdmissionChain;
  /** Parts of admission that ask somebody outside: webhooks. */
  readonly asyncAdmission: AsyncAdmission;
  /** Tells who did what; absent when nobody wants to know. */
  readonly audit?: AuditLog;
  /** What single kinds do beside the generic path, by storage prefix. */
  readonly hooks: ReadonlyMap<string, KindHooks>;
  readonly encodings: EncodingCache;
  readonly listBodies: ListBodies;
  /** Who may run now, and who waits. */
  readonly flows: FlowControl;
  readonly watches: WatchHub;
  /** Images and artifacts; absent where there is no registry. */
  readonly images?: ImageRegistry;
  /** The agents that are connected. */
  readonly links: NodeLinks;
  /** What nodes use, asked of them. */
  readonly usages: NodeUsages;
  /** Streams to clients get a ping after a silence of so long. */
  readonly clientPingMs: number;
  readonly discovery: Discovery;
  readonly openapi: OpenApiDocuments;
  readonly health: readonly HealthCheck[];
  /** What the rest of the server adds to `/debug/state`. */
  debug(): Record<string, unknown>;
  /** Loopback addresses may be endpoints: pods of an ordinary user have no others. */
  readonly allowLoopbackEndpoints: boolean;
  /** The cluster's networks, which agents are told. */
  readonly networks: {
    readonly clusterCidr: string;
    readonly serviceCidr: string;
  };
  /** PEM of the cluster's authority, for agents that join. */
  readonly caCertificate: string;
  /** Where others find the public keys of ServiceAccounts' tokens. */
  readonly jwksUri: string;
}

/** One request for a resource. */
export interface Call {
  readonly api: ApiServer;
  readonly request: Request;
  /** Where the client is, when it came over the network. */
  readonly remote?: Address;
  readonly user: User;
  readonly verb: string;
  readonly at: ResourcePath;
  readonly params: URLSearchParams;
  readonly kind: AnyKind;
  /** How the kind is made of the one that is stored, when it is not stored itself. */
  readonly view?: View;
  readonly accept: AcceptedForm;
  /** Texts that the answer carries as `Warning` headers. */
  readonly warnings: string[];
  /** What the audit log is to tell of it; absent without one. */
  readonly trail?: Trail;
}

/** Answers one request. */
export type Handler = (call: Call) => Response | Promise<Response>;
