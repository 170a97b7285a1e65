/**
 * Rows that live in memory only: node leases and heartbeats. They take revisions like others, below a durable ceiling that moves in big steps, so that
 * a heartbeat costs no write to the disk, and yet no revision is ever used twice: a start goes on after the ceiling.
 *
 * @module
 */
import { folderOf } from "./keys.ts";
import type { Head } from "./head.ts";
import type { Key, Revision } from "./store.ts";
import { isVolatile } from "./stored_row.ts";
import type { Write } from "./transaction.ts";

/**
 * How far ahead the ceiling is set. A thousand nodes with a heartbeat each 25 s use it up in 7 hours.
 */
export const CEILING_STEP = 1_000_000;

/** The durable side of volatile rows, as the head tells it. */
export interface VolatileFigures {
  readonly ceiling: Revision;
  readonly volatileFolders: readonly string[];
}

/** Whether writes can be acknowledged without a commit: their revisions and folders are covered by the head. */
export function isCovered(
  head: VolatileFigures,
  writes: readonly Write[],
): boolean {
  return writes.every(({ event }) =>
    isVolatile(event) && event.revision <= head.ceiling &&
    head.volatileFolders.includes(folderOf(event.key))
  );
}

/** The figures of the next head, which covers `writes` and, with room to spare, those after them. */
export function nextFigures(
  head: Head,
  writes: readonly Write[],
  step: number,
): VolatileFigures {
  const folders = new Set<Key>(head.volatileFolders);
  for (const { event } of writes) {
    if (isVolatile(event)) folders.add(folderOf(event.key));
  }
  if (folders.size === 0) {
    return { ceiling: head.ceiling, volatileFolders: head.volatileFolders };
  }
  const last = writes.at(-1)?.event.revision ?? head.revision;
  return {
    // A commit that happens anyway moves the ceiling for nothing.
    ceiling: head.ceiling - last > step / 2 ? head.ceiling : last + step,
    volatileFolders: [...folders].sort(),
  };
}
