/**
 * The registries, as this node reaches them: the cluster's over its own connection to the server, others by name, mirrors first.
 *
 * @module
 */
import { type DialOptions, type Host, HostError } from "../../src/base/host.ts";
import {
  CLUSTER_REGISTRY,
  DEFAULT_REGISTRY,
  DEFAULT_REGISTRY_HOST,
  type ImageReference,
} from "../../src/base/oci/reference.ts";
import type {
  RegistryClient,
  RegistryCredentials,
  RegistryOptions,
} from "../../src/client/registry/mod.ts";
import type { ImagePlace, ImageSource } from "./image_source.ts";
import { PullRate } from "./pull_rate.ts";
import { PullsUnderWay } from "./pulls_under_way.ts";
import { patientStream } from "./read_stream.ts";
import {
  NO_REGISTRY_CONFIG,
  type RegistryConfig,
  type RegistryTls,
} from "./registry_config.ts";

/** How long, in milliseconds, a registry may take until its answer begins. */
const ANSWER_MS = 30_000;

/** How often one request is tried. */
const ATTEMPTS = 2;

/** Registries on the machine itself speak plain HTTP unless something else is said, as with docker. */
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

/** The way to the cluster's own registry. */
export interface ClusterRegistry {
  /** The server's `host:port`, which names may say too. */
  readonly address: string;
  /** Sends a request to the server, of whose URL only path and query count; the server knows who asks. Waits while there is no contact. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Whether there is contact. */
  readonly isUp: () => boolean;
}

/** What {@linkcode Registries} work with. */
export interface RegistriesOptions {
  /** @default nothing is said about any registry */
  readonly config?: RegistryConfig;
  /** Absent without a server of ours. */
  readonly cluster?: ClusterRegistry;
  /** The most that all pulls together take, per second. @default no bound */
  readonly bytesPerSecond?: number;
  /** The largest content that is taken. @default what the engines say */
  readonly maxBytes?: number;
}

type RegistriesHost = Pick<
  Host,
  "net" | "disk" | "clock" | "random" | "crypto"
>;

/** See the module. */
export class Registries implements ImageSource {
  readonly rate: PullRate;
  readonly underWay: PullsUnderWay;
  readonly maxBytes?: number;
  readonly config: RegistryConfig;
  readonly #host: RegistriesHost;
  readonly #cluster: ClusterRegistry | undefined;

  constructor(host: RegistriesHost, options: RegistriesOptions) {
    this.#host = host;
    this.config = options.config ?? NO_REGISTRY_CONFIG;
    this.#cluster = options.cluster;
    if (options.maxBytes !== undefined) this.maxBytes = options.maxBytes;
    this.underWay = new PullsUnderWay(host);
    this.rate = new PullRate(host, options.bytesPerSecond);
  }

