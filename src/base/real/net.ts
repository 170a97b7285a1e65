/**
 * The machine's own network.
 *
 * @module
 */
import type { Network } from "../host.ts";
import { HttpClient } from "./http_client.ts";
import { getOnce } from "./http_get.ts";
import { HTTP_LIMITS, HttpServing } from "./http_server.ts";
import { openSocket } from "./socket_client.ts";
import { dial, listen } from "./streams.ts";
import { startTls } from "./tls_client.ts";

/** The real {@linkcode Network}. */
export class RealNetwork implements Network, Disposable {
  readonly fetch: Network["fetch"];
  readonly serve: Network["serve"];
  readonly upgrade: Network["upgrade"];
  readonly switchProtocols: Network["switchProtocols"];
  readonly openSocket: Network["openSocket"] = openSocket;
  readonly listen: Network["listen"] = listen;
  readonly dial: Network["dial"] = dial;
  readonly startTls: Network["startTls"] = startTls;
  readonly getOnce: NonNullable<Network["getOnce"]> = getOnce;
  readonly #client = new HttpClient();

  /** The network of the machine. @param onError told of what goes wrong on our side while requests are served */
  constructor(onError: (error: unknown) => void) {
    const serving = new HttpServing({ ...HTTP_LIMITS, onError });
    this.fetch = (request, options) => this.#client.fetch(request, options);
    this.serve = (handler, options) => serving.serve(handler, options);
    this.upgrade = (request, options) => serving.upgrade(request, options);
    this.switchProtocols = (request, options) =>
      serving.switchProtocols(request, options);
  }

  /** Closes the connections that were kept. */
  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }
}
