/**
 * A registry for tests, over each of its storages, under virtual time.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BlobStore } from "../../base/blob_store.ts";
import { decodeText, encodeText } from "../../base/bytes.ts";
import type { Host } from "../../base/host.ts";
import {
  type ContentDigest,
  contentDigest,
} from "../../base/oci/content_digest.ts";
import { makeRealHost } from "../../base/real_host.ts";
import { KvBlobStore } from "../../store/kv_blob_store.ts";
import { MemoryKv, MemoryKvData } from "../../store/memory_kv.ts";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { DiskBlobStore } from "./disk_blob_store.ts";
import { Registry, type RegistryOptions } from "./registry.ts";

/** Where contents are. */
export type Storage = "disk" | "kv";

/** What of a registry a test sets. */
export interface RigOptions extends
  Pick<
    RegistryOptions,
    "quotaBytes" | "reserveBytes" | "graceMs" | "stallMs"
  > {
  /** @default "disk" */
  readonly storage?: Storage;
  /** Waits as long as a step of the KV takes. @default it takes no time */
  readonly kvDelay?: () => Promise<void>;
  /** Changes the store of contents. */
  readonly wrap?: (store: BlobStore) => BlobStore;
}

/** What is asked. */
export interface Ask {
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream;
  /** @default "admin" */
  readonly user?: string;
  /** What who asks may do besides. @default all */
  readonly may?: (verb: string, path: string) => boolean;
}

/** See the module. */
export class RegistryRig implements AsyncDisposable {
  readonly virtual = new VirtualHost();
  readonly host: Host;
  readonly data = new MemoryKvData();
  readonly dir = Deno.makeTempDirSync();
  readonly #options: RigOptions;
  #registry: Registry | undefined;
  #kv: MemoryKv | undefined;

  private constructor(options: RigOptions) {
    this.#options = options;
    const { clock, spawn, log } = this.virtual;
    this.host = {
      ...makeRealHost({ writeLog: () => {} }),
      clock,
      spawn: spawn.bind(this.virtual),
      log: log.bind(this.virtual),
    };
  }

  /** A new one. */
  static async open(options: RigOptions = {}): Promise<RegistryRig> {
    const rig = new RegistryRig(options);
    await rig.start();
    return rig;
  }

