/**
 * Remembers how recent events were encoded, so that a change that a thousand watchers see is turned into bytes once.
 *
 * @module
 */
import type { StoreEvent } from "../store/store.ts";

/** How many events are remembered. Watchers that keep up ask within a few; the rest encode again. */
export const ENCODING_CACHE_EVENTS = 256;

/** How many bytes of encodings are remembered at most. */
export const ENCODING_CACHE_BYTES: number = 8 * 1024 * 1024;

/** Bounds of an {@linkcode EncodingCache}. */
export interface EncodingCacheOptions {
  /** @default {@linkcode ENCODING_CACHE_EVENTS} */
  readonly events?: number;
  /** @default {@linkcode ENCODING_CACHE_BYTES} */
  readonly limitBytes?: number;
}

interface Entry {
  readonly forms: Map<string, Uint8Array>;
  bytes: number;
}

/** A bounded memory of encodings by event and form. */
export class EncodingCache {
  /** Insertion order is age: the oldest goes first. */
  readonly #entries = new Map<StoreEvent, Entry>();
  readonly #events: number;
  readonly #limitBytes: number;
  #bytes = 0;

  constructor(options: EncodingCacheOptions = {}) {
    this.#events = options.events ?? ENCODING_CACHE_EVENTS;
    this.#limitBytes = options.limitBytes ?? ENCODING_CACHE_BYTES;
  }

  /** The remembered bytes, or those that `encode` makes now. `form` tells apart what one event can look like. */
  get(
    event: StoreEvent,
    form: string,
    encode: () => Uint8Array,
  ): Uint8Array {
    let entry = this.#entries.get(event);
    const known = entry?.forms.get(form);
    if (known !== undefined) return known;
    const made = encode();
    if (entry === undefined) {
      entry = { forms: new Map(), bytes: 0 };
      this.#entries.set(event, entry);
    }
    entry.forms.set(form, made);
    entry.bytes += made.length;
    this.#bytes += made.length;
    this.#shrink();
    return made;
  }

  #shrink(): void {
    for (const [event, { bytes }] of this.#entries) {
      const small = this.#entries.size <= this.#events &&
        this.#bytes <= this.#limitBytes;
      if (small) return;
      this.#entries.delete(event);
      this.#bytes -= bytes;
    }
  }
}
