/**
 * When a request to a registry is worth another try, and how long until then.
 *
 * @module
 */
import { type Host, HostError } from "../../base/host.ts";

/** First wait, in milliseconds. Each one is drawn between half of it and all of it, and the next is twice as long. */
const FIRST_WAIT_MS = 500;
/** Longest wait of our own, in milliseconds. */
const LONGEST_WAIT_MS = 10_000;
/** The longest that a registry may make us wait, in milliseconds: beyond it the caller's own back-off is the better one. */
const LONGEST_ASKED_MS = 60_000;

const PASSING_STATUSES: ReadonlySet<number> = new Set([
  429,
  500,
  502,
  503,
  504,
]);
const PASSING_CODES: ReadonlySet<string> = new Set([
  "refused",
  "unreachable",
  "timeout",
  "closed",
  "other",
]);

/** Whether an answer may be another one soon. */
export function isPassing(response: Response): boolean {
  return PASSING_STATUSES.has(response.status);
}

/** Whether what happened on the way may not happen again. */
export function isPassingError(error: unknown): boolean {
  return error instanceof HostError && PASSING_CODES.has(error.code);
}

/** How long to wait, in milliseconds, before try number `tries` + 1; undefined when the registry asks for more patience than there is. */
export function waitMs(
  host: Pick<Host, "clock" | "random">,
  { tries, response }: { tries: number; response?: Response },
): number | undefined {
  const asked = response?.headers.get("retry-after");
  if (asked) {
    const ms = /^\d+$/.test(asked)
      ? Number(asked) * 1000
      : Date.parse(asked) - host.clock.now();
    if (ms > LONGEST_ASKED_MS) return undefined;
    if (ms >= 0) return ms;
  }
  const ms = Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONGEST_WAIT_MS);
  return ms * (0.5 + host.random.float() / 2);
}
