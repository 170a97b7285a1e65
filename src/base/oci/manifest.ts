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
  /** What the content is. */
  readonly mediaType: string;
  /** Names the content. */
  readonly digest: Digest;
  /** Its length in bytes. */
  readonly size: number;
  /** For a manifest of an artifact: its kind. */
  readonly artifactType?: string;
  /** What its maker says about it. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whom a manifest of an index is for. */
  readonly platform?: Platform;
  /** The content itself, in base64, when it is short. */
  readonly data?: string;
}

/** A machine that a manifest is for, in Go's words. */
export interface Platform {
  /** `amd64`, `arm64`, `wasm`. */
  readonly architecture: string;
  /** `linux`, `wasip1`, `wasip2`. */
  readonly os: string;
  /** Of the architecture: `v8`. */
  readonly variant?: string;
}

/** An image or an artifact. */
export interface Manifest {
  /** Always 2. */
  readonly schemaVersion: 2;
  /** The manifest's own; older makers leave it out. */
  readonly mediaType?: string;
  /** What kind of artifact it is; absent: the config's media type says it. */
  readonly artifactType?: string;
  /** What says how it is to be run. */
  readonly config: Descriptor;
  /** Its contents, the lowest first. */
  readonly layers: readonly Descriptor[];
  /** The manifest that this one says something about. */
  readonly subject?: Descriptor;
  /** What its maker says about it. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Manifests of one thing by platform. */
export interface Index {
  /** Always 2. */
  readonly schemaVersion: 2;
  /** The index's own; older makers leave it out. */
  readonly mediaType?: string;
  /** What kind of artifact it is. */
  readonly artifactType?: string;
  /** What it points to. */
  readonly manifests: readonly Descriptor[];
  /** The manifest that this one says something about. */
  readonly subject?: Descriptor;
  /** What its maker says about it. */
  readonly annotations?: Readonly<Record<string, string>>;
}
