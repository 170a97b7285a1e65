/**
 * Deno KV's limits, with its error texts, for databases that are not Deno KV.
 *
 * @module
 */
import { serialize } from "node:v8";
import { orderedKey } from "./kv_order.ts";

/** What an atomic operation does to a key. */
export type Mutation =
  | {
    readonly type: "set";
    readonly key: Deno.KvKey;
    readonly value: unknown;
  }
  | { readonly type: "delete"; readonly key: Deno.KvKey };

const KEY_LIMIT_BYTES = 2048;
const VALUE_LIMIT_BYTES = 65_536;
const CHECK_LIMIT = 100;
const MUTATION_LIMIT = 1000;
const KEYS_LIMIT_BYTES = 81_920;
const TOTAL_LIMIT_BYTES = 819_200;

/** Checks that Deno KV would take a commit. @throws {TypeError} with its words */
export function checkCommit(
  checks: readonly Deno.AtomicCheck[],
  mutations: readonly Mutation[],
): void {
  refuseOver(checks.length, CHECK_LIMIT, "Too many checks (max #)");
  refuseOver(mutations.length, MUTATION_LIMIT, "Too many mutations (max #)");
  let keys = 0;
  let total = 0;
  for (const { key } of [...checks, ...mutations]) {
    const bytes = orderedKey(key).length;
    refuseOver(bytes, KEY_LIMIT_BYTES, "Key too large for write (max # bytes)");
    keys += bytes;
    total += bytes;
  }
  for (const mutation of mutations) {
    if (mutation.type === "delete") continue;
    const bytes = sizeOf(mutation.value);
    refuseOver(bytes, VALUE_LIMIT_BYTES, "Value too large (max # bytes)");
    total += bytes;
  }
  refuseOver(keys, KEYS_LIMIT_BYTES, "Total key size too large (max # bytes)");
  refuseOver(
    total,
    TOTAL_LIMIT_BYTES,
    "Total mutation size too large (max # bytes)",
  );
}

/** A value as the database keeps it: nobody else changes it. */
export function copyOf(value: unknown): unknown {
  return value instanceof Uint8Array ? value.slice() : structuredClone(value);
}

function sizeOf(value: unknown): number {
  return value instanceof Uint8Array ? value.length : serialize(value).length;
}

function refuseOver(value: number, limit: number, text: string): void {
  if (value > limit) throw new TypeError(text.replace("#", String(limit)));
}
