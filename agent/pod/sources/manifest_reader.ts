/**
 * Reads manifests and tells what is wrong with them.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import { messageOf } from "../../../src/base/errors.ts";
import type { Host } from "../../../src/base/host.ts";
import type { SourceName } from "./annotations.ts";
import type { ManifestOrigin } from "./manifest.ts";

/** The longest manifest, in bytes; kubelet's. */
export const MAX_MANIFEST_BYTES = 10 * 2 ** 20;

/** Reads the manifests of one node. */
export class ManifestReader {
  readonly #host: Host;
  readonly #nodeName: string;

  constructor(host: Host, nodeName: string) {
    this.#host = host;
    this.#nodeName = nodeName;
  }

  /** The name that a static pod's manifest gave it. */
  withoutNode(name: string): string {
    return name.slice(0, -`-${this.#nodeName}`.length);
  }

  /** The pods of a manifest. @throws {Error} that says what is wrong with it */
  async read(
    text: string,
    at: {
      readonly source: SourceName;
      readonly where: string;
      readonly lists?: boolean;
    },
  ): Promise<readonly Pod[]> {
    // The types of the API are loaded with the first manifest: most nodes have none.
    const { readManifest } = await import("./manifest.ts");
    const origin: ManifestOrigin = {
      ...at,
      nodeName: this.#nodeName,
      crypto: this.#host.crypto,
    };
    const { pods, findings } = readManifest(text, origin);
    if (findings.length > 0) {
      this.#host.log("warn", "A manifest has fields that do not count", {
        where: at.where,
        findings: findings.join(", "),
      });
    }
    return pods;
  }

  /** As {@linkcode ManifestReader.read}, but what is wrong is logged and the answer undefined. */
  async tryRead(
    text: string,
    at: {
      readonly source: SourceName;
      readonly where: string;
      readonly lists?: boolean;
    },
  ): Promise<readonly Pod[] | undefined> {
    try {
      return await this.read(text, at);
    } catch (error) {
      this.#host.log("error", "Could not use a manifest", {
        where: at.where,
        error: messageOf(error),
      });
      return undefined;
    }
  }
}
