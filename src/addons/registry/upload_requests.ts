/**
 * Requests that bring blobs.
 *
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs}
 *
 * @module
 */
import type { ByteSource } from "../../base/blob_store.ts";
import {
  type ContentDigest,
  isContentDigest,
} from "../../base/oci/content_digest.ts";
import { isRepository } from "../../base/oci/reference.ts";
import { chunkRange } from "./byte_range.ts";
import type { RegistryParts, RegistryRequest } from "./parts.ts";
import { RegistryError } from "./registry_error.ts";
import {
  type Chunk,
  mountBlob,
  uploadHeaders,
  type Uploads,
} from "./uploads.ts";

/** So many repositories are looked through for a blob that may be mounted when a client does not say from where. */
const MOST_HOLDERS_ASKED = 50;

/** `POST …/blobs/uploads/`: begins an upload, takes a blob as a whole, or mounts one. */
export async function beginUpload(
  parts: RegistryParts,
  uploads: Uploads,
  asked: RegistryRequest & { readonly repository: string },
): Promise<Response> {
  const { params, repository, request } = asked;
  const algorithm = params.get("digest-algorithm") ?? "sha256";
  if (!["sha256", "sha512"].includes(algorithm)) throw unknownDigest(algorithm);
  const mount = params.get("mount");
  if (mount !== null) {
    const digest = digestOf(mount);
    const from = await sourceOf(parts, asked, digest);
    if (
      from !== undefined && await mountBlob(parts, repository, { from, digest })
    ) return blobCreated(repository, digest);
  }
  const whole = params.get("digest");
  const digest = whole === null ? undefined : digestOf(whole);
  const id = await uploads.begin(repository);
  if (digest === undefined) {
    await request.body?.cancel();
    return new Response(null, {
      status: 202,
      headers: uploadHeaders(repository, id, { sizeBytes: 0 }),
    });
  }
  try {
    await uploads.finish(repository, id, { digest, last: chunkOf(asked) });
  } catch (error) {
    // Nobody knows its id.
    await uploads.cancel(repository, id).catch(() => {});
    throw error;
  }
  return blobCreated(repository, digest);
}

/** Where a blob can be mounted from, as far as who asks may read it there. */
async function sourceOf(
  { index }: RegistryParts,
  { params, may }: RegistryRequest,
  digest: ContentDigest,
): Promise<string | undefined> {
  const mayRead = (repository: string) =>
    may("get", `/v2/${repository}/blobs/${digest}`);
  const named = params.get("from");
  if (named !== null) {
    return isRepository(named) && mayRead(named) ? named : undefined;
  }
  let left = MOST_HOLDERS_ASKED;
  for await (const repository of index.holders(digest)) {
    if (mayRead(repository)) return repository;
    if (--left === 0) break;
  }
  return undefined;
}

/** A request for an upload that was begun. */
export interface UploadRequest extends RegistryRequest {
  readonly repository: string;
  /** Of the upload. */
  readonly reference: string;
}

/** `PATCH`: adds a chunk. */
export async function patchUpload(
  uploads: Uploads,
  asked: UploadRequest,
): Promise<Response> {
  const { repository, reference: id } = asked;
  const sizeBytes = await uploads.append(repository, id, chunkOf(asked));
  return new Response(null, {
    status: 202,
    headers: uploadHeaders(repository, id, { sizeBytes }),
  });
}

/** `PUT`: adds the last chunk, if there is one, and makes a blob of it. */
export async function putUpload(
  uploads: Uploads,
  asked: UploadRequest,
): Promise<Response> {
  const { repository, reference: id, params } = asked;
  const digest = digestOf(params.get("digest") ?? "");
  await uploads.finish(repository, id, { digest, last: chunkOf(asked) });
  return blobCreated(repository, digest);
}

/** `GET`: how far it is. */
export async function getUpload(
  uploads: Uploads,
  { repository, reference: id }: UploadRequest,
): Promise<Response> {
  const sizeBytes = await uploads.status(repository, id);
  return new Response(null, {
    status: 204,
    headers: uploadHeaders(repository, id, { sizeBytes }),
  });
}

/** `DELETE`: gives it up. */
export async function deleteUpload(
  uploads: Uploads,
  { repository, reference: id }: UploadRequest,
): Promise<Response> {
  await uploads.cancel(repository, id);
  return new Response(null, { status: 204 });
}

function chunkOf({ request, user }: RegistryRequest): Chunk {
  const range = chunkRange(request.headers.get("content-range"));
  if (range === "invalid") {
    throw new RegistryError(
      "BLOB_UPLOAD_INVALID",
      "The Content-Range makes no sense",
    );
  }
  const length = request.headers.get("content-length");
  if (
    range !== undefined && length !== null && Number(length) !== range.length
  ) {
    throw new RegistryError(
      "SIZE_INVALID",
      "The Content-Length is not the length of the Content-Range",
    );
  }
  return {
    user,
    body: request.body as ByteSource | null,
    ...range ?? (length === null ? {} : { length: Number(length) }),
  };
}

/** A digest that a client sent. @throws {RegistryError} DIGEST_INVALID */
export function digestOf(text: string): ContentDigest {
  if (!isContentDigest(text)) throw unknownDigest(text);
  return text;
}

function unknownDigest(text: string): RegistryError {
  return new RegistryError(
    "DIGEST_INVALID",
    "The digest is none of sha256 or sha512",
    { detail: { digest: text.slice(0, 200) } },
  );
}

function blobCreated(repository: string, digest: ContentDigest): Response {
  return new Response(null, {
    status: 201,
    headers: {
      location: `/v2/${repository}/blobs/${digest}`,
      "docker-content-digest": digest,
    },
  });
}
