/**
 * Schedules in the five fields of cron, as the library that Kubernetes uses for them reads them (robfig/cron, standard form).
 *
 * @module
 */

/** When something happens again and again. */
export interface CronSchedule {
  /** Minutes of the hour. */
  readonly minutes: ReadonlySet<number>;
  /** Hours of the day. */
  readonly hours: ReadonlySet<number>;
  /** Days of the month, from 1. */
  readonly days: ReadonlySet<number>;
  /** Months, from 1. */
  readonly months: ReadonlySet<number>;
  /** Days of the week, from 0 for Sunday. */
  readonly weekdays: ReadonlySet<number>;
  /** Whether the days of the month are all of them because nothing was said; then the days of the week alone count. */
  readonly anyDay: boolean;
  /** Whether the days of the week are all of them because nothing was said; then the days of the month alone count. */
  readonly anyWeekday: boolean;
  /** Time zone that the text itself names. */
  readonly timeZone?: string;
}

/** Something that happens after each such time, whatever the clock shows. */
export interface CronInterval {
  /** How long after the last time. */
  readonly everyMs: number;
}

/** A text that is no schedule; its message is the library's. */
export class CronError extends Error {
  /** For tests by name, across realms. */
  override readonly name = "CronError";
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MINUTES: Bounds = { min: 0, max: 59 };
const HOURS: Bounds = { min: 0, max: 23 };
const DAYS: Bounds = { min: 1, max: 31 };
const MONTHS: Bounds = {
  min: 1,
  max: 12,
  names: "jan feb mar apr may jun jul aug sep oct nov dec".split(" "),
};
const WEEKDAYS: Bounds = {
  min: 0,
  max: 6,
  names: "sun mon tue wed thu fri sat".split(" "),
};
const FIELDS = [MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS];

const DESCRIPTORS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

function parseNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw new CronError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${
        JSON.stringify(text)
      }: invalid syntax`,
    );
  }
  const value = Number(text);
  if (value < 0) {
    throw new CronError(`negative number (${value}) not allowed: ${text}`);
  }
  return value;
}

function parseWord(text: string, { min, names = [] }: Bounds): number {
  const index = names.indexOf(text.toLowerCase());
  return index >= 0 ? index + min : parseNumber(text);
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly any: boolean;
}

/** `*`, `5`, `mon-fri`, each with `/2` or without. */
function parseRange(text: string, bounds: Bounds): Range {
  const [range = "", stepText, ...slashes] = text.split("/");
  const [low = "", high, ...hyphens] = range.split("-");
  const star = low === "*" || low === "?";
  if (!star && hyphens.length > 0) {
    throw new CronError(`too many hyphens: ${text}`);
  }
  const start = star ? bounds.min : parseWord(low, bounds);
  let end = star
    ? bounds.max
    : high === undefined
    ? start
    : parseWord(high, bounds);
  if (slashes.length > 0) throw new CronError(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  if (stepText !== undefined && high === undefined) end = bounds.max;
  if (start < bounds.min) {
    throw new CronError(
      `beginning of range (${start}) below minimum (${bounds.min}): ${text}`,
    );
  }
  if (end > bounds.max) {
    throw new CronError(
      `end of range (${end}) above maximum (${bounds.max}): ${text}`,
    );
  }
  if (start > end) {
    throw new CronError(
      `beginning of range (${start}) beyond end of range (${end}): ${text}`,
    );
  }
  if (step === 0) {
    throw new CronError(`step of range should be a positive number: ${text}`);
  }
  return { start, end, step, any: star && step === 1 };
}

function parseField(
  text: string,
  bounds: Bounds,
): { readonly values: ReadonlySet<number>; readonly any: boolean } {
  const values = new Set<number>();
  let any = false;
  for (const part of text.split(",")) {
    if (part === "") continue;
    const range = parseRange(part, bounds);
    any ||= range.any;
    for (let at = range.start; at <= range.end; at += range.step) {
      values.add(at);
    }
  }
  return { values, any };
}

/** A duration as Go writes it, for example `1h30m`. */
function parseDuration(text: string): number | string {
  const quoted = JSON.stringify(text);
  const wrong = `time: invalid duration ${quoted}`;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0;
  if (rest === "") return wrong;
  let ms = 0;
  while (rest !== "") {
    const [part, number, unit] = /^(\d+\.?\d*|\.\d+)([^\d.]*)/.exec(rest) ?? [];
    if (part === undefined) return wrong;
    if (unit === "") return `time: missing unit in duration ${quoted}`;
    const size = UNIT_MS[unit!];
    if (size === undefined) {
      return `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
    }
    ms += Number(number) * size;
    rest = rest.slice(part.length);
  }
  return text.startsWith("-") ? -ms : ms;
}

const EVERY = "@every ";

function parseEvery(text: string): CronInterval {
  const ms = parseDuration(text.slice(EVERY.length));
  if (typeof ms === "string") {
    throw new CronError(`failed to parse duration ${text}: ${ms}`);
  }
  // At least a second, and whole seconds.
  return { everyMs: Math.max(1000, Math.floor(ms / 1000) * 1000) };
}

/** Whether there is a time zone of that name, for example `Europe/Vienna`. */
export function isTimeZone(name: string): boolean {
  // What is no name of the IANA database is none, though the runtime may take it (offsets).
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * Reads a schedule.
 *
 * @throws {CronError} when the text is none
 */
export function parseCron(text: string): CronSchedule | CronInterval {
  const zone = /^(?:CRON_)?TZ=/.exec(text);
  if (zone === null) return parseTimes(text);
  const space = text.indexOf(" ");
  if (space < 0) {
    throw new CronError(
      "invalid schedule format: runtime error: slice bounds out of range [:-1]",
    );
  }
  const timeZone = text.slice(zone[0].length, space);
  if (timeZone !== "" && timeZone !== "Local" && !isTimeZone(timeZone)) {
    throw new CronError(
      `provided bad location ${timeZone}: unknown time zone ${timeZone}`,
    );
  }
  const found = parseTimes(text.slice(space).trim());
  return "everyMs" in found ? found : { ...found, timeZone };
}

function parseTimes(text: string): CronSchedule | CronInterval {
  if (text.startsWith(EVERY)) return parseEvery(text);
  if (text.startsWith("@") && DESCRIPTORS[text] === undefined) {
    throw new CronError(`unrecognized descriptor: ${text}`);
  }
  const words = (DESCRIPTORS[text] ?? text).split(/\s+/)
    .filter((word) => word !== "");
  if (words.length !== FIELDS.length) {
    throw new CronError(
      `expected exactly ${FIELDS.length} fields, found ${words.length}: [${
        words.join(" ")
      }]`,
    );
  }
  const [minutes, hours, days, months, weekdays] = words.map((word, i) =>
    parseField(word, FIELDS[i]!)
  );
  return {
    minutes: minutes!.values,
    hours: hours!.values,
    days: days!.values,
    months: months!.values,
    weekdays: weekdays!.values,
    anyDay: days!.any,
    anyWeekday: weekdays!.any,
  };
}
