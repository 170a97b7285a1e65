/**
 * The mappings of source maps: positions in a made text, and where they come from.
 *
 * @see {@link https://tc39.es/ecma426/#sec-mappings}
 *
 * @module
 */

const DIGITS =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const DIGIT_BITS = 5;
const GOES_ON = 1 << DIGIT_BITS;

/** A segment: column here, and perhaps source, line and column there, and a name. */
type Segment = readonly number[];

/**
 * Leaves only what comes from some of the sources.
 *
 * @param places for each source its new place among the sources that are kept; undefined for those that are left out
 */
export function keepSources(
  mappings: string,
  places: readonly (number | undefined)[],
): string {
  const before = [0, 0, 0, 0, 0];
  const after = [0, 0, 0, 0, 0];
  return mappings.split(";").map((line) => {
    before[0] = after[0] = 0; // columns begin anew with each line, the rest goes on
    let wasKept = true;
    const kept: string[] = [];
    for (const text of line === "" ? [] : line.split(",")) {
      const segment = decode(text).map((delta, i) => before[i]! += delta);
      const place = segment.length > 1 ? places[segment[1]!] : undefined;
      if (place !== undefined) {
        kept.push(
          encodeSegment([segment[0]!, place, ...segment.slice(2)], after),
        );
      } else if (wasKept && kept.length > 0) {
        // What follows here is from nowhere, and not from what stood before it.
        kept.push(encodeSegment([segment[0]!], after));
      }
      wasKept = place !== undefined;
    }
    return kept.join(",");
  }).join(";");
}

function encodeSegment(segment: Segment, before: number[]): string {
  return segment.map((value, i) => {
    const delta = value - before[i]!;
    before[i] = value;
    return encode(delta);
  }).join("");
}

/** Numbers of varying length, the least digit first; the lowest bit is the sign. */
function decode(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const char of text) {
    const digit = DIGITS.indexOf(char);
    value += (digit & (GOES_ON - 1)) << shift;
    if (digit & GOES_ON) {
      shift += DIGIT_BITS;
      continue;
    }
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}

function encode(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = rest & (GOES_ON - 1);
    rest >>>= DIGIT_BITS;
    text += DIGITS[rest > 0 ? digit | GOES_ON : digit];
  } while (rest > 0);
  return text;
}
