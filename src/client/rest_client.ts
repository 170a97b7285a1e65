/**
 * {@linkcode RestClient}: the API's calls as HTTP requests over any transport.
 *
 * @module
 */
import type { KubeObject, Resource } from "../api/kind.ts";
import type {
  Client,
  DeleteOptions,
  ListQuery,
  ObjectList,
  ObjectName,
  PatchType,
  Transport,
  WatchEvent,
  WriteOptions,
} from "./client.ts";
import {
  API_ORIGIN,
  apiVersionOf,
  collectionPath,
  namespaceFor,
  objectPath,
  queryString,
} from "./paths.ts";
import { hasStatusCode, responseError } from "./response_error.ts";
import { readWatchEvents } from "./watch_stream.ts";

/** Objects a page when lists are read; as client-go's pager. */
export const DEFAULT_PAGE_SIZE = 500;

const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/** What a list looks like on the wire. */
interface WireList<T> {
  readonly metadata?: {
    readonly resourceVersion?: string;
    readonly continue?: string;
  };
  readonly items?: T[] | null;
}

/** {@linkcode Client} over a {@linkcode Transport}. */
export class RestClient implements Client {
  readonly #transport: Transport;

  /** Nothing runs until it is asked to. */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Reads one object. */
  get<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#json(objectPath(resource, name), withSignal({}, signal));
  }

  /** Reads all pages; starts over without pages when the continue token expired in between. */
  async list<T extends KubeObject>(
    resource: Resource<T>,
    query: ListQuery = {},
  ): Promise<ObjectList<T>> {
    const items: T[] = [];
    let token: string | undefined;
    let limit: number | undefined = query.limit ?? DEFAULT_PAGE_SIZE;
    while (true) {
      const path = collectionPath(resource, query.namespace) + queryString({
        labelSelector: query.labelSelector,
        fieldSelector: query.fieldSelector,
        limit: limit === 0 ? undefined : limit,
        continue: token,
      });
      let page: WireList<T>;
      try {
        page = await this.#json(path, withSignal({}, query.signal));
      } catch (error) {
        // A page of the past may be gone (410); a list in one piece never is.
        if (token === undefined || !hasStatusCode(error, 410)) throw error;
        items.length = 0;
        token = undefined;
        limit = undefined;
        continue;
      }
      for (const item of page.items ?? []) {
        items.push(withType(item, resource));
      }
      token = page.metadata?.continue || undefined;
      if (token === undefined) {
        return {
          items,
          resourceVersion: page.metadata?.resourceVersion ?? "",
        };
      }
    }
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    query: Omit<ListQuery, "limit"> & {
      readonly resourceVersion: string;
      readonly allowBookmarks?: boolean;
    },
  ): AsyncIterable<WatchEvent<T>> {
    const path = collectionPath(resource, query.namespace) + queryString({
      watch: 1,
      resourceVersion: query.resourceVersion,
      allowWatchBookmarks: query.allowBookmarks ? true : undefined,
      labelSelector: query.labelSelector,
      fieldSelector: query.fieldSelector,
    });
    const response = await this.raw(path, withSignal({}, query.signal));
    if (!response.ok || response.body === null) {
      throw await responseError(response);
    }
    yield* readWatchEvents<T>(response.body, query.signal);
  }

  /** Writes a new object, or a subresource that is created (binding). */
  create<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    const { namespace, name = "" } = object.metadata;
    // A subresource (pods/web/binding) belongs to a named object, a new object to its collection.
    const path = options.subresource === undefined
      ? collectionPath(resource, namespaceFor(resource, namespace))
      : objectPath(resource, {
        name,
        ...namespaced(namespace),
        subresource: options.subresource,
      });
    return this.#write("POST", path + writeQuery(options), object, options);
  }

  /** Writes an object over the one that is there. */
  update<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    const { namespace, name = "" } = object.metadata;
    const path = objectPath(resource, {
      name,
      ...namespaced(namespace),
      subresource: options.subresource,
    });
    return this.#write("PUT", path + writeQuery(options), object, options);
  }

  /** Changes a part of an object. */
  patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    patch: { readonly type: PatchType; readonly body: unknown } & WriteOptions,
  ): Promise<T> {
    const path = objectPath(resource, {
      ...name,
      subresource: patch.subresource,
    });
    return this.#write(
      "PATCH",
      path + writeQuery(patch),
      patch.body,
      patch,
      PATCH_TYPES[patch.type],
    );
  }

  /** Deletes an object, or begins to. */
  async delete<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    options: DeleteOptions = {},
  ): Promise<void> {
    const body = {
      kind: "DeleteOptions",
      apiVersion: "v1",
      gracePeriodSeconds: options.gracePeriodSeconds,
      propagationPolicy: options.propagationPolicy,
      preconditions: options.preconditions,
      dryRun: options.dryRun ? ["All"] : undefined,
    };
    await this.#write(
      "DELETE",
      objectPath(resource, name),
      body,
      options,
    );
  }

  raw(path: string, init?: RequestInit): Promise<Response> {
    return this.#transport.fetch(new Request(API_ORIGIN + path, init));
  }

  #write<T>(
    method: string,
    path: string,
    body: unknown,
    options: { readonly signal?: AbortSignal },
    contentType = "application/json",
  ): Promise<T> {
    return this.#json(
      path,
      withSignal({
        method,
        headers: { "content-type": contentType },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }, options.signal),
    );
  }

  async #json<T>(path: string, init: RequestInit): Promise<T> {
    const headers = new Headers(init.headers);
    headers.set("accept", "application/json");
    const response = await this.raw(path, { ...init, headers });
    if (!response.ok) throw await responseError(response);
    return await response.json();
  }
}

/** Items of lists come without their type, which is said once for the list; objects that travel alone need it. */
function withType<T extends KubeObject>(item: T, resource: Resource): T {
  item.apiVersion ??= apiVersionOf(resource);
  item.kind ??= resource.kind;
  return item;
}

function withSignal(
  init: RequestInit,
  signal: AbortSignal | undefined,
): RequestInit {
  return signal === undefined ? init : { ...init, signal };
}

function namespaced(namespace: string | undefined): { namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

function writeQuery(options: WriteOptions): string {
  return queryString({
    dryRun: options.dryRun ? "All" : undefined,
    fieldManager: options.fieldManager,
    fieldValidation: options.fieldValidation,
    force: options.force ? true : undefined,
  });
}
