/**
 * A KV that seals the rows of some prefixes, and all of the log and the chunks, which hold older versions of them.
 *
 * The store above it knows nothing of this; nor do its limits, which leave room for what sealing adds.
 *
 * @module
 */
import type { Kv } from "../../base/host.ts";
import { CHUNK_PREFIX, LOG_PREFIX, ROW_PREFIX } from "../keys.ts";
import type { Key } from "../store.ts";
import type { SealingKeys } from "./sealing_keys.ts";

/** What is sealed, and with what. */
export interface Sealing {
  readonly keys: SealingKeys;
  /** Whether the row of a key is to be sealed. */
  concerns(key: Key): boolean;
}

/** See the module. */
export class SealedKv implements Kv {
  readonly #kv: Kv;
  readonly #sealing: Sealing;

  constructor(kv: Kv, sealing: Sealing) {
    this.#kv = kv;
    this.#sealing = sealing;
  }

  atomic(): Deno.AtomicOperation {
    const atomic = this.#kv.atomic();
    const set = atomic.set.bind(atomic);
    atomic.set = (key, value, options) => {
      set(key, seal(this.#sealing, key, value), options);
      return atomic;
    };
    return atomic;
  }

  async get<T>(
    key: Deno.KvKey,
    options?: { consistency?: Deno.KvConsistencyLevel },
  ): Promise<Deno.KvEntryMaybe<T>> {
    return this.#opened(await this.#kv.get<T>(key, options));
  }

  list<T>(
    selector: Deno.KvListSelector,
    options?: Deno.KvListOptions,
  ): Deno.KvListIterator<T> {
    const list = this.#kv.list<T>(selector, options);
    const next = list.next.bind(list);
    list.next = async () => {
      const step = await next();
      return step.done ? step : { ...step, value: this.#opened(step.value) };
    };
    return list;
  }

  watch: Kv["watch"] = (keys, options) => this.#kv.watch(keys, options);
  enqueue: Kv["enqueue"] = (value, options) => this.#kv.enqueue(value, options);
  listenQueue: Kv["listenQueue"] = (handler) => this.#kv.listenQueue(handler);
  close: Kv["close"] = () => this.#kv.close();

  #opened<E extends Deno.KvEntryMaybe<unknown>>(entry: E): E {
    if (!(entry.value instanceof Uint8Array)) return entry;
    const value = this.#sealing.keys.open(placeOf(entry.key), entry.value);
    return value === entry.value ? entry : { ...entry, value };
  }
}

/** Seals a value if its place asks for it. */
export function seal(
  { keys, concerns }: Sealing,
  key: Deno.KvKey,
  value: unknown,
): unknown {
  if (!(value instanceof Uint8Array)) return value;
  switch (key[0]) {
    case ROW_PREFIX[0]:
      if (!concerns(String(key[1]))) return value;
      break;
    case LOG_PREFIX[0]:
    case CHUNK_PREFIX[0]:
      break;
    default:
      return value;
  }
  return keys.seal(placeOf(key), value);
}

/** A place in words: `row secrets/default/a`. */
export function placeOf(key: Deno.KvKey): string {
  return key.join(" ");
}
