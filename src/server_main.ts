/**
 * The server program: store, API server, controllers and scheduler on one machine.
 *
 * @module
 */
import { join } from "node:path";
import type { Address, Host, HttpServer, ServerTls } from "./base/host.ts";
import { loadTokens } from "./apiserver/admin_token.ts";
import {
  createApiServer,
  DEFAULT_CLUSTER_CIDR,
  DEFAULT_SERVICE_CIDR,
  inProcessTransport,
  type ServingApi,
} from "./apiserver/api_server.ts";
import { type AuditOptions, loadAudit } from "./apiserver/audit/load_audit.ts";
import { componentUser } from "./apiserver/auth/user.ts";
import { bootstrap } from "./apiserver/bootstrap.ts";
import type { HealthCheck } from "./apiserver/health.ts";
import { AddressRange } from "./apiserver/hooks/address_range.ts";
import { loadPki, type Pki } from "./apiserver/pki.ts";
import { legacyClaims } from "./apiserver/auth/service_account/service_account_tokens.ts";
import {
  type CertificateRequestInfo,
  type IssuePolicy,
  issueRequested,
} from "./base/certificate_request.ts";
import type { Transport } from "./client/client.ts";
import { loadEncryption } from "./apiserver/encryption/encryption_config.ts";
import { writeKubeconfig } from "./client/kubeconfig.ts";
import { type ImageOptions, LazyRegistry } from "./programs/lazy_registry.ts";
import { openStore } from "./store/open.ts";

/** A part that runs beside the API server: scheduler, controllers. Ends when it is disposed. */
export type BackgroundPart = (
  host: Host,
  options: {
    /** The API as a given component's user, for example `system:kube-scheduler`. */
    readonly transportFor: (component: string) => Transport;
    readonly clusterCidr: string;
    readonly nodeCidrBits?: number;
    /** PEM of the cluster's authority, which pods are told. */
    readonly caCertificate: string;
    /** What needs the server's keys, which stay here. */
    readonly issuers: PartIssuers;
  },
) => RunningPart | Promise<RunningPart>;

/** Makes what only the server can sign. */
export interface PartIssuers {
  /** A token that never expires, for a Secret of a ServiceAccount. */
  issueSecretToken(
    account: {
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
    },
    secret: string,
  ): string;
  /** A certificate of the cluster's authority, PEM. */
  issueCertificate(
    request: CertificateRequestInfo,
    policy: IssuePolicy,
  ): string;
}

/** Such a part at work. */
export interface RunningPart extends AsyncDisposable {
  /** Figures for `/debug/state`. */
  stats?(): Record<string, unknown>;
}

/** How a server runs. */
export interface ServerOptions {
  /** Where the state is kept. Made when it is not there. */
  readonly dataDir: string;
  /** Where to serve. Port 0 takes a free one. */
  readonly listen: { readonly hostname: string; readonly port: number };
  /** Where to write the administrator's kubeconfig. @default `admin.kubeconfig` in the data folder */
  readonly kubeconfig?: string;
  /** @default 10.42.0.0/16 */
  readonly clusterCidr?: string;
  /** Prefix length of a node's part of it. @default 24 */
  readonly nodeCidrBits?: number;
  /** @default 10.43.0.0/16 */
  readonly serviceCidr?: string;
  /** Further names and addresses that the server's certificate is valid for; the first is what others are told. @default none */
  readonly names?: readonly string[];
  /** Loopback addresses may be endpoints: pods of an ordinary user have no others. @default false */
  readonly allowLoopbackEndpoints?: boolean;
  /** An `EncryptionConfiguration`. @default one that is made in the data folder at the first start, for Secrets */
  readonly encryptionConfig?: string;
  /** Which requests are told, and where. @default none */
  readonly audit?: AuditOptions;
  /** Services may not begin to use `externalIPs`. @default false */
  readonly denyServiceExternalIPs?: boolean;
  /** Whether the storage class `local-path` is made when it is not there. @default true */
  readonly localStorage?: boolean;
  /** The registry of images; false: there is none. @default in the data folder, as large as the disk */
  readonly images?: Partial<ImageOptions> | false;
  /** Scheduler and controllers. @default none */
  readonly parts?: readonly BackgroundPart[];
}

