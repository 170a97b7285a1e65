/**
 * Remembers how recent events were encoded, so that a change that a thousand watchers see is turned into bytes once.
 *
 * @module
 */
import type { StoreEvent } from "../store/store.ts";

/** How many events are remembered. Watchers that keep up ask within a few; the rest encode again. */
export const ENCODING_CACHE_EVENTS = 256;

/** A bounded memory of encodings by event and form. */
export class EncodingCache {
  /** Insertion order is age: the oldest goes first. */
  readonly #entries = new Map<StoreEvent, Map<string, Uint8Array>>();
  readonly #limit: number;

  constructor(limit: number = ENCODING_CACHE_EVENTS) {
    this.#limit = limit;
  }

  /** The remembered bytes, or those that `encode` makes now. `form` tells apart what one event can look like. */
  get(
    event: StoreEvent,
    form: string,
    encode: () => Uint8Array,
  ): Uint8Array {
    let forms = this.#entries.get(event);
    if (forms === undefined) {
      forms = new Map();
      this.#entries.set(event, forms);
      if (this.#entries.size > this.#limit) {
        const oldest = this.#entries.keys().next().value;
        if (oldest !== undefined) this.#entries.delete(oldest);
      }
    }
    let bytes = forms.get(form);
    if (bytes === undefined) {
      bytes = encode();
      forms.set(form, bytes);
    }
    return bytes;
  }
}
