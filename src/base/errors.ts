/**
 * Errors that several parts share, and what can be told of an error that somebody else threw.
 *
 * @module
 */

/** The reason that an orderly stop gives to its abort signals; a task that ends with it has not failed. */
export class Stopped extends Error {
  /** `AbortError`, as the platform's own abort reasons have it, so that one check finds both. */
  override readonly name = "AbortError";
}

/** What a thrown value says: an error's message, anything else as text. Never throws, never empty. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  try {
    return String(error) || "unknown error";
  } catch {
    return "unknown error"; // an object whose toString throws, or a symbol-less null prototype
  }
}

/** The thrown value as an `Error`, made from its text when it was something else. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}

/** Whether an error is the reason of an orderly stop (`AbortError`): the work was given up on purpose and nothing went wrong. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
