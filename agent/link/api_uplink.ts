/**
 * The way to an API server that is not ours: HTTPS, and a Lease that shows that the node lives.
 *
 * @module
 */
import type { Lease } from "../../src/api/coordination/lease.ts";
import { messageOf, Stopped } from "../../src/base/errors.ts";
import { type Host, HostError } from "../../src/base/host.ts";
import type { Transport } from "../../src/client/client.ts";
import {
  HttpTransport,
  type ServerConfig,
} from "../../src/client/http_transport.ts";
import { LEASES } from "../../src/client/resources.ts";
import { hasStatusCode } from "../../src/client/response_error.ts";
import { RestClient } from "../../src/client/rest_client.ts";
import { Bell } from "../container/bell.ts";
import type { Uplink } from "./uplink.ts";

/** So long, in seconds, a node is believed to live after it renewed its Lease; kubelet's. */
const LEASE_SECONDS = 40;
/** How often, in milliseconds, it is renewed: a quarter of that. */
const RENEW_MS = LEASE_SECONDS * 1000 / 4;
/** How often, in milliseconds, it is looked whether the node has its object by now, and may have a Lease. */
const NODELESS_MS = 2_000;
/** First and longest wait, in milliseconds, while the server is out of reach. */
const RETRY_MS = { first: 500, longest: 7_000 } as const;
/** How long, in milliseconds, a renewal may take. */
const TIMEOUT_MS = 10_000;
/** Where the leases of nodes are. */
const NAMESPACE = "kube-node-lease";
/** How this agent names itself where it is a node's agent as any other. */
const USER_AGENT = "kubelet/wherry";

/** What an {@linkcode ApiUplink} needs. */
export interface ApiUplinkOptions {
  readonly api: ServerConfig;
  readonly node: string;
  /** UID of this node's object. */
  readonly nodeUid: () => string | undefined;
  /** Called each time there is contact again. */
  readonly onUp: (ranges: Record<never, never>) => void;
}

/** Renews the Lease; by that it also knows whether there is contact. */
export class ApiUplink implements Uplink {
  readonly #host: Host;
  readonly #options: ApiUplinkOptions;
  readonly #http: HttpTransport;
  /** Rings when there is contact. */
  readonly #bell = new Bell();
  /** Rings when a request found none. */
  readonly #lost = new Bell();
  #up = false;
  /** Aborts when contact is lost: what is under way, watches above all, would hang on a connection that nobody hears any more. */
  #contact = new AbortController();
  #lease: Lease | undefined;
  #renewals = 0;
  #lastError: string | undefined;
  #signal: AbortSignal | undefined;

  constructor(host: Host, options: ApiUplinkOptions) {
    this.#host = host;
    this.#options = options;
    this.#http = new HttpTransport(host, {
      userAgent: USER_AGENT,
      ...options.api,
    });
  }

  get transport(): Transport {
    return { fetch: (request) => this.#fetch(request) };
  }

  get isUp(): boolean {
    return this.#up;
  }

  state(): Record<string, unknown> {
    return {
      server: this.#options.api.server,
      up: this.#up,
      renewals: this.#renewals,
      ...(this.#lastError && { lastError: this.#lastError }),
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    let retryMs: number = RETRY_MS.first;
    while (!signal.aborted) {
      const seen = this.#lost.rings;
      const isThere = await this.#try(signal);
      if (signal.aborted) return;
      if (isThere) {
        retryMs = RETRY_MS.first;
        await this.#rest(seen, signal);
      } else {
        await this.#host.clock.sleep(retryMs, signal).catch(() => {});
        retryMs = Math.min(retryMs * 2, RETRY_MS.longest);
      }
    }
  }

  /** Until the Lease is due, or a request found the server out of reach. */
  async #rest(seen: number, signal: AbortSignal): Promise<void> {
    const wait = new AbortController();
    const either = AbortSignal.any([signal, wait.signal]);
    const dueMs = this.#lease || this.#lastError
      ? RENEW_MS * (1 + 0.04 * this.#host.random.float())
      : NODELESS_MS;
    try {
      await Promise.race([
        this.#lost.after(seen, either),
        this.#host.clock.sleep(dueMs, either),
      ]);
    } catch {
      // the agent stops
    } finally {
      wait.abort(new Stopped("The wait is over"));
    }
  }

  /** Renews the Lease. @returns whether the server answered */
  async #try(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#renew(
        AbortSignal.any([signal, this.#host.clock.timeout(TIMEOUT_MS)]),
      );
      this.#renewals++;
      this.#lastError = undefined;
    } catch (error) {
      if (signal.aborted) return false;
      this.#lease = undefined;
      const text = messageOf(error);
      if (text !== this.#lastError) {
        this.#host.log("warn", "Could not renew the node's lease", {
          error: text,
        });
      }
      this.#lastError = text;
      const isAway = error instanceof HostError ||
        error instanceof DOMException;
      if (isAway) {
        this.#lose(text);
        return false;
      }
      // The server is there, only the lease is not to be had.
    }
    if (this.#up) return true;
    this.#up = true;
    this.#contact = new AbortController();
    this.#host.log("info", "Connected to the server", {
      server: this.#options.api.server,
    });
    this.#bell.ring();
    this.#options.onUp({});
    return true;
  }

  #lose(reason: string): void {
    this.#up = false;
    this.#contact.abort(new HostError("closed", `Lost the server: ${reason}`));
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { node } = this.#options;
    const client = new RestClient(this.#http);
    const name = { name: node, namespace: NAMESPACE };
    if (!this.#lease) {
      try {
        this.#lease = await client.get(LEASES, name, signal);
      } catch (error) {
        if (!hasStatusCode(error, 404)) throw error;
        // A Lease without the Node that it belongs to would stay for ever.
        if (this.#options.nodeUid() === undefined) return;
        this.#lease = await client.create(LEASES, this.#renewed(), { signal });
        return;
      }
    }
    try {
      this.#lease = await client.update(LEASES, this.#renewed(), { signal });
    } catch (error) {
      if (!hasStatusCode(error, 404)) throw error;
      this.#lease = undefined; // it went with the Node
    }
  }

  #renewed(): Lease {
    const { node, nodeUid } = this.#options;
    const uid = nodeUid();
    return {
      ...this.#lease ?? { apiVersion: "coordination.k8s.io/v1", kind: "Lease" },
      metadata: {
        name: node,
        namespace: NAMESPACE,
        ...this.#lease?.metadata,
        ...(uid && {
          ownerReferences: [
            { apiVersion: "v1", kind: "Node", name: node, uid },
          ],
        }),
      },
      spec: {
        holderIdentity: node,
        leaseDurationSeconds: LEASE_SECONDS,
        renewTime: new Date(this.#host.clock.now()).toISOString()
          .replace("Z", "000Z"),
      },
    };
  }

  async #fetch(request: Request): Promise<Response> {
    const signals = [request.signal, this.#signal].filter((signal) =>
      signal !== undefined
    );
    const signal = AbortSignal.any(signals);
    for (;;) {
      const seen = this.#bell.rings;
      if (this.#up) break;
      await this.#bell.after(seen, signal);
    }
    const contact = this.#contact.signal;
    try {
      return await this.#http.fetch(
        new Request(request, {
          signal: AbortSignal.any([request.signal, contact]),
        }),
      );
    } catch (error) {
      if (error instanceof HostError && this.#up && !signal.aborted) {
        // Have a look at once: others need not all find out by themselves.
        this.#up = false;
        this.#lost.ring();
      }
      throw error;
    }
  }
}
