/**
 * Contents on the disk by their digests: what has its final name is whole and verified.
 *
 * `content/<hex>` is a content, `drafts/<hex>` what has come of one so far: it survives cuts and the agent, and is gone on with, whoever wants the
 * content next and from wherever. Nothing else is remembered of it: what came is hashed again before more is added.
 *
 * @module
 */
import { encodeHex } from "../../src/base/bytes.ts";
import {
  type AppendFile,
  type Hasher,
  type Host,
  HostError,
} from "../../src/base/host.ts";
import type { Digest } from "../../src/base/oci/digest.ts";
import type { PullRate } from "./pull_rate.ts";
import { PullsUnderWay } from "./pulls_under_way.ts";
import { readStream } from "./read_stream.ts";

/** A sender that gives less than this at a time, in bytes, has failed once more. */
const MIN_PROGRESS_BYTES = 64 * 1024;
/** How often in a row a content may fail to come before its pull has failed. The draft stays. */
const MAX_FAILURES = 6;
/** First wait, in milliseconds, before a content is asked for again. Each one is drawn between half of it and all of it. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** How long, in milliseconds, a draft is kept that nobody has added to. */
const DRAFT_AGE_MS = 7 * 24 * 3600 * 1000;
/** How many drafts are kept that nobody is at. */
const MAX_IDLE_DRAFTS = 4;
/** How much of a file is read at once. */
const PIECE_BYTES = 256 * 1024;

type StoreHost = Pick<Host, "disk" | "crypto" | "clock" | "random">;

/** A content that is wanted. */
export interface WantedContent {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Whom it comes from, for messages. */
  readonly from: string;
  /** Opens it from a place in it; what comes is never more than the rest of it. */
  readonly open: (
    offset: number,
    signal: AbortSignal,
  ) => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
}

/** What a {@linkcode ContentStore} works with. */
export interface ContentStoreOptions {
  /** Folder of its own. */
  readonly dir: string;
  /** How fast contents may come. @default without bound */
  readonly rate?: PullRate;
  /** Where it is told what is coming. @default nowhere */
  readonly underWay?: PullsUnderWay;
}

/** What came is not what was wanted. */
export class WrongContent extends Error {
  override readonly name = "WrongContent";
}

/** See the module. */
export class ContentStore {
  readonly #host: StoreHost;
  readonly #dir: string;
  readonly #rate: PullRate | undefined;
  readonly #underWay: PullsUnderWay;
  /** Contents that are coming. */
  readonly #coming = new Map<Digest, Promise<unknown>>();

  private constructor(host: StoreHost, options: ContentStoreOptions) {
    this.#host = host;
    this.#dir = options.dir;
    this.#rate = options.rate;
    this.#underWay = options.underWay ?? new PullsUnderWay(host);
  }

  /** Opens a folder of its own and removes drafts that nobody goes on with. */
  static async open(
    host: StoreHost,
    options: ContentStoreOptions,
  ): Promise<ContentStore> {
    const { disk, clock } = host;
    const { dir } = options;
    await disk.mkdir(`${dir}/content`);
    await disk.mkdir(`${dir}/drafts`);
    for (const name of await disk.list(`${dir}/drafts`).catch(() => [])) {
      const path = `${dir}/drafts/${name}`;
      const ageMs = await disk.stat(path)
        .then(({ modified }) => clock.now() - modified, () => Infinity);
      // A clock that was set back makes them young, never old.
      if (!isDraft(name) || ageMs > DRAFT_AGE_MS) {
        await disk.remove(path);
      }
    }
    return new ContentStore(host, options);
  }

  /** Where a content is or would be. */
  path(digest: Digest): string {
    return `${this.#dir}/content/${hexOf(digest)}`;
  }

  /** Whether all of it is here. */
  has(digest: Digest, sizeBytes: number): Promise<boolean> {
    return this.#host.disk.stat(this.path(digest))
      .then((info) => info.isFile && info.sizeBytes === sizeBytes, () => false);
  }

  /** Removes all contents but these. */
  async keepOnly(digests: ReadonlySet<Digest>): Promise<void> {
    const { disk } = this.#host;
    const names = new Set([...digests].map(hexOf));
    for (
      const name of await disk.list(`${this.#dir}/content`).catch(() => [])
    ) {
      if (!names.has(name)) await disk.remove(`${this.#dir}/content/${name}`);
    }
  }

  /** Removes a content. */
  async remove(digest: Digest): Promise<void> {
    await this.#host.disk.remove(this.path(digest));
  }

