/**
 * Manifests: what an image or artifact is made of.
 *
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md}
 *
 * @module
 */
import type { Digest } from "./digest.ts";

/** Points to a content. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Its length in bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whom a manifest of an index is for. */
  readonly platform?: Platform;
  /** The content itself, in base64, when it is short. */
  readonly data?: string;
}

/** A machine that a manifest is for, in Go's words. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
}

/** An image or an artifact. */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  /** What kind of artifact it is; absent: the config's media type says it. */
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** The manifest that this one says something about. */
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Manifests of one thing by platform. */
export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}