/** A running server. */
export interface RunningServer extends AsyncDisposable {
  /** Where it serves, with the real port. */
  readonly address: { readonly hostname: string; readonly port: number };
  /** `https://…`, as clients on this machine reach it. */
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly adminToken: string;
  /** PEM of the cluster's authority. */
  readonly caCertificate: string;
  /** The API as a given component's user, without a network. */
  transportFor(component: string): Transport;
  /** Stops in order: no new requests, parts, watches, then the store. */
  close(): Promise<void>;
}

/** In the data folder, unless another file is named. */
const ENCRYPTION_FILE = "encryption-config.yaml";

/** How long running requests may take to end, in milliseconds. */
const CLOSE_GRACE_MS = 2_000;

/**
 * Starts a server. Resolves once it is ready and the kubeconfig is written.
 *
 * @throws {HostError} `in-use` when another server has the data folder or the port
 */
export async function startServer(
  host: Host,
  options: ServerOptions,
): Promise<RunningServer> {
  await using stack = new AsyncDisposableStack();
  const { dataDir, listen } = options;
  const serviceCidr = options.serviceCidr ?? DEFAULT_SERVICE_CIDR;
  const clusterCidr = options.clusterCidr ?? DEFAULT_CLUSTER_CIDR;
  const serviceAddress = new AddressRange(serviceCidr).at(0);
  await host.disk.mkdir(dataDir, { mode: 0o700 });
  const store = stack.use(
    await openStore(host, {
      path: join(dataDir, "kv.sqlite3"),
      sealing: await loadEncryption(host, {
        path: options.encryptionConfig ?? join(dataDir, ENCRYPTION_FILE),
        make: options.encryptionConfig === undefined,
      }),
    }),
  );
  const pki = await loadPki(host, {
    folder: join(dataDir, "pki"),
    names: certificateNames(host, options, serviceAddress),
  });
  const { tokens, admin } = await loadTokens(host, dataDir);
  const audit = options.audit === undefined
    ? undefined
    : stack.use(await loadAudit(host, options.audit));
  const images = options.images === false ? undefined : stack.use(
    new LazyRegistry(host, {
      dir: join(dataDir, "registry"),
      ...options.images,
    }),
  );
  const state = { ready: false };
  const parts: RunningPart[] = [];
  const serving = stack.use(createApiServer({
    host,
    store,
    tokens,
    clusterCidr,
    serviceCidr,
    allowLoopbackEndpoints: options.allowLoopbackEndpoints ?? false,
    caCertificate: pki.authority.certificate,
    serviceAccountKey: pki.serviceAccounts,
    admission: {
      mountServiceAccountTokens: true,
      denyServiceExternalIPs: options.denyServiceExternalIPs ?? false,
    },
    ...(audit === undefined ? {} : { audit }),
    ...(images === undefined ? {} : { images }),
    ...jwksUri(options),
    health: healthChecks(state),
    debug: () => ({
      parts: parts.map((part) => part.stats?.() ?? {}),
      ...images?.stats(),
    }),
  }));
  const server = await serve(host, serving, {
    listen,
    tls: { ...pki.server, clientCa: pki.authority.certificate },
  });
  stack.defer(() => server.close({ graceMs: CLOSE_GRACE_MS }));
  // Running watches would hold the server's close for the whole grace.
  stack.defer(() => serving[Symbol.dispose]());
  const address = tcpAddress(server.address);
  const told = advertised(options, address);
  await bootstrap(serving.api, {
    serviceAddress,
    localStorage: options.localStorage ?? true,
    ...(told === undefined
      ? {}
      : { endpoint: { address: told, port: address.port } }),
  });
  const transportFor = (component: string): Transport =>
    inProcessTransport(serving.app, componentUser(component));
  for (const part of options.parts ?? []) {
    parts.push(
      stack.use(
        await part(host, {
          transportFor,
          clusterCidr,
          ...(options.nodeCidrBits !== undefined &&
            { nodeCidrBits: options.nodeCidrBits }),
          caCertificate: pki.authority.certificate,
          issuers: partIssuers(host, serving, pki),
        }),
      ),
    );
  }
  const url = urlOf(listen.hostname, address.port);
  const kubeconfigPath = options.kubeconfig ??
    join(dataDir, "admin.kubeconfig");
  await writeKubeconfig(host, kubeconfigPath, {
    server: url,
    ca: pki.authority.certificate,
    token: admin,
  });
  state.ready = true;
  host.log("info", "Server is ready", { url, dataDir });
  return runningServer(stack.move(), {
    address,
    url,
    kubeconfigPath,
    adminToken: admin,
    caCertificate: pki.authority.certificate,
    transportFor,
    onClose: () => state.ready = false,
  });
}

