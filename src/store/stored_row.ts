/**
 * A row with what the store itself has to know of it.
 *
 * @module
 */
import type { Key, Revision, Row, Value } from "./store.ts";

/** Where the value of a large row lies. */
export interface ChunkReference {
  /** Unique for ever: chunks of a write that came to nothing are never taken for those of another. */
  readonly id: string;
  /** How many chunks there are. */
  readonly count: number;
  /** Bytes of all chunks together. */
  readonly bytes: number;
}

/** Options of a {@linkcode StoredRow}. */
export interface StoredRowOptions {
  readonly volatile?: boolean;
  readonly chunks?: ChunkReference;
}

/** A row in memory. A class, so that ten thousands of them share one shape. */
export class StoredRow implements Row {
  readonly key: Key;
  readonly revision: Revision;
  readonly text: string;
  declare readonly labels?: Readonly<Record<string, string>>;
  declare readonly fields?: Readonly<Record<string, string>>;
  /** The row is not in the KV. */
  declare readonly volatile?: true;
  /** The value is not in the row's own record. */
  declare readonly chunks?: ChunkReference;

  constructor(
    at: { readonly key: Key; readonly revision: Revision },
    value: Value,
    options: StoredRowOptions = {},
  ) {
    this.key = at.key;
    this.revision = at.revision;
    this.text = value.text;
    if (value.labels !== undefined) this.labels = value.labels;
    if (value.fields !== undefined) this.fields = value.fields;
    if (options.volatile) this.volatile = true;
    if (options.chunks !== undefined) this.chunks = options.chunks;
  }
}

/** One change, between rows as the store keeps them. Every watcher gets the same object, so that encodings can be remembered by it. */
export interface StoredEvent {
  readonly revision: Revision;
  readonly key: Key;
  readonly row?: StoredRow;
  readonly previous?: StoredRow;
}

/** Makes an event; absent rows leave no property behind. */
export function storedEvent(
  at: { readonly key: Key; readonly revision: Revision },
  rows: { row?: StoredRow | undefined; previous?: StoredRow | undefined },
): StoredEvent {
  return {
    revision: at.revision,
    key: at.key,
    ...(rows.row === undefined ? {} : { row: rows.row }),
    ...(rows.previous === undefined ? {} : { previous: rows.previous }),
  };
}

/** Whether an event is of a row that lives in memory only. */
export function isVolatile(event: StoredEvent): boolean {
  return (event.row ?? event.previous)?.volatile === true;
}
