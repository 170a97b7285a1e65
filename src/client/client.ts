/**
 * What a client of the API can do. Made by `new RestClient(transport)` in `rest_client.ts`; the same calls whether the transport is
 * HTTPS, the agent's link or the server's own app.
 *
 * @module
 */
import type { KubeObject, Resource } from "../api/kind.ts";

/** Carries requests to an API server. URLs are `http://api/…` with the real path; the transport knows the server and the credentials. */
export interface Transport {
  /** Sends one request. @throws {HostError} when the server cannot be reached */
  fetch(request: Request): Promise<Response>;
}

/** Which object. */
export interface ObjectName {
  /** `metadata.name`. */
  readonly name: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
}

/** Which objects. */
export interface ListQuery {
  /** Absent is all namespaces. */
  readonly namespace?: string;
  /** Only objects whose labels meet it, in its text form: `app=web,tier!=db`. */
  readonly labelSelector?: string;
  /** Only objects whose fields meet it: `spec.nodeName=edge-1`. */
  readonly fieldSelector?: string;
  /** Page size; the client follows `continue` by itself. @default 500 */
  readonly limit?: number;
  /** Ends the call when it aborts. */
  readonly signal?: AbortSignal;
}

/** A whole list of one revision. */
export interface ObjectList<T> {
  /** The objects, their type named in each. */
  readonly items: T[];
  /** Where a watch goes on from. */
  readonly resourceVersion: string;
}

/** One event of a watch. */
export interface WatchEvent<T> {
  /** What happened; BOOKMARK: nothing, but the version moved. */
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  /** The object after it; of DELETED the last that was. */
  readonly object: T;
}

/** How a patch is meant. */
export type PatchType = "json" | "merge" | "strategic" | "apply";

/** Options of writes. */
export interface WriteOptions {
  /** Check and answer, but store nothing. */
  readonly dryRun?: boolean;
  /** Who writes, for managed fields. */
  readonly fieldManager?: string;
  /** What to do about unknown and duplicate fields. */
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict";
  /** Apply only: take fields over from other managers. */
  readonly force?: boolean;
  /** `status`, `scale`, `binding` … */
  readonly subresource?: string;
  /** Ends the call when it aborts. */
  readonly signal?: AbortSignal;
}

/** Options of deletes. */
export interface DeleteOptions {
  /** Seconds until a pod is killed; 0 kills at once. */
  readonly gracePeriodSeconds?: number;
  /** What becomes of dependents. */
  readonly propagationPolicy?: "Foreground" | "Background" | "Orphan";
  /** Delete only what is still this very object. */
  readonly preconditions?: {
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  /** Check and answer, but delete nothing. */
  readonly dryRun?: boolean;
  /** Ends the call when it aborts. */
  readonly signal?: AbortSignal;
}

/**
 * Typed access to the API.
 *
 * Every call throws `ApiError` (`src/api/status.ts`) when the server answered with a Status, `HostError` when it could not be reached.
 */
export interface Client {
  /** Reads one object. */
  get<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    signal?: AbortSignal,
  ): Promise<T>;
  /** Reads all objects that the query meets, of one revision. */
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
  /** Writes a new object. */
  create<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T>;
  /** Writes an object over the one of its name; with a resourceVersion only over that version. */
  update<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T>;
  /** Changes a part of an object. */
  patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    patch: { readonly type: PatchType; readonly body: unknown } & WriteOptions,
  ): Promise<T>;
  /** Deletes an object, or begins to. */
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
  /** All objects held. */
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
