/**
 * A client of registries, for what has a digest.
 *
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md}
 *
 * @module
 */
import { concat, decodeText, encodeText } from "../../base/bytes.ts";
import { type Host, HostError } from "../../base/host.ts";
import { type Digest, digestOf, isDigest } from "../../base/oci/digest.ts";
import type { Descriptor } from "../../base/oci/manifest.ts";
import { MANIFEST_TYPES } from "../../base/oci/media_types.ts";
import type { BlobSource } from "./blob_source.ts";
import { boundedBlob } from "./bounded_blob.ts";
import { Exchange, type RegistryOptions } from "./exchange.ts";
import { type ManifestAnswer, readManifest } from "./manifest_answer.ts";
import { readBounded } from "./read_bounded.ts";
import { RegistryError, registryError } from "./registry_error.ts";
import { Upload } from "./upload.ts";

/** The largest page of a list. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** How many pages of a list are read. */
const MAX_PAGES = 1_000;
/** How often in a row a content that is cut is asked for without any of it coming. */
const MAX_EMPTY_CUTS = 3;

type ClientHost = Pick<Host, "clock" | "random" | "crypto">;

/** What all calls take. */
interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Talks to one registry. Errors are {@linkcode RegistryError}, or {@linkcode HostError} where it cannot be reached. */
export class RegistryClient {
  readonly #host: ClientHost;
  readonly #exchange: Exchange;

  constructor(host: ClientHost, options: RegistryOptions) {
    this.#host = host;
    this.#exchange = new Exchange(host, options);
  }

  /** `registry.example:5000`. */
  get name(): string {
    return this.#exchange.name;
  }

