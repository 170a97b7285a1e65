/**
 * Brings what is stored to the current key, before a store opens: after encryption was turned on or off, and after a key was replaced.
 *
 * @module
 */
import type { Kv } from "../../base/host.ts";
import { CHUNK_PREFIX, LOG_PREFIX, ROW_PREFIX } from "../keys.ts";
import { placeOf, seal, type Sealing } from "./sealed_kv.ts";
import { sealedWith } from "./sealing_keys.ts";

/** Where it is noted what everything is sealed with. */
const MARK_KEY: Deno.KvKey = ["seal"];
/** Values read at a time; one can have 64 KB. */
const READ_BATCH = 32;

/**
 * Seals anew what is sealed otherwise than is wanted now. Looks through everything only when the current key, or what it is for, has changed since
 * the last time; may be interrupted at any moment and is then done again.
 *
 * @param scope what is sealed, in words that change when that does
 * @returns how many values were written; undefined when there was nothing to look for
 * @throws {StoreCorruptError} when a value's key is missing
 */
export async function reseal(
  kv: Kv,
  sealing: Sealing,
  scope: string,
): Promise<number | undefined> {
  const mark = `${sealing.keys.current} ${scope}`;
  const known = await kv.get(MARK_KEY);
  if (known.value === mark) return undefined;
  let written = 0;
  for (const prefix of [ROW_PREFIX, CHUNK_PREFIX, LOG_PREFIX]) {
    const entries = kv.list<unknown>({ prefix }, { batchSize: READ_BATCH });
    for await (const entry of entries) {
      const value = resealed(sealing, entry);
      if (value === undefined) continue;
      // Another server may be at work on the same database: what has changed meanwhile is sealed as it should be.
      await kv.atomic().check(entry).set(entry.key, value).commit();
      written++;
    }
  }
  await kv.atomic().set(MARK_KEY, mark).commit();
  return written;
}

/** The value as it is to be; undefined when it is so already. */
function resealed(
  sealing: Sealing,
  { key, value }: Deno.KvEntry<unknown>,
): unknown {
  if (!(value instanceof Uint8Array)) return undefined;
  const plain = sealing.keys.open(placeOf(key), value);
  const wanted = seal(sealing, key, plain);
  const same = wanted === plain
    ? sealedWith(value) === ""
    : sealedWith(value) === sealing.keys.current;
  return same ? undefined : wanted;
}
