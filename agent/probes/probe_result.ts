/**
 * What one try of a probe found.
 *
 * @module
 */

/** See the module. */
export interface ProbeResult {
  /** `unknown` counts neither way: the probe itself could not be made. */
  readonly outcome: "success" | "failure" | "unknown";
  /** Shown in the event; empty for a success without a warning. */
  readonly message: string;
  /** A success that the pod's owner should know of. */
  readonly isWarning?: boolean;
  /** How kubelet calls what could not be made; absent for other outcomes. */
  readonly state?: "unknown" | "failure";
}

/** All is well. */
export const SUCCESS: ProbeResult = { outcome: "success", message: "" };

/** It was asked, and is not well. */
export function failure(message: string): ProbeResult {
  return { outcome: "failure", message };
}

/** It is well, but. */
export function warning(message: string): ProbeResult {
  return { outcome: "success", message, isWarning: true };
}

/** It could not be asked. */
export function unknown(
  message: string,
  state: "unknown" | "failure" = "unknown",
): ProbeResult {
  return { outcome: "unknown", message, state };
}
