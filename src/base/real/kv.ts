/**
 * The key-value database: SQLite in a file, or KV Connect.
 *
 * @module
 */
import type { Kv } from "../host.ts";
import { orHostError } from "./host_error.ts";

/** Opens the database at a path, in memory (`:memory:`), or at an `http(s):` URL of KV Connect. */
export function openKv(path: string): Promise<Kv> {
  return orHostError(`Cannot open the database "${path}"`, Deno.openKv(path));
}
