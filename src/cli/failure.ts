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

/**
 * The one line that an error is shown as. API errors read as kubectl prints them.
 *
 * @param doing what was being done, where the error alone would not tell
 */
export function describeFailure(error: unknown, doing = ""): string {
  if (error instanceof CliFailure) return `error: ${doing}${error.message}`;
  if (error instanceof ApiError) {
    const { reason, message, code } = error.status;
    if (code === 401) {
      return "error: You must be logged in to the server (Unauthorized): use the kubeconfig that this server wrote";
    }
    return reason
      ? `Error from server (${reason}): ${doing}${message}`
      : `Error from server: ${doing}${message}`;
  }
  if (error instanceof HostError) return `error: ${doing}${error.message}`;
  return `error: ${doing}${
    error instanceof Error ? error.message : String(error)
  }`;
}