  /**
   * Brings a content here unless it is here, from where the last try ended.
   *
   * @throws {WrongContent} when what came has another digest, {HostError} when it does not come, the signal's reason
   */
  async fetch(content: WantedContent, signal: AbortSignal): Promise<void> {
    const { digest, sizeBytes } = content;
    for (;;) {
      if (await this.has(digest, sizeBytes)) return;
      const other = this.#coming.get(digest);
      if (!other) break;
      await other.catch(() => {}); // its caller hears of it; ours may have better luck
      signal.throwIfAborted();
    }
    const coming = this.#fetch(content, signal)
      .finally(() => this.#coming.delete(digest));
    this.#coming.set(digest, coming);
    await coming;
  }

  /** Takes a copy of a file, of which never more than `limitBytes` are read. @throws {RangeError} when it is larger */
  async copy(
    path: string,
    limitBytes: number,
  ): Promise<{ digest: Digest; sizeBytes: number }> {
    return await this.add(bounded(this.#pieces(path), limitBytes));
  }

  /** Takes a content whose digest nobody has said. */
  async add(
    content: AsyncIterable<Uint8Array>,
  ): Promise<{ digest: Digest; sizeBytes: number }> {
    const { disk, crypto, random } = this.#host;
    const draft = `${this.#dir}/drafts/copy-${encodeHex(random.bytes(8))}`;
    const hasher = crypto.hasher("sha256");
    let sizeBytes = 0;
    try {
      {
        await using file = await disk.openAppend(draft);
        for await (const piece of content) {
          sizeBytes += piece.length;
          hasher.update(piece);
          await file.append(piece);
        }
        await file.sync();
      }
      const digest: Digest = `sha256:${encodeHex(hasher.digest())}`;
      await disk.rename(draft, this.path(digest), { sync: true });
      return { digest, sizeBytes };
    } finally {
      await disk.remove(draft).catch(() => {});
    }
  }

  async #fetch(content: WantedContent, signal: AbortSignal): Promise<void> {
    const { disk } = this.#host;
    const draft = `${this.#dir}/drafts/${hexOf(content.digest)}`;
    await this.#dropIdleDrafts(content.digest);
    for (;;) {
      const begun = await this.#begun(draft, content.sizeBytes);
      {
        await using file = await disk.openAppend(draft);
        await this.#fill(content, { ...begun, file, draft, signal });
        await file.sync();
      }
      const came: Digest = `sha256:${encodeHex(begun.hasher.digest())}`;
      if (came === content.digest) break;
      await disk.remove(draft);
      // What an earlier agent left may have been spoilt by a power cut: then the sender is not to blame.
      if (begun.offset > 0) continue;
      throw new WrongContent(
        `What ${content.from} sent has the digest ${came} instead of ${content.digest}`,
      );
    }
    await disk.rename(draft, this.path(content.digest), { sync: true });
  }

  /** A registry that says something else each time must not fill the disk with what it never completes. */
  async #dropIdleDrafts(wanted: Digest): Promise<void> {
    const { disk } = this.#host;
    const busy = new Set([wanted, ...this.#coming.keys()].map(hexOf));
    const names = await disk.list(`${this.#dir}/drafts`).catch(() => []);
    const paths = names.filter((name) => !busy.has(name) && isDraft(name))
      .map((name) => `${this.#dir}/drafts/${name}`);
    if (paths.length <= MAX_IDLE_DRAFTS) return;
    const idle = await Promise.all(paths.map(async (path) => ({
      path,
      atMs: await disk.stat(path).then((info) => info.modified, () => 0),
    })));
    idle.sort((a, b) => b.atMs - a.atMs);
    for (const { path } of idle.slice(MAX_IDLE_DRAFTS)) await disk.remove(path);
  }

  /** How much there is, and its hash so far. */
  async #begun(
    draft: string,
    sizeBytes: number,
  ): Promise<{ offset: number; hasher: Hasher }> {
    const { disk, crypto } = this.#host;
    const hasher = crypto.hasher("sha256");
    const there = await disk.stat(draft).then((info) => info, () => undefined);
    if (!there) return { offset: 0, hasher };
    if (!there.isFile || there.sizeBytes > sizeBytes) {
      await disk.remove(draft);
      return { offset: 0, hasher };
    }
    let offset = 0;
    for await (const piece of this.#pieces(draft)) {
      hasher.update(piece);
      offset += piece.length;
    }
    return { offset, hasher };
  }

  async #fill(content: WantedContent, to: {
    readonly offset: number;
    readonly hasher: Hasher;
    readonly file: AppendFile;
    readonly draft: string;
    readonly signal: AbortSignal;
  }): Promise<void> {
    const { disk, clock, random } = this.#host;
    const { hasher, file, signal } = to;
    let offset = to.offset;
    const { digest, from, sizeBytes } = content;
    using progress = this.#underWay.begin({
      digest,
      from,
      sizeBytes,
      receivedBytes: offset,
    });
    for (let failures = 0; offset < content.sizeBytes;) {
      const begun = offset;
      try {
        const stream = await content.open(offset, signal);
        const chunks = readStream(this.#host, stream, { signal });
        for await (const chunk of chunks) {
          if (offset + chunk.length > content.sizeBytes) {
            throw new WrongContent(
              `More came from ${content.from} than there may be`,
            );
          }
          await file.append(chunk);
          hasher.update(chunk);
          offset += chunk.length;
          progress.received(offset);
          await this.#rate?.take(chunk.length, signal);
        }
      } catch (error) {
        if (error instanceof HostError && error.code === "no-space") {
          await disk.remove(to.draft); // what is half here must not be what fills the disk
          throw error;
        }
        if (signal.aborted || !(error instanceof HostError)) throw error;
        const hasCome = offset - begun >= MIN_PROGRESS_BYTES;
        // A silence has cost a minute already, a sender that is too slow five, and others may be waiting for their turn.
        const weight = error.code === "timeout" ? MAX_FAILURES / 2 : 1;
        failures = hasCome ? weight : failures + weight;
        if (failures >= MAX_FAILURES) throw error;
        const waitMs = Math.min(
          FIRST_WAIT_MS * 2 ** (failures - 1),
          LONGEST_WAIT_MS,
        );
        await clock.sleep(waitMs * (0.5 + random.float() / 2), signal);
      }
    }
  }

  async *#pieces(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    await using file = await this.#host.disk.openRead(path);
    const buffer = new Uint8Array(PIECE_BYTES);
    for (;;) {
      const length = await file.read(buffer);
      if (length === null) return;
      yield buffer.subarray(0, length);
    }
  }
}

async function* bounded(
  content: AsyncIterable<Uint8Array<ArrayBuffer>>,
  limitBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let length = 0;
  for await (const piece of content) {
    length += piece.length;
    if (length > limitBytes) {
      throw new RangeError(`It has more than ${limitBytes} bytes`);
    }
    yield piece;
  }
}

function isDraft(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}
