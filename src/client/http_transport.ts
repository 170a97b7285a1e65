/**
 * The transport to a server over HTTP(S).
 *
 * @module
 */
import type { DialOptions, Host } from "../base/host.ts";
import type { Transport } from "./client.ts";

/** How to reach a server and who asks. */
export interface ServerConfig {
  /** `https://host:port`, a path prefix is kept. */
  readonly server: string;
  /** PEM of the only CA to trust; the system's roots when absent. */
  readonly ca?: string;
  /** Do not verify the server's certificate. @default false */
  readonly insecureSkipVerify?: boolean;
  /** Bearer token. */
  readonly token?: string;
  /** User name and password, as proxies in front of a server may ask for. */
  readonly basic?: { readonly username: string; readonly password: string };
  /** Client certificate, PEM. */
  readonly clientCertificate?: {
    readonly certificate: string;
    readonly privateKey: string;
  };
  /** Connect to this unix socket, whatever the server's host. */
  readonly unixPath?: string;
  /** Sent as `User-Agent`; its first word is the name under which fields are managed. @default {@linkcode DEFAULT_USER_AGENT} */
  readonly userAgent?: string;
}

/** How our own programs name themselves. */
export const DEFAULT_USER_AGENT = "wherry";

/** Carries requests over `host.net.fetch`. */
export class HttpTransport implements Transport {
  readonly #host: Host;
  readonly #base: URL;
  readonly #dial: DialOptions;
  readonly #headers: ReadonlyArray<readonly [string, string]>;

  /** Nothing runs until it is asked to. @throws {TypeError} when `config.server` is not a URL */
  constructor(host: Host, config: ServerConfig) {
    this.#host = host;
    this.#base = parseServer(config.server);
    this.#dial = {
      ...config.ca === undefined ? {} : { ca: config.ca },
      ...config.insecureSkipVerify ? { insecureSkipVerify: true } : {},
      ...config.clientCertificate === undefined
        ? {}
        : { clientCertificate: config.clientCertificate },
      ...config.unixPath === undefined ? {} : { unixPath: config.unixPath },
    };
    const headers: [string, string][] = [];
    if (config.token !== undefined) {
      headers.push(["authorization", `Bearer ${config.token}`]);
    } else if (config.basic !== undefined) {
      const { username, password } = config.basic;
      const bytes = new TextEncoder().encode(`${username}:${password}`);
      headers.push(["authorization", `Basic ${bytes.toBase64()}`]);
    }
    headers.push(["user-agent", config.userAgent ?? DEFAULT_USER_AGENT]);
    this.#headers = headers;
  }

  /** The server's address with a path: for what cannot go through {@linkcode HttpTransport.fetch} (WebSockets). */
  urlOf(path: string): URL {
    const url = new URL(path, "http://api");
    const prefix = this.#base.pathname.replace(/\/$/, "");
    return new URL(`${prefix}${url.pathname}${url.search}`, this.#base);
  }

  /** How connections to the server are made. */
  get dialOptions(): DialOptions {
    return this.#dial;
  }

  /** The headers that tell who asks. */
  get headers(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#headers);
  }

  /** Sends a request to the server. @throws {HostError} when the server cannot be reached */
  fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const real = new Request(this.urlOf(url.pathname + url.search), request);
    for (const [name, value] of this.#headers) real.headers.set(name, value);
    return this.#host.net.fetch(real, this.#dial);
  }
}

function parseServer(server: string): URL {
  const text = server.includes("://") ? server : `https://${server}`;
  if (!URL.canParse(text)) {
    throw new TypeError(`Cannot use the server address: "${server}"`);
  }
  return new URL(text);
}
