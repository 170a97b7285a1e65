/**
 * The one record that every commit checks and replaces: the fence, and the figures that a start needs.
 *
 * @module
 */
import type { Revision } from "./store.ts";
import { corrupt, isRevision } from "./record.ts";

/** The form of the data; a store refuses one that it does not know. */
export const FORMAT = 1;

/** What is under `["head"]`. */
export interface Head {
  readonly format: number;
  /** Revision of the last commit. */
  readonly revision: Revision;
  /** The commit that wrote this head. Tells a commit whose answer was lost from one that never happened. */
  readonly group: string;
  /**
   * Revisions up to this one may have been used by rows that live in memory, so that a start goes on after it.
   * 0 while no such row has been written.
   */
  readonly ceiling: Revision;
  /** Folders that volatile rows lie in. Their events are not in the log: a watch of one can not resume over a restart. */
  readonly volatileFolders: readonly string[];
  readonly log: LogFigures;
}

/** What the log in the KV holds. */
export interface LogFigures {
  /** Changes up to this revision are gone. */
  readonly after: Revision;
  /** Revision of the newest change; equal to `after` when there is none. */
  readonly last: Revision;
  /** Changes. */
  readonly rows: number;
  /** Bytes of the segments and of the chunks that they own. */
  readonly bytes: number;
}

/** The head of a store that nothing was written to. */
export const EMPTY_HEAD: Head = {
  format: FORMAT,
  revision: 0,
  group: "",
  ceiling: 0,
  volatileFolders: [],
  log: { after: 0, last: 0, rows: 0, bytes: 0 },
};

/** Reads a head. @throws {StoreCorruptError} */
export function decodeHead(value: unknown): Head {
  if (typeof value !== "object" || value === null) {
    throw corrupt("its head is not a record");
  }
  const head = value as Head;
  if (head.format !== FORMAT) {
    throw corrupt(
      `its format is ${
        JSON.stringify(head.format)
      }, this program knows ${FORMAT}`,
    );
  }
  const { log, volatileFolders } = head;
  const sound = isRevision(head.revision) && isRevision(head.ceiling) &&
    typeof head.group === "string" && Array.isArray(volatileFolders) &&
    typeof log === "object" && log !== null && isRevision(log.after) &&
    isRevision(log.last) && isRevision(log.rows) && isRevision(log.bytes) &&
    log.after <= log.last && log.last <= head.revision;
  if (!sound) throw corrupt("its head is incomplete");
  return head;
}

/** The revision that a store goes on from, having found a head. */
export function startRevision(head: Head): Revision {
  return Math.max(head.revision, head.ceiling);
}
