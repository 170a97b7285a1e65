/**
 * Ranges of bytes: what a client wants of a content, and where a chunk of an upload belongs.
 *
 * @module
 */
import type { BlobRange } from "../../base/blob_store.ts";

/**
 * What a `Range` header asks for: a part; "all" for what we need not understand (RFC 9110 §14.2: other units, several ranges, nonsense); "none" when
 * the content has no such part.
 */
export function wantedRange(
  header: string | null,
  sizeBytes: number,
): BlobRange | "all" | "none" {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (from === undefined || to === undefined || from + to === "") return "all";
  if (from === "") {
    const length = Math.min(Number(to), sizeBytes);
    return length === 0 ? "none" : { offset: sizeBytes - length, length };
  }
  const offset = Number(from);
  const end = to === "" ? sizeBytes : Math.min(Number(to) + 1, sizeBytes);
  return offset >= end ? "none" : { offset, length: end - offset };
}

/** Where a chunk of an upload says that it belongs; undefined when it says nothing, "invalid" when that makes no sense. */
export function chunkRange(
  header: string | null,
): BlobRange | undefined | "invalid" {
  if (header === null) return undefined;
  // Some clients write it as RFC 9110 would have it in an answer.
  const [, from, to] =
    /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(
      header.trim(),
    ) ?? [];
  if (from === undefined || Number(to) < Number(from)) return "invalid";
  return { offset: Number(from), length: Number(to) - Number(from) + 1 };
}
