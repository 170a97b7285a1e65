/**
 * A manifest as a registry gave it, checked.
 *
 * @module
 */
import { decodeText } from "../../base/bytes.ts";
import type { Host } from "../../base/host.ts";
import { type Digest, digestOf, isDigest } from "../../base/oci/digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../base/oci/media_types.ts";
import { readBounded } from "./read_bounded.ts";
import { RegistryError } from "./registry_error.ts";

/** The largest manifest that is read; the specification's own bound. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** A manifest, or an index. */
export interface ManifestAnswer {
  readonly digest: Digest;
  readonly mediaType: string;
  /** The bytes that the digest is of. */
  readonly content: Uint8Array<ArrayBuffer>;
  /** What they say: an object. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Media types that say nothing. */
const GENERAL_TYPES: ReadonlySet<string> = new Set([
  "",
  "application/json",
  "application/octet-stream",
  "text/plain",
]);

/**
 * Reads and checks an answer.
 *
 * @param what `get the manifest "team/app:1" from registry.example`
 * @throws {RegistryError} when it is not what was asked for
 */
export async function readManifest(
  host: Pick<Host, "crypto">,
  response: Response,
  { what, reference }: { what: string; reference: string },
): Promise<ManifestAnswer> {
  const broken = (why: string, cause?: unknown) =>
    new RegistryError(`Cannot ${what}: ${why}`, { status: 0, cause });
  const content = await readBounded(response, MAX_MANIFEST_BYTES)
    .catch((error) => {
      if (!(error instanceof RangeError)) throw error;
      throw broken(`it has more than ${MAX_MANIFEST_BYTES} bytes`);
    });
  const digest = digestOf(host, content);
  const told = response.headers.get("docker-content-digest");
  if (isDigest(reference) && digest !== reference) {
    throw broken(`what came has the digest ${digest}`);
  }
  if (told !== null && isDigest(told) && told !== digest) {
    throw broken(`it says ${told}, but what came has the digest ${digest}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(decodeText(content));
  } catch (cause) {
    throw broken("what came is no JSON", cause);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw broken("what came is no manifest");
  }
  const fields = json as Readonly<Record<string, unknown>>;
  return {
    digest,
    mediaType: mediaTypeOf(response, fields),
    content,
    json: fields,
  };
}

/** The manifest's own word is under its digest, a header is not. */
function mediaTypeOf(
  response: Response,
  { mediaType, manifests }: Readonly<Record<string, unknown>>,
): string {
  if (typeof mediaType === "string") return mediaType;
  const header = (response.headers.get("content-type") ?? "")
    .split(";")[0]!.trim().toLowerCase();
  if (!GENERAL_TYPES.has(header)) return header;
  return Array.isArray(manifests) ? OCI_INDEX : OCI_MANIFEST;
}
