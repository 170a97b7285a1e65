/**
 * Removes what nobody refers to: uploads that were given up, blobs that no manifest of their repository refers to, contents that no repository has.
 *
 * Nothing is done while nothing changes: a change arms one timer.
 *
 * @module
 */
import type { Timer } from "../../base/host.ts";
import {
  dropUnheld,
  type RegistryParts,
  repositoryKey,
  uploadKey,
} from "./parts.ts";

/** So long after a push was last heard of it counts as given up, in milliseconds. */
export const GARBAGE_GRACE_MS = 60 * 60_000;

/** What a collection did. */
export interface GarbageReport {
  readonly uploads: number;
  readonly blobs: number;
  readonly contents: number;
  readonly freedBytes: number;
  /** What belongs to pushes that are under way; it is looked at again. */
  readonly spared: number;
}

/** See the module. */
export class Garbage implements Disposable {
  readonly #graceMs: number;
  #parts: RegistryParts | undefined;
  #timer: Timer | undefined;
  #running: Promise<GarbageReport> | undefined;
  #closed = false;

  constructor(graceMs: number = GARBAGE_GRACE_MS) {
    this.#graceMs = graceMs;
  }

  /** What it works on. What lies there from before is looked at after a grace. */
  start(parts: RegistryParts): void {
    this.#parts = parts;
    this.changed();
  }

  /** Something may have become garbage, or will if nobody goes on with it. */
  changed(): void {
    const parts = this.#parts;
    if (parts === undefined || this.#timer !== undefined || this.#closed) {
      return;
    }
    const { clock, spawn, log } = parts.host;
    this.#timer = clock.after(this.#graceMs, () => {
      this.#timer = undefined;
      spawn("registry garbage", async () => {
        const { spared, ...done } = await this.collect();
        if (spared > 0) this.changed();
        log("info", "Registry's garbage was collected", { spared, ...done });
      });
    });
  }

  /** Collects now. @param graceMs what was pushed more lately is spared */
  async collect(graceMs: number = this.#graceMs): Promise<GarbageReport> {
    while (this.#running !== undefined) await this.#running.catch(() => {});
    const running = collect(this.#parts!, graceMs, () => this.#closed);
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = undefined;
    }
  }

  /** Nothing more is begun. Resolves when nothing is under way. */
  async close(): Promise<void> {
    this[Symbol.dispose]();
    await this.#running?.catch(() => {});
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.cancel();
  }
}

async function collect(
  parts: RegistryParts,
  graceMs: number,
  isClosed: () => boolean,
): Promise<GarbageReport> {
  const { index, store, activity, locks, space } = parts;
  const done = { uploads: 0, blobs: 0, contents: 0, freedBytes: 0, spared: 0 };
  const repositories = new Set<string>();
  for await (const repository of index.repositories()) {
    repositories.add(repository);
  }
  const uploads = new Map<string, string>();
  for await (const { id, repository } of index.uploads()) {
    uploads.set(id, repository);
    repositories.add(repository);
  }
  /** Only what is old waits for its lock: who sends holds it for as long as the client likes. */
  const giveUp = async (id: string, isOld: () => boolean) => {
    const isYoung = async () =>
      await index.upload(id) !== undefined && !isOld();
    if (await isYoung()) return void done.spared++;
    await locks.run(uploadKey(id), async () => {
      if (await isYoung()) return void done.spared++;
      const row = await index.upload(id);
      const { sizeBytes } = await store.statUpload(id) ?? {};
      if (row === undefined && sizeBytes === undefined) return;
      // In this order: what is told to be there is there.
      await index.removeUpload(id);
      await store.deleteUpload(id);
      space.give(sizeBytes ?? 0);
      done.freedBytes += sizeBytes ?? 0;
      done.uploads++;
    });
  };
  // From here on what activity knows of is young: the rest was forgotten, and what is new is new.
  for (const repository of repositories) {
    activity.underWay(repository, graceMs);
  }
  for (const [id, repository] of uploads) {
    if (isClosed()) return done;
    await giveUp(id, () => !activity.has(repository, id));
  }
  for await (const { id } of store.listUploads()) {
    if (isClosed()) return done;
    // One that is not in the snapshot has no row, or is new.
    if (!uploads.has(id)) await giveUp(id, () => false);
  }
  for (const repository of repositories) {
    for await (const digest of index.blobs(repository)) {
      if (isClosed()) return done;
      if (await index.isReferenced(repository, digest)) continue;
      const removed = await locks.run(repositoryKey(repository), async () => {
        if (activity.has(repository, digest)) return false;
        if (await index.isReferenced(repository, digest)) return false;
        await index.removeReferences(repository, digest);
        await index.removeBlob(repository, digest);
        return true;
      });
      if (removed) done.blobs++;
      else done.spared++;
    }
    await locks.run(
      repositoryKey(repository),
      () => index.removeEmpty(repository),
    );
  }
  for await (const { digest } of store.list()) {
    if (isClosed()) return done;
    if (await index.isHeld(digest)) continue;
    const freed = await dropUnheld(parts, digest);
    done.freedBytes += freed;
    done.contents++;
  }
  return done;
}
