/**
 * Sizes for people.
 *
 * @module
 */

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;
const STEP = 1000;

/** `512 B`, `2.1 KB`, `12.8 MB`. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