function runningServer(
  stack: AsyncDisposableStack,
  facts: Omit<RunningServer, "close" | typeof Symbol.asyncDispose> & {
    onClose(): void;
  },
): RunningServer {
  const { onClose, ...rest } = facts;
  let closed: Promise<void> | undefined;
  const close = () => {
    onClose();
    return closed ??= stack.disposeAsync();
  };
  return { ...rest, close, [Symbol.asyncDispose]: close };
}

function serve(
  host: Host,
  { app }: ServingApi,
  { listen, tls }: {
    listen: ServerOptions["listen"];
    tls: ServerTls;
  },
): Promise<HttpServer> {
  return host.net.serve(
    (request, connection) => app.fetch(request, { connection }),
    { at: listen, tls },
  );
}

function certificateNames(
  host: Host,
  { listen, names = [] }: ServerOptions,
  serviceAddress: string,
): string[] {
  const own = isWildcard(listen.hostname) ? [] : [listen.hostname];
  return [host.processes.hostname(), serviceAddress, ...own, ...names];
}

function healthChecks(state: { ready: boolean }): HealthCheck[] {
  return [
    { name: "ping", live: true, check: () => undefined },
    {
      name: "poststarthook/bootstrap",
      live: false,
      check: () => state.ready ? undefined : "not finished",
    },
  ];
}

/** The address that pods reach the server at. A loopback address means something else to each of them, unless they have no others. */
function advertised(
  { listen, names = [], allowLoopbackEndpoints = false }: ServerOptions,
  address: { hostname: string },
): string | undefined {
  const candidates = [...names, listen.hostname, address.hostname];
  return candidates.find((name) =>
    /^[0-9.]+$/.test(name) && !isWildcard(name) &&
    (allowLoopbackEndpoints || !name.startsWith("127."))
  );
}

function partIssuers(
  host: Host,
  { api }: ServingApi,
  { authority }: Pki,
): PartIssuers {
  return {
    issueSecretToken: (account, secret) =>
      api.accountTokens.issue(legacyClaims(account, secret)),
    issueCertificate: (request, policy) =>
      issueRequested(host, { authority, request, policy }),
  };
}

/** Where those who check tokens find the keys, when it is known where this server is. */
function jwksUri(options: ServerOptions): { readonly jwksUri?: string } {
  const { listen } = options;
  const told = advertised(options, listen);
  return told === undefined || listen.port === 0
    ? {}
    : { jwksUri: `https://${told}:${listen.port}/openid/v1/jwks` };
}

function isWildcard(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}

function urlOf(hostname: string, port: number): string {
  const reachable = isWildcard(hostname) ? "127.0.0.1" : hostname;
  const bracketed = reachable.includes(":") ? `[${reachable}]` : reachable;
  return `https://${bracketed}:${port}`;
}

function tcpAddress(address: Address): { hostname: string; port: number } {
  if ("path" in address) throw new Error("Cannot serve on a unix socket");
  return address;
}
