/**
 * Where images come from that are no files of the node.
 *
 * @module
 */
import type { RegistryClient } from "../../src/client/registry/mod.ts";
import type { ImageReference } from "../../src/base/oci/reference.ts";
import type { PullRate } from "./pull_rate.ts";
import type { PullsUnderWay } from "./pulls_under_way.ts";

/** A place that may have an image. */
export interface ImagePlace {
  readonly client: RegistryClient;
  /** The path of the repository there. */
  readonly repository: string;
}

/** The registries, as this node reaches them. */
export interface ImageSource {
  /** How fast images may come. */
  readonly rate?: PullRate;
  /** Where pulls are told of. */
  readonly underWay?: PullsUnderWay;
  /** The largest content that this node takes. @default what the engine says */
  readonly maxBytes?: number;
  /** The places for a name, the ones to be asked first first. @throws {Error} why there are none */
  places(
    reference: ImageReference,
    auth?: { readonly username: string; readonly password: string },
  ): Promise<readonly ImagePlace[]>;
}
