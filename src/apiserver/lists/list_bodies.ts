/**
 * Remembers how large lists were compressed, so that a thousand clients that come back at once are answered with one compression.
 *
 * @module
 */
import type { Row } from "../../store/store.ts";
import { type DeflatedTail, deflateTail } from "./spliced_gzip.ts";

/** How many bytes are remembered at most. */
export const LIST_BODIES_LIMIT_BYTES: number = 8 * 1024 * 1024;

interface Entry {
  /** The revisions of the rows that it was made of. A revision belongs to one row, so they say exactly which rows. */
  readonly revisions: Float64Array;
  readonly tail: DeflatedTail;
}

/** A bounded memory of compressed lists, by what was asked for. */
export class ListBodies {
  /** Insertion order is age of use: the one that nobody wants goes first. */
  readonly #entries = new Map<string, Entry>();
  readonly #limitBytes: number;
  #bytes = 0;

  /** @param limitBytes most bytes that are remembered. @default {@linkcode LIST_BODIES_LIMIT_BYTES} */
  constructor(limitBytes: number = LIST_BODIES_LIMIT_BYTES) {
    this.#limitBytes = limitBytes;
  }

  /**
   * The compressed end of a list.
   *
   * @param question what was asked for and in which form; the answer to another form of it must have another question
   * @param rows what it was answered with
   * @param encode makes the text
   */
  tailOf(
    question: string,
    rows: readonly Row[],
    encode: () => string,
  ): DeflatedTail {
    const known = this.#entries.get(question);
    if (known !== undefined) this.#forget(question, known);
    const entry = known !== undefined && isOf(known, rows) ? known : {
      revisions: Float64Array.from(rows, ({ revision }) => revision),
      tail: deflateTail(encode()),
    };
    this.#remember(question, entry);
    return entry.tail;
  }

  #remember(question: string, entry: Entry): void {
    const bytes = bytesOf(entry);
    if (bytes > this.#limitBytes) return;
    this.#entries.set(question, entry);
    this.#bytes += bytes;
    for (const [oldest, other] of this.#entries) {
      if (this.#bytes <= this.#limitBytes) break;
      this.#forget(oldest, other);
    }
  }

  #forget(question: string, entry: Entry): void {
    this.#entries.delete(question);
    this.#bytes -= bytesOf(entry);
  }
}

function isOf({ revisions }: Entry, rows: readonly Row[]): boolean {
  return revisions.length === rows.length &&
    rows.every(({ revision }, i) => revision === revisions[i]);
}

function bytesOf({ revisions, tail }: Entry): number {
  return revisions.byteLength + tail.blocks.length;
}
