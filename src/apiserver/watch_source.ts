/**
 * The body of a watch: turns a store cursor into lines, one JSON object each.
 *
 * ```text
 *   initial rows → initial-events-end bookmark → events … (bookmarks between) → deadline: last bookmark → end
 * ```
 *
 * Work is done only when the reader asks for more, so a client that does not read holds a cursor and nothing else.
 *
 * @module
 */
import type { Revision, StoreEvent, Watcher } from "../store/store.ts";
import type { RunningWatch } from "./watch_hub.ts";

/** How many initial objects are encoded at a time. */
const INITIAL_CHUNK_ROWS = 256;

/** What a {@linkcode WatchSource} needs. */
export interface WatchSourceOptions {
  readonly watcher: Watcher;
  /** For `/debug/state`. */
  readonly label: string;
  /** It gets every n-th bookmark tick. @default 1 */
  readonly bookmarkEvery?: number;
  /** The revision that the client knows when the watch begins. */
  readonly revision: Revision;
  /** Lines of the initial state; the function makes the line of the row at an index. */
  readonly initial?: {
    readonly length: number;
    line(index: number): Uint8Array;
    /** Called before the lines of rows from `start` to before `stop` are made, where that takes waiting. */
    prepare?(start: number, stop: number): Promise<void> | undefined;
  };
  /** The line that follows the initial state. */
  readonly initialEnd?: Uint8Array;
  /** The line of an event; undefined when this client does not see it. */
  line(event: StoreEvent): Uint8Array | undefined;
  /** Called before the lines of events are made, where that takes waiting. */
  prepare?(events: readonly StoreEvent[]): Promise<void> | undefined;
  /** The line of a bookmark; absent when the client wants none. */
  bookmark?(revision: Revision): Uint8Array;
  /** Called once when the watch is over. */
  onEnd(): void;
}

/** The source of a watch's `ReadableStream`. */
export class WatchSource
  implements UnderlyingDefaultSource<Uint8Array>, RunningWatch {
  readonly label: string;
  readonly bookmarkEvery: number;
  readonly #options: WatchSourceOptions;
  /** The last revision that the client has been told. */
  #told: Revision;
  #initialAt = 0;
  #initialDone = false;
  /** A read of the cursor is under way. */
  #reading = false;
  /** What that read gave and nobody has taken yet. */
  #arrived: readonly StoreEvent[] | "expired" | "closed" | undefined;
  /** The revision to bookmark, taken when the tick came (later ones could be ahead of {@linkcode WatchSource.#arrived}). */
  #bookmarkAt: Revision | undefined;
  #ending = false;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(options: WatchSourceOptions) {
    this.#options = options;
    this.label = options.label;
    this.bookmarkEvery = options.bookmarkEvery ?? 1;
    this.#told = options.revision;
  }

  /** Called by the hub's tick, outside of any read. */
  bookmark(): void {
    if (this.#options.bookmark === undefined) return;
    // Events that have arrived come first; they tell the revision as well.
    if (this.#arrived !== undefined) return;
    this.#bookmarkAt = this.#options.watcher.revision;
    this.#wake?.();
  }

  /** Ends the watch in order, with a last bookmark. */
  end(): void {
    this.bookmark();
    this.#ending = true;
    this.#wake?.();
  }

  async pull(
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    while (!this.#over) {
      const ready = this.#prepared();
      if (ready !== undefined) await ready;
      if (this.#over) return;
      const chunk = this.#initialChunk() ?? this.#eventChunk() ??
        this.#bookmarkChunk();
      if (chunk !== undefined) {
        controller.enqueue(chunk);
        return;
      }
      const ended = this.#ending || this.#arrived === "expired" ||
        this.#arrived === "closed";
      if (ended) {
        this.#finish();
        controller.close();
        return;
      }
      await this.#more();
    }
  }

  cancel(): void {
    this.#finish();
  }

  /** Waits for what the next lines need; undefined when they need nothing. */
  #prepared(): Promise<void> | undefined {
    const { initial, prepare } = this.#options;
    if (!this.#initialDone) {
      const stop = Math.min(
        initial?.length ?? 0,
        this.#initialAt + INITIAL_CHUNK_ROWS,
      );
      return initial?.prepare?.(this.#initialAt, stop);
    }
    const events = this.#arrived;
    return events === undefined || typeof events === "string"
      ? undefined
      : prepare?.(events);
  }

  #initialChunk(): Uint8Array | undefined {
    if (this.#initialDone) return undefined;
    const { initial, initialEnd } = this.#options;
    const lines: Uint8Array[] = [];
    const length = initial?.length ?? 0;
    const stop = Math.min(length, this.#initialAt + INITIAL_CHUNK_ROWS);
    while (this.#initialAt < stop) lines.push(initial!.line(this.#initialAt++));
    if (this.#initialAt === length) {
      this.#initialDone = true;
      if (initialEnd !== undefined) lines.push(initialEnd);
    }
    return lines.length === 0 ? undefined : concat(lines);
  }

  #eventChunk(): Uint8Array | undefined {
    const events = this.#arrived;
    if (events === undefined || typeof events === "string") return undefined;
    this.#arrived = undefined;
    const lines: Uint8Array[] = [];
    for (const event of events) {
      const line = this.#options.line(event);
      if (line === undefined) continue;
      lines.push(line);
      this.#told = event.revision;
    }
    return lines.length === 0 ? undefined : concat(lines);
  }

  #bookmarkChunk(): Uint8Array | undefined {
    const at = this.#bookmarkAt;
    this.#bookmarkAt = undefined;
    if (at === undefined || at <= this.#told) return undefined;
    this.#told = at;
    return this.#options.bookmark?.(at);
  }

  /** Resolves when there may be something to do. */
  #more(): Promise<void> {
    if (this.#arrived !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
      if (this.#reading) return;
      this.#reading = true;
      this.#options.watcher.read().catch(() => "closed" as const).then(
        (result) => {
          this.#reading = false;
          this.#arrived = result;
          this.#wake?.();
        },
      );
    });
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.watcher.close();
    this.#wake?.();
    this.#options.onEnd();
  }
}

function concat(lines: readonly Uint8Array[]): Uint8Array {
  if (lines.length === 1) return lines[0]!;
  let length = 0;
  for (const line of lines) length += line.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const line of lines) {
    all.set(line, at);
    at += line.length;
  }
  return all;
}
