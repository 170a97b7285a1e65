/**
 * Names of a container's log files.
 *
 * @module
 */

/** A stream of output. */
export type StreamName = "stdout" | "stderr";

/** Size at which a log file is rotated; one older file is kept, so that a stream takes at most twice as much. */
export const LOG_LIMIT_BYTES = 5 * 1024 * 1024;

/** Added to the name of the older file. */
export const ROTATED_SUFFIX = ".1";

/** The streams' files for one attempt of a container, in the folder of its logs. */
export function logNames(
  attempt: number,
): Readonly<Record<StreamName, string>> {
  return { stdout: `${attempt}.log`, stderr: `${attempt}.err.log` };
}
