/**
 * Durations as `kubectl get` prints them: two or three significant figures.
 *
 * @module
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAYS_A_YEAR = 365;

function pair(
  large: number,
  small: { readonly value: number; readonly unit: string },
  unit: string,
): string {
  return small.value === 0
    ? `${large}${unit}`
    : `${large}${unit}${small.value}${small.unit}`;
}

/**
 * A duration for people: `119s`, `2m`, `9m59s`, `3h`, `47h`, `7d23h`, `700d`, `3y12d`.
 * Up to two seconds into the future count as now, more is `<invalid>`.
 */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / SECOND);
  if (seconds < -1) return "<invalid>";
  if (seconds <= 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(ms / MINUTE);
  if (minutes < 10) {
    return pair(minutes, { value: seconds % 60, unit: "s" }, "m");
  }
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(ms / HOUR);
  if (hours < 8) return pair(hours, { value: minutes % 60, unit: "m" }, "h");
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return pair(days, { value: hours % 24, unit: "h" }, "d");
  if (days < 2 * DAYS_A_YEAR) return `${days}d`;
  const years = Math.trunc(days / DAYS_A_YEAR);
  if (years < 8) {
    return pair(years, { value: days % DAYS_A_YEAR, unit: "d" }, "y");
  }
  return `${years}y`;
}

/** How long ago a time of the API was; `<unknown>` when there is none. */
export function ageOf(time: string | undefined | null, now: number): string {
  return time === undefined || time === null
    ? "<unknown>"
    : humanDuration(now - Date.parse(time));
}
