/**
 * Requests for blobs that are there.
 *
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs}
 *
 * @module
 */
import type { ContentDigest } from "../../base/oci/content_digest.ts";
import { outgoing } from "./body.ts";
import { wantedRange } from "./byte_range.ts";
import type { RegistryParts, RegistryRequest } from "./parts.ts";
import { RegistryError } from "./registry_error.ts";
import { digestOf } from "./upload_requests.ts";
import { removeBlob } from "./uploads.ts";

/** A request for a blob. */
export interface BlobRequest extends RegistryRequest {
  readonly repository: string;
  /** The digest, as it was sent. */
  readonly reference: string;
}

/** `GET` and `HEAD`: the blob, or a part of it. */
export async function getBlob(
  parts: RegistryParts,
  asked: BlobRequest,
): Promise<Response> {
  const { repository, request, user } = asked;
  const { index, store, activity, gate, host, stallMs } = parts;
  const digest = digestOf(asked.reference);
  const sizeBytes = await index.blobSize(repository, digest);
  if (sizeBytes === undefined) throw blobUnknown(digest);
  const headers: Record<string, string> = {
    ...contentHeaders(digest),
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
  };
  if (request.method === "HEAD") {
    // Who asks so may be about to push a manifest that refers to it.
    activity.touch(repository, digest);
    headers["content-length"] = String(sizeBytes);
    return new Response(null, { headers });
  }
  if (isUnchanged(request, digest)) {
    return new Response(null, { status: 304, headers });
  }
  const condition = request.headers.get("if-range");
  const range = condition === null || condition === etagOf(digest)
    ? wantedRange(request.headers.get("range"), sizeBytes)
    : "all";
  if (range === "none") {
    throw new RegistryError(
      "SIZE_INVALID",
      `The blob has ${sizeBytes} bytes`,
      { status: 416, headers: { "content-range": `bytes */${sizeBytes}` } },
    );
  }
  const part = range === "all" ? { offset: 0, length: sizeBytes } : range;
  const leave = await gate.enter(user);
  try {
    const source = await store.read(digest, part);
    if (source === undefined) throw blobUnknown(digest);
    headers["content-length"] = String(part.length);
    if (range !== "all") {
      headers["content-range"] = `bytes ${part.offset}-${
        part.offset + part.length - 1
      }/${sizeBytes}`;
    }
    return new Response(
      outgoing(source, { clock: host.clock, stallMs, onEnd: leave }),
      { status: range === "all" ? 200 : 206, headers },
    );
  } catch (error) {
    leave();
    throw error;
  }
}

/** `DELETE`: takes the blob from the repository. */
export async function deleteBlob(
  parts: RegistryParts,
  { repository, reference }: BlobRequest,
): Promise<Response> {
  const digest = digestOf(reference);
  if (!await removeBlob(parts, repository, digest)) throw blobUnknown(digest);
  return new Response(null, { status: 202 });
}

/** What is the same for all that has a digest. It never changes, and no server on the way may change its form. */
export function contentHeaders(digest: ContentDigest): Record<string, string> {
  return {
    "docker-content-digest": digest,
    etag: etagOf(digest),
    "cache-control": "no-transform",
  };
}

/** Whether the client has that very content. */
export function isUnchanged(request: Request, digest: ContentDigest): boolean {
  const known = request.headers.get("if-none-match");
  return known !== null &&
    known.split(",").some((tag) =>
      tag.trim().replace(/^W\//, "") === etagOf(digest)
    );
}

function etagOf(digest: ContentDigest): string {
  return `"${digest}"`;
}

function blobUnknown(digest: ContentDigest): RegistryError {
  return new RegistryError(
    "BLOB_UNKNOWN",
    "The repository has no such blob",
    { detail: { digest } },
  );
}
