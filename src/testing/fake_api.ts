/**
 * A small in-memory API for tests of clients, controllers and scheduler: list, watch, create, update, patch (merge and JSON), delete,
 * status, scale-less, binding and finalize, without validation or defaults. What the real server does more exactly is tested against the real server.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Transport } from "../client/client.ts";
import { sameJson } from "../api/equal.ts";
import { applyPatch } from "./fake_patch.ts";
import {
  matchesFields,
  matchesLabels,
  parseRequestPath,
  type RequestPath,
} from "./fake_request.ts";

/** An object as the fake stores it. */
export interface StoredObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    generateName?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    deletionGracePeriodSeconds?: number;
    labels?: Record<string, string>;
    finalizers?: string[];
    [other: string]: unknown;
  };
  // deno-lint-ignore no-explicit-any -- the fake knows no kinds
  [other: string]: any;
}

interface FakeEvent {
  readonly revision: number;
  readonly path: RequestPath;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: StoredObject;
  readonly previous?: StoredObject;
}

interface FakeWatch {
  readonly path: RequestPath;
  readonly query: URLSearchParams;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
}

/** A server without a network. */
export class FakeApi implements Transport {
  /** Every write, as `POST /api/v1/namespaces/default/pods/web-1`. */
  readonly writes: string[] = [];
  /** Every request, reads too. */
  readonly requests: string[] = [];
  /** Answers in the place of the API when it returns a response or throws. */
  intercept: (request: Request) => Response | undefined = () => undefined;
  /** Events below this revision are forgotten: a watch from there gets 410. */
  oldestRevision = 0;
  readonly #host: Host;
  readonly #objects = new Map<string, StoredObject>();
  readonly #events: FakeEvent[] = [];
  readonly #watches = new Set<FakeWatch>();
  #revision = 1;
  #held: FakeEvent[] | undefined;
  #holding: string | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** The last revision. */
  get revision(): number {
    return this.#revision;
  }

  /** How many watches are open. */
  get watchers(): number {
    return this.#watches.size;
  }

  /** An object by its path, for example `/api/v1/namespaces/default/pods/web-1`. */
  // deno-lint-ignore no-explicit-any -- tests read any field
  object(path: string): any {
    return this.#objects.get(path);
  }

