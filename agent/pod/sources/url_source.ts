/**
 * A URL that answers with manifests.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import { concat, decodeText } from "../../../src/base/bytes.ts";
import { messageOf } from "../../../src/base/errors.ts";
import type { Host } from "../../../src/base/host.ts";
import { type ManifestReader, MAX_MANIFEST_BYTES } from "./manifest_reader.ts";

/** How long, in milliseconds, an answer may take; kubelet's. */
const TIMEOUT_MS = 10_000;
/** So many failures in a row are logged, then it is quiet until it works again. */
const LOGGED_FAILURES = 4;

/** What a {@linkcode UrlSource} needs. */
export interface UrlSourceOptions {
  readonly url: string;
  /** Sent with every request. */
  readonly headers: readonly (readonly [string, string])[];
  readonly reader: ManifestReader;
  /** How often, in milliseconds, it is asked. */
  readonly checkMs: number;
  /** Pods that this URL named when the node last heard of it; they count until it answers. */
  readonly known: readonly Pod[];
  /** Takes all pods that the answer names, at first and after every change. */
  readonly tell: (pods: readonly Pod[]) => void;
}

/** Polls the URL. While it does not answer, or with something that cannot be used, what it named before stays. */
export class UrlSource {
  readonly #host: Host;
  readonly #options: UrlSourceOptions;
  #text: string | undefined;
  #failures = 0;

  constructor(host: Host, options: UrlSourceOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { url, known, tell, checkMs } = this.#options;
    tell(known);
    while (!signal.aborted) {
      try {
        await this.#ask(signal);
        if (this.#failures > 0) {
          this.#host.log("info", "Manifests can be read again", { url });
        }
        this.#failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (this.#failures++ < LOGGED_FAILURES) {
          this.#host.log("warn", "Could not read manifests", {
            url,
            error: messageOf(error),
          });
        }
      }
      await this.#host.clock.sleep(checkMs, signal).catch(() => {});
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { url, headers, reader, tell } = this.#options;
    const limited = AbortSignal.any([
      signal,
      this.#host.clock.timeout(TIMEOUT_MS),
    ]);
    const answer = await this.#host.net.fetch(
      new Request(url, { headers: headers.map(([...pair]) => pair) }),
      { signal: limited },
    );
    if (answer.status !== 200) {
      await answer.body?.cancel();
      throw new Error(`${url}: ${answer.status} ${answer.statusText}`.trim());
    }
    const text = decodeText(await bounded(answer));
    if (text === "") {
      this.#text = undefined;
      tell([]);
      throw new Error(`Got zero-length data from ${url}`);
    }
    if (text === this.#text) return;
    this.#text = text; // also one that is of no use: it is told once
    tell(await reader.read(text, { source: "http", where: url, lists: true }));
  }
}

/** The body, unless it is longer than a manifest may be. */
async function bounded(answer: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body ?? []) {
    length += part.length;
    if (length > MAX_MANIFEST_BYTES) {
      throw new Error(`It answers with more than ${MAX_MANIFEST_BYTES} bytes`);
    }
    parts.push(part);
  }
  return concat(parts);
}
