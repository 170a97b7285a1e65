/**
 * How values of options are read.
 *
 * @module
 */
import { InvalidArgumentError } from "commander";

/** Reads a whole number from an option. */
export function wholeNumber(text: string): number {
  if (!/^-?\d+$/.test(text)) {
    throw new InvalidArgumentError("Not a whole number.");
  }
  return Number(text);
}

/** Reads `30`, `30s`, `5m`, `2h`, `1h30m` as seconds. */
export function durationSeconds(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (!match || text === "") {
    throw new InvalidArgumentError("Not a duration such as 30s, 5m or 1h30m.");
  }
  const [, hours = "0", minutes = "0", seconds = "0"] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
