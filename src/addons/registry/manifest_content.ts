/**
 * What a manifest says: what it refers to, and what is told of it.
 *
 * A manifest may have any media type; whatever names contents as the image specification does is understood.
 *
 * @module
 */
import { decodeText } from "../../base/bytes.ts";
import {
  type ContentDigest,
  isContentDigest,
} from "../../base/oci/content_digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../base/oci/media_types.ts";
import { RegistryError } from "./registry_error.ts";

/** The largest manifest. The specification asks for at least as much. */
export const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;

/** Longer types are nobody's (RFC 6838 has 127 characters a part). */
const MEDIA_TYPE = /^[a-zA-Z0-9][\w.+!#$&^-]{0,126}\/[\w.+!#$&^-]{1,127}$/;

/** A manifest as far as it matters here. */
export interface ManifestContent {
  readonly mediaType: string;
  /** Contents that must be there. */
  readonly blobs: readonly ContentDigest[];
  /** Manifests that must be there. */
  readonly manifests: readonly ContentDigest[];
  /** The manifest that it says something about; need not be there. */
  readonly subject?: ContentDigest;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Reads a manifest. @param contentType the `Content-Type` that came with it @throws {RegistryError} MANIFEST_INVALID */
export function readManifest(
  bytes: Uint8Array,
  contentType: string | null,
): ManifestContent {
  const manifest = jsonOf(bytes);
  const mediaType = mediaTypeOf(manifest, contentType);
  const { config, layers, blobs, manifests, subject } = manifest;
  const children = list(manifests, "manifests").map(descriptor);
  const contents = [
    ...list(layers, "layers"),
    // As Docker's first artifacts had them.
    ...list(blobs, "blobs"),
  ].map(descriptor).filter((found) => !found.isElsewhere);
  const told = subject === undefined ? undefined : descriptor(subject);
  const own = config === undefined ? undefined : descriptor(config);
  const artifactType = artifactTypeOf(manifest["artifactType"], own?.mediaType);
  const annotations = annotationsOf(manifest["annotations"]);
  return {
    mediaType,
    blobs: digestsOf(own === undefined ? contents : [own, ...contents]),
    manifests: digestsOf(children),
    ...told !== undefined && { subject: told.digest },
    ...artifactType !== undefined && { artifactType },
    ...annotations !== undefined && { annotations },
  };
}

interface Found {
  readonly digest: ContentDigest;
  readonly mediaType: string | undefined;
  /** It may not be distributed, or is found at an address of its own. */
  readonly isElsewhere: boolean;
}

function jsonOf(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(decodeText(bytes));
  } catch {
    throw invalid("it is no JSON");
  }
  if (!isRecord(value)) throw invalid("it is no object");
  return value;
}

function mediaTypeOf(
  manifest: Record<string, unknown>,
  contentType: string | null,
): string {
  const sent = contentType?.split(";")[0]?.trim() || undefined;
  const own = manifest["mediaType"];
  if (own !== undefined && typeof own !== "string") {
    throw invalid("its mediaType is no text");
  }
  if (own && sent !== undefined && own !== sent) {
    throw invalid("its mediaType is not the Content-Type that it came with");
  }
  const mediaType = sent ?? (own ||
    (manifest["manifests"] === undefined ? OCI_MANIFEST : OCI_INDEX));
  if (!MEDIA_TYPE.test(mediaType)) throw invalid("its media type is none");
  const isOci = mediaType === OCI_MANIFEST || mediaType === OCI_INDEX;
  if (isOci && manifest["schemaVersion"] !== 2) {
    throw invalid("its schemaVersion is not 2");
  }
  if (mediaType === OCI_MANIFEST && manifest["config"] === undefined) {
    throw invalid("it has no config");
  }
  return mediaType;
}

function list(value: unknown, name: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(`its ${name} are no list`);
  return value;
}

function descriptor(value: unknown): Found {
  const { digest, mediaType, size, urls } = isRecord(value) ? value : {};
  if (typeof digest !== "string" || !isContentDigest(digest)) {
    throw invalid("a descriptor has no digest that is known here");
  }
  if (!Number.isSafeInteger(size) || size as number < 0) {
    throw invalid(`the descriptor of ${digest} has no size`);
  }
  const type = typeof mediaType === "string" ? mediaType : undefined;
  return {
    digest,
    mediaType: type,
    isElsewhere: Array.isArray(urls) && urls.length > 0 ||
      /\.nondistributable\.|\.foreign\./.test(type ?? ""),
  };
}

function artifactTypeOf(
  own: unknown,
  configType: string | undefined,
): string | undefined {
  const type = typeof own === "string" && own !== "" ? own : configType;
  if (type !== undefined && !MEDIA_TYPE.test(type)) {
    throw invalid("its artifact type is no media type");
  }
  return type;
}

function annotationsOf(value: unknown): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  const sound = isRecord(value) &&
    Object.values(value).every((item) => typeof item === "string");
  if (!sound) throw invalid("its annotations are no texts");
  return value as Record<string, string>;
}

function digestsOf(found: readonly Found[]): ContentDigest[] {
  return [...new Set(found.map(({ digest }) => digest))];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(why: string): RegistryError {
  return new RegistryError(
    "MANIFEST_INVALID",
    `The manifest is not valid: ${why}`,
  );
}
