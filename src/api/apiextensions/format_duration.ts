/**
 * The `duration` format: Go's durations, and words such as `2 days`.
 *
 * @module
 */

const GO = /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

/** Names of a unit; what begins with the last one counts as well. */
const UNITS: readonly (readonly string[])[] = [
  ["ns", "nano"],
  ["us", "µs", "micro"],
  ["ms", "milli"],
  ["s", "sec"],
  ["m", "min"],
  ["h", "hr", "hour"],
  ["d", "day"],
  ["w", "wk", "week"],
];

/** Whether a text is a duration. */
export function goDurationUnits(text: string): boolean {
  if (GO.test(text)) return true;
  for (const [, unit = ""] of text.matchAll(/\d+\s*([A-Za-zµ]+)/g)) {
    const word = unit.toLowerCase();
    const known = UNITS.some((names) =>
      names.includes(word) || word.startsWith(names.at(-1)!)
    );
    if (known) return true;
  }
  return false;
}
