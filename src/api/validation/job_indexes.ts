/**
 * Lists of a Job's numbers as text: `0,2-4`.
 *
 * @module
 */

/** Numbers from the first to the last. */
type Interval = readonly [number, number];

function parseIndex(text: string, completions: number): number | string {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    return `cannot convert string to integer for index: ${
      JSON.stringify(text)
    }`;
  }
  return value >= completions
    ? `too large index: ${JSON.stringify(text)}`
    : value;
}

/** Reads `3` or `2-4`; the answer is a text when that is wrong. */
function parseInterval(text: string, completions: number): Interval | string {
  const parts = text.split("-");
  if (parts.length > 2) {
    return `the fragment ${
      JSON.stringify(text)
    } violates the requirement that an index interval can have at most two parts separated by '-'`;
  }
  const first = parseIndex(parts[0]!, completions);
  if (typeof first === "string") return first;
  if (parts[1] === undefined) return [first, first];
  const last = parseIndex(parts[1], completions);
  if (typeof last === "string") return last;
  return first >= last
    ? `non-increasing order, previous: ${first}, current: ${last}`
    : [first, last];
}

/** How many numbers a list names; a text when it is wrong. */
export function checkIndexes(
  list: string,
  completions: number,
): number | string {
  if (list === "") return 0;
  let total = 0;
  let previous: number | undefined;
  for (const text of list.split(",")) {
    const interval = parseInterval(text, completions);
    if (typeof interval === "string") return interval;
    const [first, last] = interval;
    if (previous !== undefined && previous >= first) {
      return `non-increasing order, previous: ${previous}, current: ${first}`;
    }
    total += last - first + 1;
    previous = last;
  }
  return total;
}

/** The first number that is in both lists. */
export function overlap(
  a: string,
  b: string,
  completions: number,
): number | undefined {
  const read = (list: string) =>
    list === ""
      ? []
      : list.split(",").map((text) => parseInterval(text, completions))
        .filter((interval) => typeof interval !== "string");
  const left = read(a);
  const right = read(b);
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    const [x, y] = left[i]!;
    const [u, v] = right[j]!;
    if (x <= v && u <= y) return Math.max(x, u);
    if (x <= u) i++;
    else j++;
  }
  return undefined;
}
