/**
 * How a session ended, as a metav1.Status for the error channel: what kubectl takes a command's exit code from.
 *
 * @module
 */

/** The part of metav1.Status that is sent. */
export interface SessionStatus {
  readonly metadata: Record<string, never>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: "NonZeroExitCode" | "InternalError";
  readonly details?: {
    readonly causes: readonly {
      readonly reason?: string;
      readonly message: string;
    }[];
  };
  readonly code?: number;
}

/** It went well. */
export const SUCCESS: SessionStatus = { metadata: {}, status: "Success" };

/** A command has ended. */
export function exitStatus(
  command: readonly string[],
  exitCode: number,
): SessionStatus {
  if (exitCode === 0) return SUCCESS;
  return {
    metadata: {},
    status: "Failure",
    message:
      `command terminated with non-zero exit code: error executing command [${
        command.join(" ")
      }], exit code ${exitCode}`,
    reason: "NonZeroExitCode",
    details: {
      causes: [{ reason: "ExitCode", message: String(exitCode) }],
    },
  };
}

/** It could not be done; the message is the runtime's. */
export function failureStatus(
  doing: "executing command in" | "attaching to",
  message: string,
): SessionStatus {
  const cause = `error ${doing} container: ${message}`;
  return {
    metadata: {},
    status: "Failure",
    message: `Internal error occurred: ${cause}`,
    reason: "InternalError",
    details: { causes: [{ message: cause }] },
    code: 500,
  };
}