  /** Starts the registry over what is there. */
  async start(): Promise<void> {
    const { storage = "disk", wrap = (store) => store, kvDelay, ...rest } =
      this.#options;
    const kv = this.#kv = new MemoryKv(
      this.data,
      kvDelay === undefined ? {} : { delay: kvDelay },
    );
    const store = storage === "disk"
      ? await DiskBlobStore.open(this.host, `${this.dir}/registry`)
      : await KvBlobStore.open(this.host, { kv, prefix: ["contents"] });
    this.#registry = await Registry.open(this.host, {
      store: wrap(store),
      kv,
      prefix: ["index"],
      ...rest,
    });
  }

  /** Ends the process and starts the next. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    await this.#registry?.[Symbol.asyncDispose]();
    this.#kv?.close();
  }

  /** Asks for a path below `/v2/`. */
  async ask(method: string, path: string, ask: Ask = {}): Promise<Response> {
    const url = new URL(path, "http://registry/v2/");
    const { headers, user = "admin", may = () => true } = ask;
    const body = typeof ask.body === "string" ? encodeText(ask.body) : ask.body;
    const length: Record<string, string> = body instanceof Uint8Array
      ? { "content-length": String(body.length) }
      : {};
    return await this.#registry!.answer({
      request: new Request(url, {
        method,
        headers: { ...length, ...headers },
        ...body !== undefined && { body },
      }),
      path: decodeURIComponent(url.pathname),
      params: url.searchParams,
      user,
      may,
    });
  }

  /** Asks, and insists on the status. */
  async expect(
    status: number,
    method: string,
    path: string,
    ask: Ask = {},
  ): Promise<Response> {
    const answer = await this.ask(method, path, ask);
    if (answer.status !== status) {
      assert.fail(
        `${method} ${path}: ${answer.status} ${await answer
          .text()}, not ${status}`,
      );
    }
    return answer;
  }

  /** Asks for what is refused. @returns the code */
  async refusal(
    status: number,
    method: string,
    path: string,
    ask: Ask = {},
  ): Promise<string> {
    const answer = await this.expect(status, method, path, ask);
    return (await answer.json()).errors[0].code;
  }

  /** Asks for JSON. */
  // deno-lint-ignore no-explicit-any
  async json(path: string, ask: Ask = {}): Promise<any> {
    return await (await this.expect(200, "GET", path, ask)).json();
  }

  /** Begins an upload. @returns its path */
  async begin(repository: string): Promise<string> {
    const path = `${repository}/blobs/uploads/`;
    const answer = await this.expect(202, "POST", path);
    return answer.headers.get("location")!;
  }

  /** Pushes a blob. */
  async pushBlob(
    repository: string,
    content: Uint8Array<ArrayBuffer> | string,
  ): Promise<ContentDigest> {
    const body = typeof content === "string" ? encodeText(content) : content;
    const digest = this.sha256(body);
    const upload = await this.begin(repository);
    await this.expect(201, "PUT", `${upload}?digest=${digest}`, { body });
    return digest;
  }

  /** Pushes a manifest. */
  async pushManifest(
    repository: string,
    reference: string | undefined,
    manifest: Record<string, unknown>,
  ): Promise<ContentDigest> {
    const body = encodeText(JSON.stringify(manifest));
    const digest = this.sha256(body);
    await this.expect(
      201,
      "PUT",
      `${repository}/manifests/${reference ?? digest}`,
      { body },
    );
    return digest;
  }

  /** Pushes an image with these layers. @returns digests of the manifest and all blobs */
  async pushImage(
    repository: string,
    tag: string | undefined,
    layers: readonly string[],
  ): Promise<{ manifest: ContentDigest; blobs: ContentDigest[] }> {
    const config = await this.pushBlob(repository, "{}");
    const blobs = [config];
    for (const layer of layers) {
      blobs.push(await this.pushBlob(repository, layer));
    }
    const manifest = await this.pushManifest(
      repository,
      tag,
      imageOf(blobs, ["{}", ...layers]),
    );
    return { manifest, blobs };
  }

  /** Digest of a content. */
  sha256(content: Uint8Array | string): ContentDigest {
    const bytes = typeof content === "string" ? encodeText(content) : content;
    return contentDigest(this.host, "sha256", bytes);
  }

  /** Names of all that lies on the disk, but for the forms' files. */
  files(folder = "registry"): string[] {
    if ((this.#options.storage ?? "disk") === "kv") return [];
    const found: string[] = [];
    for (
      const { name, isDirectory } of Deno.readDirSync(`${this.dir}/${folder}`)
    ) {
      if (isDirectory) found.push(...this.files(`${folder}/${name}`));
      else if (name !== "format") found.push(`${folder}/${name}`);
    }
    return found.sort();
  }

  /** All keys of the KV, as text. */
  async keys(): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of this.#kv!.list({ prefix: [] })) {
      found.push(key.join(" "));
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.dir, { recursive: true });
    assert.deepEqual(this.virtual.failures, []);
  }
}

/** Registers a test over both storages. */
export function overBoth(
  name: string,
  fn: (rig: RegistryRig) => Promise<void>,
  options: RigOptions = {},
): void {
  for (const storage of ["disk", "kv"] as const) {
    Deno.test(`Registry on ${storage} ${name}`, async () => {
      await using rig = await RegistryRig.open({ storage, ...options });
      await fn(rig);
    });
  }
}

/** The manifest of an image; the first blob is the config. */
export function imageOf(
  digests: readonly ContentDigest[],
  contents: readonly string[],
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const [config, ...layers] = digests.map((digest, n) => ({
    mediaType: n === 0
      ? "application/vnd.oci.image.config.v1+json"
      : "application/vnd.oci.image.layer.v1.tar",
    digest,
    size: contents[n]!.length,
  }));
  return {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config,
    layers,
    ...more,
  };
}

/** A body that comes in pieces, and then breaks off if it is to. */
export function pieces(
  parts: readonly string[],
  options: {
    readonly breaksOff?: boolean;
    /** Called once all parts were taken; nothing comes any more, not even the end. */
    readonly onHang?: () => void;
  } = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const left = parts.map(encodeText);
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next !== undefined) return controller.enqueue(next);
      if (options.onHang !== undefined) {
        options.onHang();
        return new Promise(() => {});
      }
      if (options.breaksOff) controller.error(new Error("Connection reset"));
      else controller.close();
    },
  }, { highWaterMark: 0 });
}

/** The text of an answer's body. */
export async function textOf(answer: Response): Promise<string> {
  return decodeText(new Uint8Array(await answer.arrayBuffer()));
}
