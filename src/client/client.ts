/**
 * What a client of the API can do. Made by `new RestClient(transport)` in `rest_client.ts`; the same calls whether the transport is
 * HTTPS, the agent's link or the server's own app.
 *
 * @module
 */
import type { KubeObject, Resource } from "../api/kind.ts";

/** Carries requests to an API server. URLs are `http://api/…` with the real path; the transport knows the server and the credentials. */
export interface Transport {
  /** @throws {HostError} when the server cannot be reached */
  fetch(request: Request): Promise<Response>;
}

/** Which object. */
export interface ObjectName {
  readonly name: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
}

/** Which objects. */
export interface ListQuery {
  /** Absent is all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Page size; the client follows `continue` by itself. @default 500 */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** A whole list of one revision. */
export interface ObjectList<T> {
  readonly items: T[];
  readonly resourceVersion: string;
}

/** One event of a watch. */
export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

/** How a patch is meant. */
export type PatchType = "json" | "merge" | "strategic" | "apply";

/** Options of writes. */
export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict";
  /** Apply only: take fields over from other managers. */
  readonly force?: boolean;
  /** `status`, `scale`, `binding` … */
  readonly subresource?: string;
  readonly signal?: AbortSignal;
}

/** Options of deletes. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Foreground" | "Background" | "Orphan";
  readonly preconditions?: {
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Typed access to the API.
 *
 * Every call throws `ApiError` (`src/api/status.ts`) when the server answered with a Status, `HostError` when it could not be reached.
 */
export interface Client {
  get<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    signal?: AbortSignal,
  ): Promise<T>;
  list<T extends KubeObject>(
    resource: Resource<T>,
    query?: ListQuery,
  ): Promise<ObjectList<T>>;
  /** Events after `resourceVersion`; ends when the server ends it. An ERROR event is thrown as `ApiError` (410 means: list again). */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    query: Omit<ListQuery, "limit"> & {
      readonly resourceVersion: string;
      readonly allowBookmarks?: boolean;
    },
  ): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T>;
  update<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    patch: { readonly type: PatchType; readonly body: unknown } & WriteOptions,
  ): Promise<T>;
  delete<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    options?: DeleteOptions,
  ): Promise<void>;
  /** Any other path (logs, proxies, discovery), with the client's credentials; the caller reads status and body. */
  raw(path: string, init?: RequestInit): Promise<Response>;
}

/** A local, always current copy of a set of objects: LIST, then WATCH, again and again with back-off and jitter. */
export interface Informer<T extends KubeObject> {
  /** `namespace/name`, or `name` for cluster-scoped kinds. Objects are shared: never change one. */
  get(key: string): T | undefined;
  list(): readonly T[];
  /** Objects that an index (declared at construction) files under this value. */
  byIndex(index: string, value: string): readonly T[];
  /** Calls back on every change, from the start of the list; the answer stops that. */
  onChange(handler: (change: Change<T>) => void): Disposable;
  /** Resolves when the first list is in. */
  synced(signal?: AbortSignal): Promise<void>;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** A change that an informer saw. */
export interface Change<T> {
  /** `namespace/name`, or `name`. */
  readonly key: string;
  /** Absent when the object is gone. */
  readonly object?: T;
  /** Absent when it is new to this informer. */
  readonly previous?: T;
}
