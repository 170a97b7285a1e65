/**
 * Requests for manifests and tags.
 *
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests}
 *
 * @module
 */
import { type ByteSource, putBlob } from "../../base/blob_store.ts";
import {
  type ContentDigest,
  contentDigest,
  digestParts,
  isContentDigest,
} from "../../base/oci/content_digest.ts";
import { isTag } from "../../base/oci/reference.ts";
import { contentHeaders, isUnchanged } from "./blob_requests.ts";
import { incoming, outgoing, wholeBody } from "./body.ts";
import {
  MANIFEST_LIMIT_BYTES,
  type ManifestContent,
  readManifest,
} from "./manifest_content.ts";
import {
  contentKey,
  dropUnheld,
  type RegistryParts,
  type RegistryRequest,
  repositoryKey,
  uploadKey,
} from "./parts.ts";
import { RegistryError } from "./registry_error.ts";
import { clearly } from "./space.ts";

/** Tags that come with one manifest. */
const MOST_TAGS = 100;

/** A longer manifest is a transfer like any other: many that go slowly would be much memory. */
const SHORT_BYTES = 64 * 1024;

/** A request for a manifest. */
export interface ManifestRequest extends RegistryRequest {
  readonly repository: string;
  /** Tag or digest, as it was sent. */
  readonly reference: string;
}

/** `GET` and `HEAD`: the manifest in the bytes and with the media type that it came with. */
export async function getManifest(
  parts: RegistryParts,
  asked: ManifestRequest,
): Promise<Response> {
  const { index, store, gate, host, stallMs } = parts;
  const { repository, reference, request, user } = asked;
  const digest = isContentDigest(reference)
    ? reference
    : isTag(reference)
    ? await index.tag(repository, reference)
    : undefined;
  if (digest === undefined) throw manifestUnknown(reference);
  const row = await index.manifest(repository, digest);
  if (row === undefined) throw manifestUnknown(reference);
  const headers = {
    ...contentHeaders(digest),
    "content-type": row.mediaType,
    "content-length": String(row.sizeBytes),
  };
  if (request.method === "HEAD") return new Response(null, { headers });
  if (isUnchanged(request, digest)) {
    const { "content-length": _, ...others } = headers;
    return new Response(null, { status: 304, headers: others });
  }
  const leave = row.sizeBytes > SHORT_BYTES
    ? await gate.enter(user)
    : undefined;
  try {
    const source = await store.read(digest);
    if (source === undefined) throw manifestUnknown(reference);
    const body = leave === undefined
      ? await new Response(source).bytes()
      : outgoing(source, { clock: host.clock, stallMs, onEnd: leave });
    return new Response(body, { headers });
  } catch (error) {
    leave?.();
    throw error;
  }
}

/** `PUT`: takes a manifest whose contents are there, and gives it tags. */
export async function putManifest(
  parts: RegistryParts,
  asked: ManifestRequest,
): Promise<Response> {
  const { repository, reference, request } = asked;
  const tags = tagsOf(asked);
  const leave = await parts.gate.enter(asked.user);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    const { host: { clock }, stallMs } = parts;
    const body = request.body as ByteSource | null;
    bytes = await wholeBody(
      incoming(body, { clock, stallMs }),
      MANIFEST_LIMIT_BYTES,
    );
  } finally {
    leave();
  }
  const content = readManifest(bytes, request.headers.get("content-type"));
  const named = isContentDigest(reference) ? reference : undefined;
  const algorithm = named === undefined
    ? "sha256"
    : digestParts(named).algorithm;
  const digest = contentDigest(parts.host, algorithm, bytes);
  if (named !== undefined && named !== digest) {
    throw new RegistryError(
      "DIGEST_INVALID",
      "The manifest does not have the digest that it was sent with",
      { detail: { digest: named } },
    );
  }
  await parts.locks.run(repositoryKey(repository), async () => {
    await expectContents(parts, repository, content);
    await parts.locks.run(contentKey(digest), async () => {
      await store(parts, digest, bytes);
      const { mediaType, subject, artifactType } = content;
      await parts.index.putManifest(repository, digest, {
        row: {
          mediaType,
          sizeBytes: bytes.length,
          ...subject !== undefined && { subject },
          ...artifactType !== undefined && { artifactType },
        },
        references: [...content.blobs, ...content.manifests],
        tags,
      });
    });
  });
  const headers = new Headers({
    location: `/v2/${repository}/manifests/${digest}`,
    "docker-content-digest": digest,
  });
  if (content.subject !== undefined) {
    headers.set("oci-subject", content.subject);
  }
  if (named !== undefined && tags.length > 0) {
    headers.set("oci-tag", tags.join(", "));
  }
  parts.garbage.changed();
  return new Response(null, { status: 201, headers });
}

