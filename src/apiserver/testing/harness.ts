/**
 * An API server over a store in memory, asked without a network.
 *
 * @module
 */
import { type ApiServerOptions, createApiServer } from "../api_server.ts";
import type { ApiApp } from "../app.ts";
import { componentUser, type User } from "../auth/user.ts";
import { bootstrap } from "../bootstrap.ts";
import type { ApiServer } from "../call.ts";
import { MemoryKv } from "../../store/memory_kv.ts";
import { openStore, type OpenStoreOptions } from "../../store/open.ts";
import { VirtualHost } from "../../testing/virtual_host.ts";

/** Who asks when a test does not say. */
export const ADMIN: User = componentUser("admin");

/** What a request may have beside method and path. */
export interface AskOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default {@linkcode ADMIN} */
  readonly user?: User;
}

/** A server under test. */
export interface Harness extends AsyncDisposable {
  readonly host: VirtualHost;
  readonly app: ApiApp;
  readonly api: ApiServer;
  /** Sends a request; an object as body becomes JSON. */
  ask(method: string, path: string, options?: AskOptions): Promise<Response>;
  /** The answer as a value, checked for its status. */
  json(
    method: string,
    path: string,
    options?: AskOptions & { readonly status?: number },
    // deno-lint-ignore no-explicit-any
  ): Promise<any>;
}

/** Starts a server with the system's objects in it. */
export async function startHarness(
  options: Partial<ApiServerOptions> & {
    readonly storeOptions?: OpenStoreOptions;
    /** Whether the default roles and bindings are there. @default false */
    readonly policy?: boolean;
  } = {},
): Promise<Harness> {
  const host = new VirtualHost();
  const store = await openStore(host, {
    kv: new MemoryKv(),
    ...options.storeOptions,
  });
  const serving = createApiServer({ host, store, ...options });
  await bootstrap(serving.api, {
    serviceAddress: "10.43.0.1",
    policy: options.policy ?? false,
    localStorage: false,
  });
  const ask: Harness["ask"] = async (method, path, options = {}) => {
    const { body, user = ADMIN } = options;
    // The server counts requests in a turn of the event loop, which ends when this clock is told so.
    if (host.timers > 0) await host.advance(0);
    const text = body === undefined || typeof body === "string" ||
        body instanceof Uint8Array
      ? body
      : JSON.stringify(body);
    const request = new Request(`http://api${path}`, {
      method,
      ...(text === undefined ? {} : { body: text as BodyInit }),
      headers: {
        ...(text === undefined ? {} : { "content-type": defaultType(method) }),
        ...options.headers,
      },
    });
    return await serving.app.fetch(request, { user });
  };
  return {
    host,
    app: serving.app,
    api: serving.api,
    ask,
    async json(method, path, options = {}) {
      const answer = await ask(method, path, options);
      const value = await answer.json();
      const wanted = options.status ?? (method === "POST" ? 201 : 200);
      if (answer.status !== wanted) {
        throw new Error(
          `${method} ${path} answered ${answer.status}: ${
            JSON.stringify(value)
          }`,
        );
      }
      return value;
    },
    async [Symbol.asyncDispose]() {
      serving[Symbol.dispose]();
      await store.close();
    },
  };
}

function defaultType(method: string): string {
  return method === "PATCH"
    ? "application/merge-patch+json"
    : "application/json";
}

/** Reads the lines of a watch one by one. */
export class WatchLines implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #buffer = "";

  constructor(answer: Response) {
    this.#reader = answer.body!.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  /** The next event; undefined at the end. */
  // deno-lint-ignore no-explicit-any
  async next(): Promise<any> {
    for (;;) {
      const end = this.#buffer.indexOf("\n");
      if (end >= 0) {
        const line = this.#buffer.slice(0, end);
        this.#buffer = this.#buffer.slice(end + 1);
        return JSON.parse(line);
      }
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#buffer += value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}

/** A ConfigMap. */
export function configMap(
  name: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...more };
}

/** A Pod. */
export function pod(
  name: string,
  more: { metadata?: object; spec?: object } = {},
): Record<string, unknown> {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...more.metadata },
    spec: {
      containers: [{ name: "main", image: "example.org/a:1" }],
      ...more.spec,
    },
  };
}
