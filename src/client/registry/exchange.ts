/**
 * Requests to one registry: with its way of asking who is there, its redirects, and second tries.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import { Authorization } from "./authorization.ts";
import type { RegistryCredentials } from "./credentials.ts";
import { RegistryError } from "./registry_error.ts";
import { isPassing, isPassingError, waitMs } from "./retry.ts";

/** How often a request is tried. */
const DEFAULT_ATTEMPTS = 4;
/** How many redirects are followed. */
const MAX_REDIRECTS = 5;

/** Where a registry is, and who asks. */
export interface RegistryOptions {
  /** Sends a request as it is, without following redirects (it says `redirect: "manual"`). */
  readonly fetch: (request: Request) => Promise<Response>;
  /** `https://registry.example:5000`; with a path, the API is right below it, else below `/v2`. */
  readonly baseUrl: URL;
  readonly credentials?: RegistryCredentials;
  /** For a mirror: the registry in whose place it stands. */
  readonly mirrorOf?: string;
  /** How often a request is tried that a passing failure may have hit. @default 4 */
  readonly attempts?: number;
}

/** A request, which may be sent several times. */
export interface ExchangeRequest {
  /** @default "GET" */
  readonly method?: string;
  /** Below the API: `team/app/manifests/1`; or where the registry said to go on. */
  readonly at: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  /** What a token must be for. */
  readonly scopes?: readonly string[];
  /** How often it is tried. @default as the registry's options say */
  readonly attempts?: number;
  readonly signal?: AbortSignal | undefined;
}

/** One registry. */
export class Exchange {
  readonly #host: Pick<Host, "clock" | "random">;
  readonly #options: RegistryOptions;
  readonly #authorization: Authorization;

  constructor(
    host: Pick<Host, "clock" | "random">,
    options: RegistryOptions,
  ) {
    this.#host = host;
    this.#options = options;
    this.#authorization = new Authorization(host, options);
  }

  /** `registry.example:5000`. */
  get name(): string {
    return this.#options.baseUrl.host;
  }

  /**
   * The answer, whatever its status, to the request where it ended.
   *
   * @throws {HostError} the registry cannot be reached, {RegistryError} it broke the protocol, the signal's reason
   */
  async send(
    request: ExchangeRequest,
  ): Promise<{ response: Response; url: URL }> {
    const most = request.attempts ?? this.#options.attempts ??
      DEFAULT_ATTEMPTS;
    for (let tries = 1;; tries++) {
      let response: Response | undefined;
      try {
        const answer = await this.#authorized(request);
        if (tries >= most || !isPassing(answer.response)) return answer;
        const ms = waitMs(this.#host, { tries, response: answer.response });
        if (ms === undefined) return answer;
        response = answer.response;
      } catch (error) {
        if (tries >= most || !isPassingError(error)) throw error;
      }
      const ms = waitMs(this.#host, { tries, ...response && { response } });
      await response?.body?.cancel().catch(() => {});
      await this.#host.clock.sleep(ms ?? 0, request.signal);
    }
  }

  /** Where something is below the API. */
  url(at: string): URL {
    const { baseUrl, mirrorOf } = this.#options;
    const path = baseUrl.pathname.replace(/\/+$/, "") || "/v2";
    const url = new URL(`${path}/${at}`, baseUrl);
    if (mirrorOf !== undefined) url.searchParams.set("ns", mirrorOf);
    return url;
  }

  async #authorized(
    request: ExchangeRequest,
  ): Promise<{ response: Response; url: URL }> {
    for (let tries = 1;; tries++) {
      const sent = await this.#authorization.header(
        request.scopes ?? [],
        request.signal,
      );
      const answer = await this.#follow(request, sent);
      const { response, url } = answer;
      if (response.status !== 401 || !this.#isOurs(url)) return answer;
      if (!this.#authorization.refused(response, { sent, tries })) {
        return answer;
      }
      await response.body?.cancel().catch(() => {});
    }
  }

  /** Follows redirects of what only reads. Whoever is not the registry itself is not told who asks. */
  async #follow(
    request: ExchangeRequest,
    authorization: string | undefined,
  ): Promise<{ response: Response; url: URL }> {
    const { method = "GET", headers, body, signal } = request;
    let url = typeof request.at === "string"
      ? this.url(request.at)
      : request.at;
    for (let redirects = 0;; redirects++) {
      const response = await this.#options.fetch(
        new Request(url, {
          method,
          headers: {
            // A content that was packed on the way cannot be asked for from its middle.
            "accept-encoding": "identity",
            ...headers,
            ...authorization !== undefined && this.#isOurs(url) &&
              { authorization },
          },
          redirect: "manual",
          ...body !== undefined && { body },
          ...signal && { signal },
        }),
      );
      const location = response.headers.get("location");
      const isRedirect = [301, 302, 303, 307, 308].includes(response.status) &&
        (method === "GET" || method === "HEAD") && location !== null;
      if (!isRedirect) return { response, url };
      await response.body?.cancel().catch(() => {});
      url = this.next(url, location);
      if (redirects >= MAX_REDIRECTS) {
        throw new RegistryError(
          `Cannot ask ${this.name}: it redirects more than ${MAX_REDIRECTS} times`,
          { status: response.status },
        );
      }
    }
  }

  /** Where an answer says to go on. @throws {RegistryError} when that would be in the clear */
  next(from: URL, location: string): URL {
    const url = URL.canParse(location, from) ? new URL(location, from) : null;
    const isFit = url?.protocol === "https:" ||
      url?.protocol === "http:" && from.protocol === "http:";
    if (!url || !isFit) {
      throw new RegistryError(
        `Cannot ask ${this.name}: it leads to "${location}", which is not reached by https`,
        { status: 0 },
      );
    }
    url.username = url.password = ""; // no request can have them there
    return url;
  }

  #isOurs(url: URL): boolean {
    return url.origin === this.#options.baseUrl.origin;
  }
}
