/**
 * A registry of images and artifacts, as the distribution specification has it: pull, push, content discovery and content management.
 *
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md}
 *
 * @module
 */
import type { BlobStore } from "../../base/blob_store.ts";
import type { Kv } from "../../base/host.ts";
import { deleteBlob, getBlob } from "./blob_requests.ts";
import { STALL_MS } from "./body.ts";
import { Garbage, GARBAGE_GRACE_MS } from "./garbage.ts";
import { KeyedLock } from "./keyed_lock.ts";
import { listReferrers, listRepositories, listTags } from "./list_requests.ts";
import {
  deleteManifest,
  getManifest,
  putManifest,
} from "./manifest_requests.ts";
import type { RegistryParts, RegistryRequest } from "./parts.ts";
import { PushActivity } from "./push_activity.ts";
import { RegistryError } from "./registry_error.ts";
import { RegistryIndex } from "./registry_index.ts";
import { parseRoute, type RegistryRoute } from "./registry_route.ts";
import { clearly, Space } from "./space.ts";
import { TransferGate } from "./transfer_gate.ts";
import {
  beginUpload,
  deleteUpload,
  getUpload,
  patchUpload,
  putUpload,
} from "./upload_requests.ts";
import { Uploads } from "./uploads.ts";

/** What a registry is made of. */
export interface RegistryOptions {
  /** Keeps the contents. The registry closes it. */
  readonly store: BlobStore;
  /** Keeps what is known of them, below the prefix. The caller closes it. */
  readonly kv: Kv;
  /** Where in the KV. */
  readonly prefix: Deno.KvKey;
  /** Most bytes of contents. @default as many as the disk has */
  readonly quotaBytes?: number;
  /** What is left on the disk, in bytes. @default 64 MiB */
  readonly reserveBytes?: number;
  /** So long after the last change garbage is collected. @default {@linkcode GARBAGE_GRACE_MS} */
  readonly graceMs?: number;
  /** A transfer in which nothing moves for so long is given up. @default {@linkcode STALL_MS} */
  readonly stallMs?: number;
}

/** See the module. */
export class Registry implements AsyncDisposable {
  readonly #parts: RegistryParts;
  readonly #uploads: Uploads;

  private constructor(parts: RegistryParts, uploads: Uploads) {
    this.#parts = parts;
    this.#uploads = uploads;
  }

  /** Opens a registry over what is stored. */
  static async open(
    host: RegistryParts["host"],
    options: RegistryOptions,
  ): Promise<Registry> {
    const { store, kv, prefix } = options;
    const parts: RegistryParts = {
      host,
      store,
      index: new RegistryIndex(kv, prefix),
      locks: new KeyedLock(),
      activity: new PushActivity(host.clock),
      space: await Space.measure(store, options),
      gate: new TransferGate(host.clock),
      garbage: new Garbage(options.graceMs ?? GARBAGE_GRACE_MS),
      stallMs: options.stallMs ?? STALL_MS,
    };
    const registry = new Registry(parts, await Uploads.load(parts));
    parts.garbage.start(parts);
    return registry;
  }

  /** Answers a request; what it refuses it tells in the specification's words. */
  async answer(asked: RegistryRequest): Promise<Response> {
    try {
      const route = parseRoute(asked.path);
      const answering = route && this.#answering(route, asked);
      if (answering === undefined) {
        throw new RegistryError("UNSUPPORTED", "There is no such path", {
          status: 404,
        });
      }
      return await answering();
    } catch (thrown) {
      const error = clearly(thrown);
      if (!(error instanceof RegistryError)) throw error;
      // What is still coming is not wanted: the connection is not to wait for it.
      asked.request.body?.cancel().catch(() => {});
      return error.answer();
    }
  }

  /** Figures for `/debug/state`. */
  stats(): Record<string, unknown> {
    const { gate, space } = this.#parts;
    return { transfers: gate.figures, usedBytes: space.usedBytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#uploads.close();
    await this.#parts.garbage.close();
    await this.#parts.store[Symbol.asyncDispose]();
  }

  #answering(
    route: RegistryRoute,
    asked: RegistryRequest,
  ): (() => Promise<Response>) | undefined {
    const parts = this.#parts;
    const uploads = this.#uploads;
    const { method } = asked.request;
    const methods = this.#methods(route, asked, { parts, uploads });
    if (Object.hasOwn(methods, method)) return methods[method];
    throw new RegistryError(
      "UNSUPPORTED",
      "The path does not have that method",
      { headers: { allow: Object.keys(methods).join(", ") } },
    );
  }

  #methods(
    route: RegistryRoute,
    asked: RegistryRequest,
    { parts, uploads }: { parts: RegistryParts; uploads: Uploads },
  ): Record<string, () => Promise<Response>> {
    switch (route.at) {
      case "base":
        return both(() => Promise.resolve(Response.json({})));
      case "catalog":
        return { GET: () => listRepositories(parts, asked) };
      case "collection":
        return { POST: () => collectNow(parts, asked) };
      case "tags":
        return { GET: () => listTags(parts, { ...asked, ...route }) };
      case "referrers":
        return { GET: () => listReferrers(parts, { ...asked, ...route }) };
      case "uploads":
        return {
          POST: () => beginUpload(parts, uploads, { ...asked, ...route }),
        };
      case "upload": {
        const request = { ...asked, ...route };
        return {
          GET: () => getUpload(uploads, request),
          PATCH: () => patchUpload(uploads, request),
          PUT: () => putUpload(uploads, request),
          DELETE: () => deleteUpload(uploads, request),
        };
      }
      case "blob": {
        const request = { ...asked, ...route };
        return {
          ...both(() => getBlob(parts, request)),
          DELETE: () => deleteBlob(parts, request),
        };
      }
      case "manifest": {
        const request = { ...asked, ...route };
        return {
          ...both(() => getManifest(parts, request)),
          PUT: () => putManifest(parts, request),
          DELETE: () => deleteManifest(parts, request),
        };
      }
    }
  }
}

function both(
  answer: () => Promise<Response>,
): Record<"GET" | "HEAD", () => Promise<Response>> {
  return { GET: answer, HEAD: answer };
}

/** `POST /v2/_wherry/registry/garbage?graceSeconds=N`: collects at once. */
async function collectNow(
  { garbage }: RegistryParts,
  { params, request }: RegistryRequest,
): Promise<Response> {
  await request.body?.cancel();
  const seconds = params.get("graceSeconds");
  if (seconds !== null && !/^\d{1,9}$/.test(seconds)) {
    throw new RegistryError("UNSUPPORTED", "The number graceSeconds is none", {
      status: 400,
    });
  }
  const report = await garbage.collect(
    seconds === null ? undefined : Number(seconds) * 1000,
  );
  return Response.json(report);
}