  /** @inheritDoc */
  async places(
    { registry, repository }: ImageReference,
    auth?: { readonly username: string; readonly password: string },
  ): Promise<readonly ImagePlace[]> {
    const { mirrors } = this.config;
    const urls = mirrors.get(registry) ??
      (this.isCluster(registry) ? undefined : mirrors.get("*")) ?? [];
    const clients = await Promise.all(
      urls.map((url) => this.#client(url, { mirrorOf: registry })),
    );
    clients.push(
      this.isCluster(registry)
        ? await this.#clusterClient()
        : await this.#client(this.#urlOf(registry), { auth }),
    );
    return clients.map((client) => ({ client, repository }));
  }

  /** Whether a name's registry is the cluster's own. */
  isCluster(registry: string): boolean {
    return registry === CLUSTER_REGISTRY ||
      registry === this.#cluster?.address;
  }

  /** Name and password that the configuration has for the host that is asked first. */
  authOf(
    registry: string,
  ): { username: string; password: string; serverAddress: string } | undefined {
    const { mirrors, hosts } = this.config;
    const own = registry === DEFAULT_REGISTRY
      ? DEFAULT_REGISTRY_HOST
      : registry;
    const places = (mirrors.get(registry) ?? mirrors.get("*") ?? [])
      .map(({ host }) => host);
    for (const host of [...places, own]) {
      const auth = hosts.get(host)?.auth ??
        (host === own ? hosts.get(registry)?.auth : undefined);
      if (auth) return { ...auth, serverAddress: `https://${host}` };
    }
    return undefined;
  }

  #clusterClient(): Promise<RegistryClient> {
    return this.#open({
      baseUrl: new URL(`https://${CLUSTER_REGISTRY}`),
      fetch: (request) => this.clusterFetch(request),
    });
  }

  /** Why the cluster's own registry cannot be asked now. */
  get clusterProblem(): string | undefined {
    if (!this.#cluster) {
      return "Cannot reach the cluster's registry: this node has no server with one";
    }
    return this.#cluster.isUp()
      ? undefined
      : "Cannot reach the cluster's registry: there is no contact with the server";
  }

  /** Asks the cluster's own registry. @throws {HostError} `unreachable` while there is no contact with the server */
  async clusterFetch(request: Request): Promise<Response> {
    const problem = this.clusterProblem;
    if (problem !== undefined) throw new HostError("unreachable", problem);
    const { host } = new URL(request.url);
    if (host !== CLUSTER_REGISTRY) {
      throw new HostError(
        "invalid",
        `Cannot ask ${host}: the cluster's registry leads there, and nobody else is reached this way`,
      );
    }
    return await this.#prompt(request, this.#cluster!.fetch);
  }

  #urlOf(registry: string): URL {
    const host = registry === DEFAULT_REGISTRY
      ? DEFAULT_REGISTRY_HOST
      : registry;
    const isPlain = LOCAL.test(host) &&
      this.config.hosts.get(host)?.tls === undefined;
    return new URL(`${isPlain ? "http" : "https"}://${host}`);
  }

  async #client(baseUrl: URL, options: {
    readonly mirrorOf?: string;
    readonly auth?: RegistryCredentials | undefined;
  }): Promise<RegistryClient> {
    const { hosts } = this.config;
    const said = hosts.get(baseUrl.host) ??
      (baseUrl.host === DEFAULT_REGISTRY_HOST
        ? hosts.get(DEFAULT_REGISTRY)
        : undefined);
    const dial = said?.tls ? await this.#dialOptions(said.tls) : {};
    const credentials = options.auth ?? said?.auth;
    return await this.#open({
      baseUrl,
      ...credentials && { credentials },
      ...options.mirrorOf !== undefined && { mirrorOf: options.mirrorOf },
      fetch: (request) =>
        this.#prompt(
          request,
          (prompt) =>
            // What is said of a host is not said of those that it leads to.
            this.#host.net.fetch(
              prompt,
              new URL(prompt.url).host === baseUrl.host ? dial : {},
            ),
        ),
    });
  }

  /** Loaded with the first pull. A pull has patience of its own, so that a request needs little. */
  async #open(options: RegistryOptions): Promise<RegistryClient> {
    const { RegistryClient } = await import(
      "../../src/client/registry/mod.ts"
    );
    return new RegistryClient(this.#host, { attempts: ATTEMPTS, ...options });
  }

  /** Read anew for each pull: certificates are replaced while an agent runs. */
  async #dialOptions(tls: RegistryTls): Promise<DialOptions> {
    const read = (path: string) => this.#host.disk.readText(path);
    return {
      ...tls.caFile !== undefined && { ca: await read(tls.caFile) },
      ...tls.insecureSkipVerify && { insecureSkipVerify: true },
      ...tls.certFile !== undefined && {
        clientCertificate: {
          certificate: await read(tls.certFile),
          privateKey: await read(tls.keyFile!),
        },
      },
    };
  }

  /** Gives up when no answer begins, or it does not go on. */
  async #prompt(
    request: Request,
    send: (request: Request) => Promise<Response>,
  ): Promise<Response> {
    const late = new AbortController();
    const timer = this.#host.clock.after(ANSWER_MS, () =>
      late.abort(
        new HostError(
          "timeout",
          `Cannot ${request.method} ${request.url}: no answer for ${
            ANSWER_MS / 1000
          } s`,
        ),
      ));
    try {
      const signal = AbortSignal.any([request.signal, late.signal]);
      const response = await send(new Request(request, { signal }));
      if (!response.body) return response;
      // Manifests, configs and tokens, too, must not hold a pull's place by coming in drops.
      return new Response(patientStream(this.#host, response.body), response);
    } finally {
      timer.cancel();
    }
  }
}