  /** Objects of a kind's plural, in the order of their paths. */
  // deno-lint-ignore no-explicit-any -- tests read any field
  objects(plural: string): any[] {
    return [...this.#objects]
      .filter(([path]) => parseRequestPath(path)?.plural === plural)
      .sort(([a], [b]) => a < b ? -1 : 1)
      .map(([, object]) => object);
  }

  /** Changes an object as its owner would (an agent a pod's status); counts as no write. */
  change(path: string, change: (object: StoredObject) => void): void {
    const object = structuredClone(this.#objects.get(path));
    if (object === undefined) throw new Error(`No object at "${path}"`);
    change(object);
    this.#store("MODIFIED", parseRequestPath(path)!, object);
  }

  /** Puts an object there as it is; counts as no write. */
  put(collection: string, object: StoredObject): void {
    const path = parseRequestPath(`${collection}/${object.metadata.name}`)!;
    const stored = structuredClone(object);
    if (path.namespace) stored.metadata.namespace = path.namespace;
    stored.metadata.uid ??= this.#host.random.uuid();
    stored.metadata.creationTimestamp ??= this.#now();
    this.#store(
      this.#objects.has(path.object!) ? "MODIFIED" : "ADDED",
      path,
      stored,
    );
  }

  /** Takes an object out at once; counts as no write. */
  remove(path: string): void {
    const object = this.#objects.get(path);
    if (object) this.#remove(parseRequestPath(path)!, object);
  }

  /** Watches (of one kind's plural, or all) hear nothing until {@linkcode FakeApi.releaseEvents}: caches grow stale. */
  holdEvents(plural?: string): void {
    this.#held ??= [];
    this.#holding = plural;
  }

  /** Delivers what was held back. */
  releaseEvents(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.#deliver(event);
  }

  /** Ends all watches as a server that closes or breaks its connections. */
  endWatches(how: "close" | "break" = "close"): void {
    for (const { controller } of this.#watches) {
      if (how === "close") controller.close();
      else controller.error(new TypeError("Connection broke"));
    }
    this.#watches.clear();
  }

  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    this.requests.push(`${request.method} ${url.pathname}${url.search}`);
    const intercepted = this.intercept(request);
    if (intercepted !== undefined) return intercepted;
    request.signal.throwIfAborted();
    const path = parseRequestPath(url.pathname);
    if (path === undefined) return failure(404, "NotFound", "not found");
    const text = await request.text();
    const body = text === "" ? undefined : JSON.parse(text);
    switch (request.method) {
      case "GET":
        return path.object !== undefined
          ? this.#get(path)
          : url.searchParams.get("watch")
          ? this.#watch(path, url.searchParams, request.signal)
          : this.#list(path, url.searchParams);
      case "POST":
        return this.#create(path, body);
      case "PUT":
        return this.#update(path, body);
      case "PATCH":
        return this.#patch(
          path,
          body,
          request.headers.get("content-type") ?? "",
        );
      case "DELETE":
        return path.object !== undefined
          ? this.#delete(path, body ?? {})
          : this.#deleteCollection(path, url.searchParams);
      default:
        return failure(405, "MethodNotAllowed", "method not allowed");
    }
  }

  #get(path: RequestPath): Response {
    const object = this.#objects.get(path.object!);
    return object === undefined ? notFound(path) : json(200, object);
  }

  #matching(path: RequestPath, query: URLSearchParams): StoredObject[] {
    return [...this.#objects]
      .filter(([at, object]) =>
        covers(path, parseRequestPath(at)!) && selected(object, query)
      )
      .sort(([a], [b]) => a < b ? -1 : 1)
      .map(([, object]) => object);
  }

  #list(path: RequestPath, query: URLSearchParams): Response {
    const items = this.#matching(path, query);
    const from = Number(query.get("continue") ?? 0);
    const limit = Number(query.get("limit") ?? 0) || items.length;
    const rest = from + limit < items.length ? String(from + limit) : undefined;
    return json(200, {
      kind: "List",
      apiVersion: "v1",
      metadata: { resourceVersion: String(this.#revision), continue: rest },
      items: items.slice(from, from + limit),
    });
  }

  #watch(
    path: RequestPath,
    query: URLSearchParams,
    signal: AbortSignal,
  ): Response {
    const after = Number(query.get("resourceVersion") ?? 0);
    let watch: FakeWatch;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        watch = { path, query, controller };
        if (after < this.oldestRevision) {
          send(
            watch,
            "ERROR",
            status(410, "Expired", "too old resource version"),
          );
          controller.close();
          return;
        }
        const held = new Set(this.#held);
        for (const event of this.#events) {
          if (event.revision > after && !held.has(event)) deliver(watch, event);
        }
        this.#watches.add(watch);
        signal.addEventListener("abort", () => {
          if (this.#watches.delete(watch)) controller.error(signal.reason);
        });
      },
      cancel: () => {
        this.#watches.delete(watch);
      },
    });
    return new Response(body, { status: 200 });
  }

  #create(path: RequestPath, body: StoredObject): Response {
    if (path.subresource === "binding") return this.#bind(path, body);
    const object = structuredClone(body);
    object.metadata ??= { name: "" };
    if (!object.metadata.name && object.metadata.generateName) {
      object.metadata.name = object.metadata.generateName +
        this.#host.random.uuid().slice(0, 5);
    }
    const full = parseRequestPath(
      `${path.collection}/${object.metadata.name}`,
    )!;
    this.writes.push(`POST ${full.object}`);
    if (this.#objects.has(full.object!)) {
      return failure(
        409,
        "AlreadyExists",
        `${path.plural} "${object.metadata.name}" already exists`,
      );
    }
    if (path.namespace) object.metadata.namespace = path.namespace;
    object.metadata.uid = this.#host.random.uuid();
    object.metadata.creationTimestamp = this.#now();
    if (object.spec !== undefined) object.metadata.generation = 1;
    if (path.plural === "pods") object.status = { phase: "Pending" };
    if (path.plural === "namespaces") {
      object.spec = { finalizers: ["kubernetes"] };
      object.status = { phase: "Active" };
    }
    return json(201, this.#store("ADDED", full, object));
  }

  #bind(path: RequestPath, binding: StoredObject): Response {
    this.writes.push(`POST ${path.object}/binding`);
    const pod = structuredClone(this.#objects.get(path.object!));
    if (pod === undefined) return notFound(path);
    if (pod.spec.nodeName) {
      return failure(
        409,
        "Conflict",
        `pod ${pod.metadata.name} is already assigned to node "${pod.spec.nodeName}"`,
      );
    }
    pod.spec.nodeName = binding.target.name;
    pod.status.conditions = [
      ...(pod.status.conditions ?? []).filter((c: { type: string }) =>
        c.type !== "PodScheduled"
      ),
      { type: "PodScheduled", status: "True", lastTransitionTime: this.#now() },
    ];
    this.#store("MODIFIED", path, pod);
    return json(201, status(201, "", ""));
  }

  #update(path: RequestPath, body: StoredObject): Response {
    this.writes.push(
      `PUT ${path.object}${path.subresource ? `/${path.subresource}` : ""}`,
    );
    const held = this.#objects.get(path.object!);
    if (held === undefined) return notFound(path);
    return this.#replace(path, held, body);
  }

  #replace(
    path: RequestPath,
    held: StoredObject,
    body: StoredObject,
  ): Response {
    const version = body.metadata.resourceVersion;
    if (version && version !== held.metadata.resourceVersion) {
      return failure(
        409,
        "Conflict",
        "the object has been modified; please apply your changes to the latest version and try again",
      );
    }
    const next = structuredClone(body);
    for (
      const field of [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "generation",
      ]
    ) {
      if (held.metadata[field] !== undefined) {
        next.metadata[field] = held.metadata[field];
      }
    }
    if (path.subresource === "status") {
      next.spec = held.spec;
    } else if (path.subresource === "finalize") {
      next.status = held.status;
    } else if (held.status !== undefined) {
      next.status = held.status;
    }
    if (next.spec !== undefined && !sameJson(next.spec, held.spec)) {
      next.metadata.generation = (held.metadata.generation ?? 0) + 1;
    }
    next.metadata.resourceVersion = held.metadata.resourceVersion!;
    if (sameJson(next, held)) return json(200, held);
    // A pod that has time left ends with its node's word, not with a write.
    const isDue = !next.metadata.deletionGracePeriodSeconds;
    if (next.metadata.deletionTimestamp && isDue && finished(next)) {
      return json(200, this.#remove(path, next));
    }
    return json(200, this.#store("MODIFIED", path, next));
  }

  #patch(path: RequestPath, body: unknown, contentType: string): Response {
    this.writes.push(
      `PATCH ${path.object}${path.subresource ? `/${path.subresource}` : ""}`,
    );
    const held = this.#objects.get(path.object!);
    if (held === undefined) return notFound(path);
    const next = applyPatch(held, body, contentType) as StoredObject;
    const { uid } = (body as StoredObject).metadata ?? {};
    if (uid !== undefined && uid !== held.metadata.uid) {
      return failure(
        409,
        "Conflict",
        "Precondition failed: UID in precondition",
      );
    }
    const version = (body as StoredObject).metadata?.resourceVersion;
    next.metadata.resourceVersion = version ?? held.metadata.resourceVersion!;
    return this.#replace(path, held, next);
  }

  #delete(path: RequestPath, options: {
    gracePeriodSeconds?: number;
    propagationPolicy?: string;
    preconditions?: { uid?: string; resourceVersion?: string };
  }): Response {
    this.writes.push(`DELETE ${path.object}`);
    const held = this.#objects.get(path.object!);
    if (held === undefined) return notFound(path);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (
      uid && uid !== held.metadata.uid ||
      resourceVersion && resourceVersion !== held.metadata.resourceVersion
    ) return failure(409, "Conflict", "Precondition failed");
    const next = structuredClone(held);
    if (
      options.propagationPolicy === "Foreground" ||
      options.propagationPolicy === "Orphan"
    ) {
      const finalizer = options.propagationPolicy === "Orphan"
        ? "orphan"
        : "foregroundDeletion";
      next.metadata.finalizers = [
        ...new Set([...next.metadata.finalizers ?? [], finalizer]),
      ];
    }
    const graceful = path.plural === "pods" && held.spec?.nodeName &&
      !["Succeeded", "Failed"].includes(held.status?.phase) &&
      options.gracePeriodSeconds !== 0;
    if (path.plural === "namespaces") {
      next.status = { ...next.status, phase: "Terminating" };
    }
    if (graceful || !finished(next)) {
      if (next.metadata.deletionTimestamp && sameJson(next, held)) {
        return json(200, held);
      }
      next.metadata.deletionTimestamp ??= this.#now();
      if (graceful) {
        next.metadata.deletionGracePeriodSeconds = options.gracePeriodSeconds ??
          30;
      }
      return json(200, this.#store("MODIFIED", path, next));
    }
    return json(200, this.#remove(path, held));
  }

  #deleteCollection(path: RequestPath, query: URLSearchParams): Response {
    for (const object of this.#matching(path, query)) {
      const { name, namespace } = object.metadata;
      this.#delete(
        parseRequestPath(
          namespace && !path.namespace
            ? `${path.root}/namespaces/${namespace}/${path.plural}/${name}`
            : `${path.collection}/${name}`,
        )!,
        {},
      );
    }
    return json(200, status(200, "", ""));
  }

  #store(
    type: "ADDED" | "MODIFIED",
    path: RequestPath,
    object: StoredObject,
  ): StoredObject {
    const previous = this.#objects.get(path.object!);
    object.metadata.resourceVersion = String(++this.#revision);
    this.#objects.set(path.object!, object);
    this.#emit({
      revision: this.#revision,
      path,
      type,
      object,
      ...previous === undefined ? {} : { previous },
    });
    return object;
  }

  #remove(path: RequestPath, object: StoredObject): StoredObject {
    this.#objects.delete(path.object!);
    const last = structuredClone(object);
    last.metadata.resourceVersion = String(++this.#revision);
    this.#emit({
      revision: this.#revision,
      path,
      type: "DELETED",
      object: last,
      previous: object,
    });
    return last;
  }

  #emit(event: FakeEvent): void {
    this.#events.push(event);
    if (
      this.#held !== undefined &&
      (this.#holding ?? event.path.plural) === event.path.plural
    ) this.#held.push(event);
    else this.#deliver(event);
  }

  #deliver(event: FakeEvent): void {
    for (const watch of this.#watches) deliver(watch, event);
  }

  #now(): string {
    return new Date(this.#host.clock.now()).toISOString().replace(
      /\.\d+Z$/,
      "Z",
    );
  }
}

