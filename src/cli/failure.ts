/**
 * What commands throw, and the exit status that it becomes.
 *
 * @module
 */
import { HostError } from "../base/host.ts";
import { ApiError } from "../api/status.ts";

/** Exit status: done. */
export const EXIT_OK = 0;
/** Exit status: the server, the machine or the input refused. */
export const EXIT_FAILED = 1;
/** Exit status: the command line was not understood. */
export const EXIT_USAGE = 2;

/** A message for the user; no stack is shown. */
export class CliFailure extends Error {
  override readonly name = "CliFailure";
  /** {@linkcode EXIT_FAILED} or {@linkcode EXIT_USAGE}. */
  readonly exitCode: number;
  constructor(message: string, options?: { exitCode?: number }) {
    super(message);
    this.exitCode = options?.exitCode ?? EXIT_FAILED;
  }
}

/** The one line that an error is shown as. API errors read as kubectl prints them. */
export function describeFailure(error: unknown): string {
  if (error instanceof CliFailure) return `error: ${error.message}`;
  if (error instanceof ApiError) {
    const { reason, message } = error.status;
    return reason
      ? `Error from server (${reason}): ${message}`
      : `Error from server: ${message}`;
  }
  if (error instanceof HostError) return `error: ${error.message}`;
  return `error: ${error instanceof Error ? error.message : String(error)}`;
}