  /** Whether it is there, and knows who asks. @throws {RegistryError} 401 when it does not */
  async ping(options: CallOptions = {}): Promise<void> {
    const { response } = await this.#exchange.send({
      at: "",
      signal: options.signal,
    });
    if (!response.ok) {
      throw await registryError(`use ${this.name}`, response);
    }
    await response.body?.cancel();
  }

  /** A manifest or an index, by tag or digest, verified. */
  async manifest(
    repository: string,
    reference: string,
    options: CallOptions & {
      /** Media types, best first. @default all that we know */
      readonly accept?: readonly string[];
    } = {},
  ): Promise<ManifestAnswer> {
    const what = `get the manifest "${
      nameOf(repository, reference)
    }" from ${this.name}`;
    const { response } = await this.#exchange.send({
      at: `${repository}/manifests/${reference}`,
      headers: { accept: (options.accept ?? MANIFEST_TYPES).join(", ") },
      scopes: pullScope(repository),
      signal: options.signal,
    });
    if (response.status !== 200) throw await registryError(what, response);
    return await readManifest(this.#host, response, { what, reference });
  }

  /** The digest that a tag stands for now, where the registry tells it without the manifest. */
  async digestOf(
    repository: string,
    reference: string,
    options: CallOptions = {},
  ): Promise<Digest | undefined> {
    const { response } = await this.#exchange.send({
      method: "HEAD",
      at: `${repository}/manifests/${reference}`,
      headers: { accept: MANIFEST_TYPES.join(", ") },
      scopes: pullScope(repository),
      signal: options.signal,
    });
    await response.body?.cancel();
    if (response.status !== 200) {
      throw await registryError(
        `get the digest of "${
          nameOf(repository, reference)
        }" from ${this.name}`,
        response,
      );
    }
    const digest = response.headers.get("docker-content-digest") ?? "";
    return isDigest(digest) ? digest : undefined;
  }

  /**
   * A content from a place in it, to be verified by whoever reads it: never more of it than its descriptor says, and an error instead of an end where
   * it ends early.
   */
  async blob(
    repository: string,
    descriptor: Pick<Descriptor, "digest" | "size">,
    options: CallOptions & {
      /** @default 0 */
      readonly offset?: number;
    } = {},
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const { digest, size } = descriptor;
    const { offset = 0, signal } = options;
    const what = `get the content ${digest} from ${this.name}`;
    const { response } = await this.#exchange.send({
      at: `${repository}/blobs/${digest}`,
      headers: offset > 0 ? { range: `bytes=${offset}-${size - 1}` } : {},
      scopes: pullScope(repository),
      signal,
    });
    const { status, headers } = response;
    if (status !== 200 && status !== 206) {
      throw await registryError(what, response);
    }
    const body = response.body ?? new Blob([]).stream();
    // Not everybody on the way knows ranges: then all of it comes again.
    const start = status === 200 ? 0 : startOf(headers);
    const told = Number(headers.get("content-length") ?? NaN);
    const problem = start === undefined || start > offset
      ? `it begins at ${headers.get("content-range")} instead of ${offset}`
      : told > size - start && !headers.has("content-encoding")
      ? `it is to have ${told} bytes, and its manifest says ${size - start}`
      : undefined;
    if (problem !== undefined) {
      await body.cancel();
      throw new RegistryError(`Cannot ${what}: ${problem}`, { status: 0 });
    }
    return boundedBlob(body, {
      skip: offset - start!,
      length: size - offset,
      what,
    });
  }

  /** A whole content, verified; goes on where it is cut. For what is small: a config, a module. */
  async blobBytes(
    repository: string,
    descriptor: Pick<Descriptor, "digest" | "size">,
    options: CallOptions & { readonly limitBytes: number },
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { digest, size } = descriptor;
    const what = `get the content ${digest} from ${this.name}`;
    if (!(size >= 0 && size <= options.limitBytes)) {
      throw new RegistryError(
        `Cannot ${what}: it has ${size} bytes, the limit is ${options.limitBytes}`,
        { status: 0 },
      );
    }
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let offset = 0;
    for (let cuts = 0; offset < size;) {
      const begun = offset;
      try {
        const stream = await this.blob(repository, descriptor, {
          offset,
          ...options.signal && { signal: options.signal },
        });
        for await (const part of stream) {
          parts.push(part);
          offset += part.length;
        }
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        cuts = offset > begun ? 0 : cuts + 1;
        if (cuts >= MAX_EMPTY_CUTS) throw error;
      }
    }
    const content = concat(parts);
    const came = digestOf(this.#host, content);
    if (came === digest) return content;
    throw new RegistryError(
      `Cannot ${what}: what came has the digest ${came}`,
      { status: 0 },
    );
  }

  /** Whether the registry has a content. */
  async hasBlob(
    repository: string,
    digest: Digest,
    options: CallOptions = {},
  ): Promise<boolean> {
    const { response } = await this.#exchange.send({
      method: "HEAD",
      at: `${repository}/blobs/${digest}`,
      scopes: pullScope(repository),
      signal: options.signal,
    });
    await response.body?.cancel();
    if (response.status === 200) return true;
    if (response.status === 404) return false;
    throw await registryError(
      `ask ${this.name} for the content ${digest}`,
      response,
    );
  }

  /** Brings a content there, unless it is there. Large ones go in chunks, and on where they were cut. */
  async uploadBlob(
    repository: string,
    source: BlobSource,
    options: CallOptions & {
      /** A repository of the same registry that may have it. */
      readonly mountFrom?: string;
      /** Called with the bytes that the registry has. */
      readonly onProgress?: (sentBytes: number) => void;
    } = {},
  ): Promise<"present" | "mounted" | "sent"> {
    const { mountFrom } = options;
    if (await this.hasBlob(repository, source.digest, options)) {
      return "present";
    }
    return await new Upload(this.#host, {
      ...options,
      exchange: this.#exchange,
      repository,
      source,
      scopes: [
        ...pushScope(repository),
        ...mountFrom === undefined ? [] : pullScope(mountFrom),
      ],
    }).run();
  }

  /** Brings a manifest there, whose contents must be there already; answers its digest. @param reference a tag, or its digest */
  async putManifest(
    repository: string,
    reference: string,
    manifest: {
      readonly mediaType: string;
      readonly content: Uint8Array<ArrayBuffer> | string;
    },
    options: CallOptions = {},
  ): Promise<Digest> {
    const what = `send the manifest "${
      nameOf(repository, reference)
    }" to ${this.name}`;
    const body = typeof manifest.content === "string"
      ? encodeText(manifest.content)
      : manifest.content;
    const { response } = await this.#exchange.send({
      method: "PUT",
      at: `${repository}/manifests/${reference}`,
      headers: { "content-type": manifest.mediaType },
      body,
      scopes: pushScope(repository),
      signal: options.signal,
    });
    if (response.status !== 201) throw await registryError(what, response);
    await response.body?.cancel();
    const digest = digestOf(this.#host, body);
    const told = response.headers.get("docker-content-digest");
    if (told !== null && told !== digest) {
      throw new RegistryError(
        `Cannot ${what}: it took something else, ${told}`,
        { status: 0 },
      );
    }
    return digest;
  }

  /** Takes a tag away, or by its digest a manifest with all its tags. */
  async deleteManifest(
    repository: string,
    reference: string,
    options: CallOptions = {},
  ): Promise<void> {
    const { response } = await this.#exchange.send({
      method: "DELETE",
      at: `${repository}/manifests/${reference}`,
      scopes: [`repository:${repository}:delete,pull`],
      signal: options.signal,
    });
    if (!response.ok) {
      throw await registryError(
        `delete "${nameOf(repository, reference)}" from ${this.name}`,
        response,
      );
    }
    await response.body?.cancel();
  }

  /** All tags of a repository, in the registry's order. */
  tags(repository: string, options: CallOptions = {}): Promise<string[]> {
    return this.#pages("tags", {
      at: `${repository}/tags/list`,
      what: `list the tags of "${repository}" of ${this.name}`,
      scopes: pullScope(repository),
      ...options,
    });
  }

  /** All repositories, where the registry tells them. */
  catalog(options: CallOptions = {}): Promise<string[]> {
    return this.#pages("repositories", {
      at: "_catalog",
      what: `list the repositories of ${this.name}`,
      scopes: ["registry:catalog:*"],
      ...options,
    });
  }

  async #pages(key: "tags" | "repositories", list: {
    at: string;
    what: string;
    scopes: readonly string[];
    signal?: AbortSignal;
  }): Promise<string[]> {
    const all: string[] = [];
    let at: string | URL = list.at;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const { response, url } = await this.#exchange.send({
        at,
        scopes: list.scopes,
        signal: list.signal,
      });
      if (response.status !== 200) {
        throw await registryError(list.what, response);
      }
      const page = JSON.parse(
        decodeText(await readBounded(response, MAX_PAGE_BYTES)),
      );
      const found: unknown = page?.[key] ?? [];
      if (!Array.isArray(found)) {
        throw new RegistryError(
          `Cannot ${list.what}: what came is no such list`,
          { status: 0 },
        );
      }
      all.push(...found.map(String));
      const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(
        response.headers.get("link") ?? "",
      )?.[1];
      if (next === undefined) return all;
      at = this.#exchange.next(url, next);
    }
    throw new RegistryError(
      `Cannot ${list.what}: it has more than ${MAX_PAGES} pages`,
      { status: 0 },
    );
  }
}

/** `team/app:1`, `team/app@sha256:…`. */
function nameOf(repository: string, reference: string): string {
  return `${repository}${isDigest(reference) ? "@" : ":"}${reference}`;
}

function pullScope(repository: string): string[] {
  return [`repository:${repository}:pull`];
}

function pushScope(repository: string): string[] {
  return [`repository:${repository}:pull,push`];
}

/** Where a part begins: `Content-Range: bytes 10-19/20`. */
function startOf(headers: Headers): number | undefined {
  const [, start] = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "") ??
    [];
  return start === undefined ? undefined : Number(start);
}
