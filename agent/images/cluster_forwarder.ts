/**
 * The cluster's registry on a loopback address, for a container runtime that speaks HTTP only: what is asked there goes over the agent's own connection
 * to the server, so that it works behind NAT and needs no credential on the disk.
 *
 * @module
 */
import { encodeHex, encodeText } from "../../src/base/bytes.ts";
import { messageOf } from "../../src/base/errors.ts";
import type { Host, HttpServer } from "../../src/base/host.ts";
import { CLUSTER_REGISTRY } from "../../src/base/oci/reference.ts";
import { KEY_HEADER } from "./hosts_toml.ts";
import type { Registries } from "./registries.ts";
import { resumedBody } from "./resumed_body.ts";

/** Headers that go from the runtime to the registry. */
const REQUEST_HEADERS = ["accept", "range", "if-range"];
/** Headers that come back. */
const RESPONSE_HEADERS = [
  "content-type",
  "content-length",
  "content-range",
  "accept-ranges",
  "docker-content-digest",
  "etag",
];

/** What a {@linkcode ClusterForwarder} works with. */
export interface ForwarderOptions {
  readonly registries: Registries;
}

/** Listens until it is disposed. */
export class ClusterForwarder implements AsyncDisposable {
  /** Whoever knows it may read: it is told to the runtime alone. Others on the machine are no users of the cluster. */
  readonly key: string;
  readonly #host: Pick<Host, "clock" | "crypto" | "random">;
  readonly #registries: Registries;
  #server!: HttpServer;

  private constructor(
    host: Pick<Host, "clock" | "crypto" | "random">,
    registries: Registries,
  ) {
    this.#host = host;
    this.#registries = registries;
    this.key = encodeHex(host.random.bytes(16));
  }

  /** Starts listening. */
  static async open(
    host: Pick<Host, "net" | "clock" | "crypto" | "random">,
    { registries }: ForwarderOptions,
  ): Promise<ClusterForwarder> {
    const forwarder = new ClusterForwarder(host, registries);
    forwarder.#server = await host.net.serve(
      (request) => forwarder.answer(request),
      { at: { hostname: "127.0.0.1", port: 0 } },
    );
    return forwarder;
  }

  /** Where it listens. */
  get port(): number {
    return "port" in this.#server.address ? this.#server.address.port : 0;
  }

  /** Answers the runtime. */
  async answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const given = encodeText(request.headers.get(KEY_HEADER) ?? "");
    if (!this.#host.crypto.equal(given, encodeText(this.key))) {
      return failure(403, "DENIED", "This address is the node's own");
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return failure(405, "UNSUPPORTED", "This address is for reading");
    }
    if (!/^\/v2\//.test(pathname)) {
      return failure(404, "NAME_UNKNOWN", "There is nothing here");
    }
    try {
      return await this.#forward(request, pathname);
    } catch (error) {
      return failure(503, "UNAVAILABLE", messageOf(error));
    }
  }

  async #forward(request: Request, path: string): Promise<Response> {
    const ask = (range?: string) =>
      this.#registries.clusterFetch(
        new Request(`https://${CLUSTER_REGISTRY}${path}`, {
          method: request.method,
          headers: {
            ...picked(request.headers, REQUEST_HEADERS),
            "accept-encoding": "identity",
            ...range !== undefined && { range },
          },
          redirect: "manual",
          signal: request.signal,
        }),
      );
    const response = await ask();
    const { status } = response;
    const init = {
      status,
      headers: picked(response.headers, RESPONSE_HEADERS),
    };
    if (request.method === "HEAD" || response.body === null) {
      await response.body?.cancel();
      return new Response(null, init);
    }
    const body = resumedBody(this.#host, {
      first: response,
      again: ask,
      rate: this.#registries.rate,
      signal: request.signal,
    });
    return new Response(body, init);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
  }
}

function picked(
  headers: Headers,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

function failure(status: number, code: string, message: string): Response {
  return Response.json({ errors: [{ code, message }] }, { status });
}
