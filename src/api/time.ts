/**
 * RFC 3339 times as Kubernetes reads and writes them: seconds for `Time`, microseconds for `MicroTime`, always UTC.
 *
 * @module
 */

const LAYOUT = "2006-01-02T15:04:05Z07:00";
const ELEMENTS = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d{2}/],
  ["-", /^-/],
  ["02", /^\d{2}/],
  ["T", /^T/],
  ["15", /^\d{2}/],
  [":", /^:/],
  ["04", /^\d{2}/],
  [":", /^:/],
  ["05", /^\d{2}(?:[.,]\d+)?/],
  ["Z07:00", /^(?:Z|[+-]\d{2}:\d{2})/],
] as const;

/** A point in time as text was read. */
export interface ParsedTime {
  /** Milliseconds since 1970. */
  readonly ms: number;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Reads an RFC 3339 time; the answer is Go's error text when it is none. */
export function parseTime(text: string): ParsedTime | string {
  let rest = text;
  const found: string[] = [];
  for (const [name, form] of ELEMENTS) {
    const match = form.exec(rest);
    if (match === null) {
      return `parsing time ${
        JSON.stringify(text)
      } as "${LAYOUT}": cannot parse ${JSON.stringify(rest)} as "${name}"`;
    }
    found.push(match[0]);
    rest = rest.slice(match[0].length);
  }
  if (rest !== "") {
    return `parsing time ${JSON.stringify(text)}: extra text: ${
      JSON.stringify(rest)
    }`;
  }
  const [year, month, day, hour, minute, second] = [0, 2, 4, 6, 8, 10].map((
    at,
  ) => Number(found[at]!.replace(",", "."))) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const outOfRange = month < 1 || month > 12
    ? "month"
    : day < 1 || day > daysIn(year, month)
    ? "day"
    : hour > 23
    ? "hour"
    : minute > 59
    ? "minute"
    : second >= 60
    ? "second"
    : "";
  if (outOfRange !== "") {
    return `parsing time ${JSON.stringify(text)}: ${outOfRange} out of range`;
  }
  const zone = found[11]!;
  const offset = zone === "Z" ? 0 : (zone[0] === "-" ? -1 : 1) *
    (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute - offset, 0, 0);
  return { ms: date.getTime() + Math.floor(second * 1000 + 1e-6) };
}

/** Milliseconds of a time that is known to be well formed (one from the API). */
export function epochMs(text: string): number {
  return Date.parse(text);
}

const WHOLE_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const WHOLE_MICROS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** A time as `Time` is written: `2026-01-02T03:04:05Z`; `source`, when it is already so, is kept. */
export function formatTime(ms: number, source = ""): string {
  if (WHOLE_SECONDS.test(source)) return source;
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** A time as `MicroTime` is written: `2026-01-02T03:04:05.000006Z`; microseconds are taken from `source`. */
export function formatMicroTime(ms: number, source = ""): string {
  if (WHOLE_MICROS.test(source)) return source;
  const fraction = /[.,](\d+)/.exec(source)?.[1];
  const micros = fraction === undefined
    ? `${new Date(ms).toISOString().slice(20, 23)}000`
    : fraction.padEnd(6, "0").slice(0, 6);
  return `${new Date(ms).toISOString().slice(0, 19)}.${micros}Z`;
}
