/**
 * Brings a content to a registry: taken over from another repository, in one piece, or in chunks that go on where they were cut.
 *
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs}
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { BlobSource } from "./blob_source.ts";
import type { Exchange } from "./exchange.ts";
import { RegistryError, registryError } from "./registry_error.ts";
import { isPassing, isPassingError, waitMs } from "./retry.ts";

/** Contents up to this size go in one piece; the chunks of others have it, unless the registry wants larger ones. */
export const CHUNK_BYTES = 8 * 1024 * 1024;
/** The largest chunk that a registry may want. */
const MAX_CHUNK_BYTES = 256 * 1024 * 1024;
/** How often in a row a content is sent in vain. */
const MAX_FAILURES = 5;

/** What an upload is about. */
export interface UploadOptions {
  readonly exchange: Exchange;
  readonly repository: string;
  readonly source: BlobSource;
  /** A repository of the same registry that may have it. */
  readonly mountFrom?: string;
  readonly scopes: readonly string[];
  /** Called with the bytes that the registry has. */
  readonly onProgress?: (sentBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Where an upload stands. */
interface Session {
  /** Where the registry wants to be told the next. */
  readonly url: URL;
  /** How many bytes it has. */
  readonly offset: number;
}

/** One content's way. */
export class Upload {
  readonly #host: Pick<Host, "clock" | "random">;
  readonly #options: UploadOptions;
  #chunkBytes = CHUNK_BYTES;

  constructor(
    host: Pick<Host, "clock" | "random">,
    options: UploadOptions,
  ) {
    this.#host = host;
    this.#options = options;
  }

  /** @throws {RegistryError} {HostError} when the registry does not take it */
  async run(): Promise<"mounted" | "sent"> {
    const { source, signal, onProgress } = this.#options;
    let session = await this.#begin();
    let failures = 0;
    while (session !== undefined) {
      try {
        if (session.offset >= source.size || source.size <= this.#chunkBytes) {
          await this.#finish(session);
          onProgress?.(source.size);
          return "sent";
        }
        session = await this.#sendChunk(session);
        onProgress?.(session.offset);
        failures = 0;
      } catch (error) {
        if (!(error instanceof Retryable)) throw error;
        if (++failures >= MAX_FAILURES) throw error.cause;
        const ms = waitMs(this.#host, {
          tries: failures,
          ...error.response && { response: error.response },
        });
        if (ms === undefined) throw error.cause;
        await this.#host.clock.sleep(ms, signal);
        session = await this.#whereItIs(session) ?? await this.#begin();
      }
    }
    return "mounted";
  }

  get #what(): string {
    const { exchange, repository, source } = this.#options;
    return `send the content ${source.digest} to "${repository}" of ${exchange.name}`;
  }

  /** Opens a session; undefined when the registry took the content from the other repository. */
  async #begin(): Promise<Session | undefined> {
    const { exchange, repository, source, mountFrom, ...rest } = this.#options;
    const query = mountFrom === undefined
      ? ""
      : `?mount=${encodeURIComponent(source.digest)}&from=${
        encodeURIComponent(mountFrom)
      }`;
    const { response, url } = await exchange.send({
      method: "POST",
      at: `${repository}/blobs/uploads/${query}`,
      headers: { "content-length": "0" },
      scopes: rest.scopes,
      signal: rest.signal,
    });
    if (response.status === 201) {
      await response.body?.cancel();
      return undefined;
    }
    if (response.status !== 202) {
      throw await registryError(this.#what, response);
    }
    await response.body?.cancel();
    const least = Number(response.headers.get("oci-chunk-min-length"));
    if (least > this.#chunkBytes && least <= MAX_CHUNK_BYTES) {
      this.#chunkBytes = least;
    }
    return { url: this.#location(response, url), offset: 0 };
  }

  async #sendChunk({ url, offset }: Session): Promise<Session> {
    const { source } = this.#options;
    const length = Math.min(this.#chunkBytes, source.size - offset);
    const { response, url: at } = await this.#send("PATCH", {
      url,
      body: await source.slice(offset, length),
      headers: { "content-range": `${offset}-${offset + length - 1}` },
    });
    if (response.status === 416) throw await this.#retryable(response);
    if (response.status !== 202 && response.status !== 204) {
      throw await registryError(this.#what, response);
    }
    await response.body?.cancel();
    return {
      url: this.#location(response, at),
      offset: endOf(response) ?? offset + length,
    };
  }

  /** The last piece (or the only one), and what it must have come to. */
  async #finish({ url, offset }: Session): Promise<void> {
    const { source } = this.#options;
    const last = new URL(url);
    last.searchParams.set("digest", source.digest);
    const body = await source.slice(offset, source.size - offset);
    const { response } = await this.#send("PUT", { url: last, body });
    if (response.status !== 201 && response.status !== 204) {
      throw response.status === 416 || response.status === 404
        ? await this.#retryable(response)
        : await registryError(this.#what, response);
    }
    await response.body?.cancel();
  }

  /** How far the registry is; undefined when it has forgotten. */
  async #whereItIs({ url }: Session): Promise<Session | undefined> {
    const { exchange, scopes, signal } = this.#options;
    const { response, url: at } = await exchange.send({
      at: url,
      scopes,
      signal,
    });
    await response.body?.cancel();
    if (response.status !== 204) return undefined;
    const location = response.headers.get("location");
    return {
      url: location === null ? url : exchange.next(at, location),
      offset: endOf(response) ?? 0,
    };
  }

  async #send(method: "PATCH" | "PUT", piece: {
    url: URL;
    body: Uint8Array<ArrayBuffer>;
    headers?: Record<string, string>;
  }): Promise<{ response: Response; url: URL }> {
    const { exchange, scopes, signal } = this.#options;
    try {
      const answer = await exchange.send({
        method,
        at: piece.url,
        body: piece.body,
        headers: {
          ...piece.headers,
          "content-type": "application/octet-stream",
          "content-length": String(piece.body.length),
        },
        scopes,
        // What was sent may have arrived: the registry is asked first.
        attempts: 1,
        signal,
      });
      if (isPassing(answer.response)) {
        throw await this.#retryable(answer.response);
      }
      return answer;
    } catch (error) {
      if (!isPassingError(error)) throw error;
      throw new Retryable(error);
    }
  }

  async #retryable(response: Response): Promise<Retryable> {
    return new Retryable(await registryError(this.#what, response), response);
  }

  #location(response: Response, from: URL): URL {
    const location = response.headers.get("location");
    if (location !== null) return this.#options.exchange.next(from, location);
    throw new RegistryError(
      `Cannot ${this.#what}: it does not say where to go on`,
      { status: 0 },
    );
  }
}

/** What went wrong may be gone the next time. */
class Retryable extends Error {
  readonly response: Response | undefined;
  constructor(cause: unknown, response?: Response) {
    super("passing", { cause });
    this.response = response;
  }
}

/** How many bytes the registry has, by its header `Range: 0-<last>`. A registry that has none says `0-0` or nothing. */
function endOf(response: Response): number | undefined {
  const [, last] = /^(?:bytes=)?0-(\d+)$/.exec(
    response.headers.get("range") ?? "",
  ) ?? [];
  if (last === undefined) return undefined;
  return last === "0" ? 0 : Number(last) + 1;
}
