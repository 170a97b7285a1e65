/**
 * Tells a registry who asks, in the way that it wants: Basic, or a token that another server gives for name and password.
 *
 * @see {@link https://distribution.github.io/distribution/spec/auth/token/}
 *
 * @module
 */
import { decodeText } from "../../base/bytes.ts";
import type { Host } from "../../base/host.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { basicHeader, type RegistryCredentials } from "./credentials.ts";
import { readBounded } from "./read_bounded.ts";
import { RegistryError, registryError } from "./registry_error.ts";

/** How long, in seconds, a token is good that does not say so; the specification's. */
const DEFAULT_TOKEN_SECONDS = 60;
/** A token is not used in its last seconds: the request has to arrive yet. */
const SPARE_SECONDS = 5;
/** How often a request is sent that the registry answers with 401. */
const MAX_TRIES = 3;
/** The longest answer of a token server. */
const MAX_TOKEN_BYTES = 256 * 1024;

/** What an {@linkcode Authorization} works with. */
export interface AuthorizationOptions {
  /** Sends a request as it is; does not follow redirects. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The registry. */
  readonly baseUrl: URL;
  readonly credentials?: RegistryCredentials;
}

/** Who asks one registry. */
export class Authorization {
  readonly #host: Pick<Host, "clock">;
  readonly #options: AuthorizationOptions;
  /** What the registry asked for last. */
  #challenge: Challenge | undefined;
  /** Tokens by what they are for. */
  readonly #tokens = new Map<string, { value: string; untilMs: number }>();

  constructor(host: Pick<Host, "clock">, options: AuthorizationOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** The header for a request, as far as it is known what the registry wants. @param scopes what a token must be for: `repository:team/app:pull` */
  async header(
    scopes: readonly string[],
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const { credentials } = this.#options;
    if (credentials && "token" in credentials) {
      return `Bearer ${credentials.token}`;
    }
    switch (this.#challenge?.scheme) {
      case "basic":
        return credentials && basicHeader(credentials);
      case "bearer":
        return `Bearer ${await this.#token(scopes, signal)}`;
    }
    return undefined;
  }

  /**
   * The registry answered 401. Answers whether another try may end otherwise.
   *
   * @param before.sent the header that it did not take
   * @param before.tries how often this request was sent
   */
  refused(
    response: Response,
    before: { readonly sent: string | undefined; readonly tries: number },
  ): boolean {
    const { credentials } = this.#options;
    const { sent, tries } = before;
    if (tries >= MAX_TRIES || credentials && "token" in credentials) {
      return false;
    }
    const offered = parseChallenges(
      response.headers.get("www-authenticate") ?? "",
    );
    const bearer = offered.find(({ scheme, params }) =>
      scheme === "bearer" && params["realm"] !== undefined
    );
    if (bearer) {
      // A remembered token may have run out, or be for less than this; a new one is refused for good unless it is to be for something else.
      const isNews = tries === 1 || !sent?.startsWith("Bearer ") ||
        bearer.params["scope"] !== this.#challenge?.params["scope"];
      this.#challenge = bearer;
      this.#tokens.clear();
      return isNews;
    }
    const basic = offered.find(({ scheme }) => scheme === "basic");
    if (!basic || !credentials || sent !== undefined) return false;
    this.#challenge = basic;
    return true;
  }

  async #token(
    scopes: readonly string[],
    signal?: AbortSignal,
  ): Promise<string> {
    const { clock } = this.#host;
    const { params } = this.#challenge!;
    const asked = params["scope"]?.split(" ").filter(Boolean) ?? [];
    const all = [...new Set([...scopes, ...asked])].sort();
    const key = all.join(" ");
    const known = this.#tokens.get(key);
    if (known && known.untilMs > clock.monotonicMs()) return known.value;
    const { value, seconds } = await this.#askForToken(all, signal);
    const untilMs = clock.monotonicMs() + (seconds - SPARE_SECONDS) * 1000;
    this.#tokens.set(key, { value, untilMs });
    return value;
  }

  async #askForToken(
    scopes: readonly string[],
    signal?: AbortSignal,
  ): Promise<{ value: string; seconds: number }> {
    const { fetch, credentials } = this.#options;
    const url = this.#realm();
    const { service } = this.#challenge!.params;
    if (service !== undefined) url.searchParams.set("service", service);
    for (const scope of scopes) url.searchParams.append("scope", scope);
    const named = credentials && "username" in credentials
      ? credentials
      : undefined;
    if (named) url.searchParams.set("account", named.username);
    const what = `get a token from ${url.host}`;
    const response = await fetch(
      new Request(url, {
        headers: {
          accept: "application/json",
          ...named && { authorization: basicHeader(named) },
        },
        redirect: "manual",
        ...signal && { signal },
      }),
    );
    if (response.status !== 200) throw await registryError(what, response);
    try {
      const answer = JSON.parse(
        decodeText(await readBounded(response, MAX_TOKEN_BYTES)),
      );
      const value = answer.token ?? answer.access_token;
      if (typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) {
        throw new Error("It holds none");
      }
      const seconds = Number(answer.expires_in);
      return { value, seconds: seconds > 0 ? seconds : DEFAULT_TOKEN_SECONDS };
    } catch (cause) {
      throw new RegistryError(
        `Cannot ${what}: the answer is no token's: ${(cause as Error).message}`,
        { status: 0, cause },
      );
    }
  }

  /** Where tokens come from. A registry that is reached safely must not have the password sent in the clear. */
  #realm(): URL {
    const { baseUrl } = this.#options;
    const text = this.#challenge!.params["realm"]!;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isFit = url?.protocol === "https:" ||
      url?.protocol === "http:" && baseUrl.protocol === "http:";
    if (url && isFit) return url;
    throw new RegistryError(
      `Cannot tell ${baseUrl.host} who asks: it wants a token of "${text}", which is not reached by https`,
      { status: 401 },
    );
  }
}
