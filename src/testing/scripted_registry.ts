/**
 * A registry in memory, for tests: the distribution specification as far as pushes and pulls need it, with a script for what goes wrong.
 *
 * @module
 */
import { concat, decodeText, encodeText } from "../base/bytes.ts";
import { encodeHex } from "../base/bytes.ts";
import type { Digest } from "../base/oci/digest.ts";
import type { Descriptor } from "../base/oci/manifest.ts";
import { OCI_MANIFEST } from "../base/oci/media_types.ts";
import { createHash } from "node:crypto";

/** A request that came. */
export interface AskedFor {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly range: string | null;
}

/** How it asks who is there. */
export type RegistryDoor =
  | { readonly basic: Readonly<Record<string, string>> }
  | { readonly bearer: { readonly realm: string; readonly token: string } };

/** What it may be told. */
export interface ScriptedRegistryOptions {
  readonly door?: RegistryDoor;
  /** Answers in the registry's place, or not. */
  readonly script?: (
    request: Request,
    path: string,
  ) => Response | undefined | Promise<Response | undefined>;
  /** Whether it knows the header `Range`. @default true */
  readonly ranges?: boolean;
}

/** What a test pushes without asking how. */
export interface TestArtifact {
  readonly repository: string;
  readonly tag?: string;
  readonly configType: string;
  /** @default {} */
  readonly config?: unknown;
  readonly layers: readonly {
    readonly mediaType: string;
    readonly content: Uint8Array<ArrayBuffer> | string;
    /** Descriptor's fields that lie. */
    readonly lie?: Partial<Descriptor>;
  }[];
  readonly artifactType?: string;
}

/** See the module. */
export class ScriptedRegistry {
  /** Contents by digest. */
  readonly blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Manifests by `repository@digest` and `repository:tag`. */
  readonly manifests = new Map<
    string,
    { content: Uint8Array<ArrayBuffer>; mediaType: string; digest: Digest }
  >();
  /** All that came, oldest first. */
  readonly asked: AskedFor[] = [];
  /** Bytes of contents that were sent. */
  contentBytes = 0;
  options: ScriptedRegistryOptions;
  readonly #uploads = new Map<string, Uint8Array<ArrayBuffer>[]>();
  #count = 0;

  constructor(options: ScriptedRegistryOptions = {}) {
    this.options = options;
  }

  /** Puts an artifact there; answers its manifest's digest. */
  put(artifact: TestArtifact): Digest {
    const descriptor = (
      mediaType: string,
      content: Uint8Array<ArrayBuffer>,
      lie: Partial<Descriptor> = {},
    ): Descriptor => {
      const digest = sha256(content);
      this.blobs.set(digest, content);
      return { mediaType, digest, size: content.length, ...lie };
    };
    const config = encodeText(JSON.stringify(artifact.config ?? {}));
    return this.putManifest(artifact.repository, artifact.tag ?? "1", {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      ...artifact.artifactType && { artifactType: artifact.artifactType },
      config: descriptor(artifact.configType, config),
      layers: artifact.layers.map(({ mediaType, content, lie }) =>
        descriptor(
          mediaType,
          typeof content === "string" ? encodeText(content) : content,
          lie,
        )
      ),
    });
  }

  /** Puts a manifest or an index there as it is. */
  putManifest(repository: string, tag: string, manifest: unknown): Digest {
    const content = typeof manifest === "string"
      ? encodeText(manifest)
      : encodeText(JSON.stringify(manifest));
    const digest = sha256(content);
    const { mediaType = OCI_MANIFEST } =
      (typeof manifest === "object" ? manifest : {}) as { mediaType?: string };
    const entry = { content, mediaType, digest };
    this.manifests.set(`${repository}:${tag}`, entry);
    this.manifests.set(`${repository}@${digest}`, entry);
    return digest;
  }

  /** Answers a request. */
  readonly fetch = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const path = pathname.replace(/^\/v2\//, "") + search;
    this.asked.push({
      method: request.method,
      path,
      authorization: request.headers.get("authorization"),
      range: request.headers.get("range"),
    });
    return await this.options.script?.(request, path) ??
      this.#closed(request) ?? await this.#answer(request, path);
  };

