/**
 * Times as the API writes them.
 *
 * @module
 */
import type { EpochMs } from "../base/host.ts";

/** RFC 3339 in UTC with whole seconds: `metav1.Time`. */
export function timestamp(ms: EpochMs): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** RFC 3339 in UTC with microseconds: `metav1.MicroTime`. */
export function microTimestamp(ms: EpochMs): string {
  return new Date(ms).toISOString().replace(/Z$/, "000Z");
}

/** Milliseconds since 1970 of a time in the API; NaN when absent or not a time. */
export function parseTimestamp(text: string | undefined): EpochMs {
  return text === undefined ? NaN : Date.parse(text);
}
