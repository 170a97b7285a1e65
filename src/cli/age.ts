/**
 * Ages as kubectl words them.
 *
 * @module
 */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `45s`, `3m20s`, `5h`, `2d3h`, `400d`, `2y35d`: two units while the first is small. */
export function formatAge(ms: number): string {
  if (ms < 0) return "0s";
  const seconds = Math.floor(ms / SECOND_MS);
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 10) return two(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(ms / HOUR_MS);
  if (hours < 8) return two(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(ms / DAY_MS);
  if (hours < 192) return two(days, "d", hours % 24, "h");
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  if (days < 365 * 8) return two(years, "y", days % 365, "d");
  return `${years}y`;
}

function two(
  big: number,
  bigUnit: string,
  small: number,
  smallUnit: string,
): string {
  return small === 0
    ? `${big}${bigUnit}`
    : `${big}${bigUnit}${small}${smallUnit}`;
}