  #closed(request: Request): Response | undefined {
    const { door } = this.options;
    if (!door) return undefined;
    const header = request.headers.get("authorization") ?? "";
    if ("basic" in door) {
      const [user = "", password = ""] = header.startsWith("Basic ")
        ? atob(header.slice(6)).split(":")
        : [];
      if (password !== "" && door.basic[user] === password) return undefined;
    } else if (header === `Bearer ${door.bearer.token}`) return undefined;
    return Response.json({ errors: [{ code: "UNAUTHORIZED" }] }, {
      status: 401,
      headers: {
        "www-authenticate": "basic" in door
          ? 'Basic realm="test"'
          : `Bearer realm="${door.bearer.realm}",service="test",scope="repository:team/app:pull"`,
      },
    });
  }

  async #answer(request: Request, path: string): Promise<Response> {
    const [, repository = "", kind, rest = ""] =
      /^(.+)\/(manifests|blobs)\/(.+)$/.exec(path) ?? [];
    if (kind === "manifests") {
      return await this.#manifest(request, repository, rest);
    }
    if (rest.startsWith("uploads/")) {
      return await this.#upload(request, repository, rest);
    }
    const content = this.blobs.get(rest.split("?")[0]!);
    if (kind === undefined || content === undefined) {
      return Response.json({ errors: [{ code: "BLOB_UNKNOWN" }] }, {
        status: 404,
      });
    }
    if (request.method === "HEAD") {
      return new Response(null, {
        headers: { "content-length": String(content.length) },
      });
    }
    return this.#content(request, content);
  }

  #content(request: Request, content: Uint8Array<ArrayBuffer>): Response {
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(
      request.headers.get("range") ?? "",
    ) ?? [];
    if (first === undefined || this.options.ranges === false) {
      this.contentBytes += content.length;
      return new Response(content);
    }
    const part = content.subarray(
      Number(first),
      last ? Number(last) + 1 : content.length,
    );
    this.contentBytes += part.length;
    return new Response(part, {
      status: 206,
      headers: {
        "content-range": `bytes ${first}-${
          Number(first) + part.length - 1
        }/${content.length}`,
      },
    });
  }

  async #manifest(
    request: Request,
    repository: string,
    reference: string,
  ): Promise<Response> {
    if (request.method === "PUT") {
      const text = decodeText(await request.bytes());
      const digest = this.putManifest(
        repository,
        reference,
        text,
      );
      const key = `${repository}:${reference}`;
      this.manifests.set(key, {
        ...this.manifests.get(key)!,
        mediaType: request.headers.get("content-type")!,
      });
      return new Response(null, {
        status: 201,
        headers: { "docker-content-digest": digest },
      });
    }
    const name = reference.split("?")[0]!;
    const found = this.manifests.get(
      `${repository}${name.startsWith("sha256:") ? "@" : ":"}${name}`,
    );
    if (!found) {
      return Response.json({
        errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }],
      }, { status: 404 });
    }
    return new Response(request.method === "HEAD" ? null : found.content, {
      headers: {
        "content-type": found.mediaType,
        "docker-content-digest": found.digest,
      },
    });
  }

  async #upload(
    request: Request,
    repository: string,
    rest: string,
  ): Promise<Response> {
    const url = new URL(`http://x/${rest}`);
    const id = url.pathname.slice("/uploads/".length);
    const at = (parts: Uint8Array[]) => ({
      location: `/v2/${repository}/blobs/uploads/${id}?state=${this.#count++}`,
      range: `0-${Math.max(0, lengthOf(parts) - 1)}`,
    });
    if (request.method === "POST") {
      const mount = url.searchParams.get("mount");
      if (mount && this.blobs.has(mount) && url.searchParams.has("from")) {
        return new Response(null, { status: 201 });
      }
      const name = `u${this.#count++}`;
      this.#uploads.set(name, []);
      return new Response(null, {
        status: 202,
        headers: { location: `/v2/${repository}/blobs/uploads/${name}` },
      });
    }
    const parts = this.#uploads.get(id);
    if (!parts) return new Response(null, { status: 404 });
    if (request.method === "GET") {
      return new Response(null, { status: 204, headers: at(parts) });
    }
    const body = await request.bytes();
    if (request.method === "PATCH") {
      const [, first] = /^(\d+)-/.exec(
        request.headers.get("content-range") ?? "",
      ) ?? [];
      if (Number(first) !== lengthOf(parts)) {
        return new Response(null, { status: 416, headers: at(parts) });
      }
      parts.push(body);
      return new Response(null, { status: 202, headers: at(parts) });
    }
    const content = concat([...parts, body]);
    if (sha256(content) !== url.searchParams.get("digest")) {
      return Response.json({ errors: [{ code: "DIGEST_INVALID" }] }, {
        status: 400,
      });
    }
    this.#uploads.delete(id);
    this.blobs.set(sha256(content), content);
    return new Response(null, { status: 201 });
  }
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** The digest of a content. */
export function sha256(content: Uint8Array | string): Digest {
  return `sha256:${
    encodeHex(new Uint8Array(createHash("sha256").update(content).digest()))
  }`;
}
