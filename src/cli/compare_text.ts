/**
 * The order of texts in output: by code unit, the same in every locale.
 *
 * @module
 */

/** For `sort`. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