/** `DELETE`: by tag the tag goes, by digest the manifest with all its tags. */
export async function deleteManifest(
  parts: RegistryParts,
  { repository, reference }: ManifestRequest,
): Promise<Response> {
  const { locks, index } = parts;
  const isThere = await locks.run(repositoryKey(repository), async () => {
    if (!isContentDigest(reference)) {
      if (!isTag(reference)) return false;
      const digest = await index.tag(repository, reference);
      if (digest !== undefined) await index.removeTag(repository, reference);
      return digest !== undefined;
    }
    const row = await index.manifest(repository, reference);
    if (row === undefined) return false;
    const { blobs, manifests } = await storedManifest(
      parts,
      reference,
      row.mediaType,
    ) ?? { blobs: [], manifests: [] };
    await index.removeManifest(repository, reference, [...blobs, ...manifests]);
    await dropUnheld(parts, reference);
    return true;
  });
  if (!isThere) throw manifestUnknown(reference);
  parts.garbage.changed();
  return new Response(null, { status: 202 });
}

/** A manifest that was taken before. */
export async function storedManifest(
  parts: RegistryParts,
  digest: ContentDigest,
  mediaType: string,
): Promise<ManifestContent | undefined> {
  const source = await parts.store.read(digest);
  if (source === undefined) return undefined;
  return readManifest(await new Response(source).bytes(), mediaType);
}

function tagsOf({ reference, params }: ManifestRequest): string[] {
  const tags = [...new Set(params.getAll("tag"))];
  if (!isContentDigest(reference)) {
    if (isTag(reference)) return [reference];
    throw new RegistryError(
      "MANIFEST_INVALID",
      "The manifest is sent neither with a tag nor with a digest that is known here",
    );
  }
  if (!tags.every(isTag)) {
    throw new RegistryError("MANIFEST_INVALID", "No manifest has such a tag");
  }
  if (tags.length > MOST_TAGS) {
    throw new RegistryError(
      "MANIFEST_INVALID",
      `The manifest is sent with more than ${MOST_TAGS} tags`,
      { status: 414 },
    );
  }
  return tags;
}

/** @throws {RegistryError} MANIFEST_BLOB_UNKNOWN */
async function expectContents(
  { index }: RegistryParts,
  repository: string,
  { blobs, manifests }: ManifestContent,
): Promise<void> {
  const missing: ContentDigest[] = [];
  for (const digest of blobs) {
    if (await index.blobSize(repository, digest) === undefined) {
      missing.push(digest);
    }
  }
  for (const digest of manifests) {
    if (await index.manifest(repository, digest) === undefined) {
      missing.push(digest);
    }
  }
  if (missing.length > 0) {
    throw new RegistryError(
      "MANIFEST_BLOB_UNKNOWN",
      "The manifest refers to contents that the repository does not have",
      { detail: { digests: missing.slice(0, 100) } },
    );
  }
}

/** Stores a manifest's bytes, unless they are there. */
async function store(
  parts: RegistryParts,
  digest: ContentDigest,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const { host, locks, space } = parts;
  if (await parts.store.stat(digest) !== undefined) return;
  const id = host.random.uuid();
  await space.take(bytes.length);
  try {
    await locks.run(uploadKey(id), () =>
      putBlob(host, parts.store, {
        digest,
        id,
        source: new Blob([bytes]).stream(),
        limitBytes: bytes.length,
      }));
  } catch (error) {
    space.give(bytes.length);
    throw clearly(error);
  }
}

function manifestUnknown(reference: string): RegistryError {
  return new RegistryError(
    "MANIFEST_UNKNOWN",
    "The repository has no such manifest",
    { detail: { reference: reference.slice(0, 200) } },
  );
}