/** Whether nothing holds a deleted object back. */
function finished(object: StoredObject): boolean {
  return (object.metadata.finalizers ?? []).length === 0 &&
    (object.kind !== "Namespace" ||
      (object.spec?.finalizers ?? []).length === 0);
}

function covers(collection: RequestPath, path: RequestPath): boolean {
  return collection.root === path.root && collection.plural === path.plural &&
    (collection.namespace === undefined ||
      collection.namespace === path.namespace);
}

function selected(object: StoredObject, query: URLSearchParams): boolean {
  return matchesLabels(
    object.metadata.labels ?? {},
    query.get("labelSelector") ?? "",
  ) &&
    matchesFields(object, query.get("fieldSelector") ?? "");
}

function deliver(watch: FakeWatch, event: FakeEvent): void {
  if (!covers(watch.path, event.path)) return;
  const now = event.type !== "DELETED" && selected(event.object, watch.query);
  const before = event.previous !== undefined &&
    selected(event.previous, watch.query);
  if (now) send(watch, before ? "MODIFIED" : "ADDED", event.object);
  else if (before) {
    const object = event.type === "DELETED" ? event.object : {
      ...event.previous!,
      metadata: {
        ...event.previous!.metadata,
        resourceVersion: String(event.revision),
      },
    };
    send(watch, "DELETED", object);
  }
}

function send(watch: FakeWatch, type: string, object: unknown): void {
  watch.controller.enqueue(
    new TextEncoder().encode(JSON.stringify({ type, object }) + "\n"),
  );
}

function json(code: number, value: unknown): Response {
  return new Response(JSON.stringify(value), {
    status: code,
    headers: { "content-type": "application/json" },
  });
}

function status(code: number, reason: string, message: string): unknown {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: code < 400 ? "Success" : "Failure",
    reason,
    message,
    code,
  };
}

function failure(code: number, reason: string, message: string): Response {
  return json(code, status(code, reason, message));
}

function notFound(path: RequestPath): Response {
  return failure(404, "NotFound", `${path.plural} "${path.name}" not found`);
}
