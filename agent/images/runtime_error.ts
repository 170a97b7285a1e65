/**
 * Why an engine could not do what it was asked, in Kubernetes' words.
 *
 * @module
 */

/** The longest message. What is quoted in it may be a stranger's, and it goes into statuses and events, which must reach the server. */
const LONGEST_MESSAGE = 4_000;

/** An error of an engine or of its images that is shown to the user as a waiting reason. */
export class RuntimeError extends Error {
  override readonly name = "RuntimeError";
  /** Kubernetes' reason: `ErrImagePull`, `InvalidImageName`, `ErrImageNeverPull`, `CreateContainerError`, `RunContainerError`, `CreatePodSandboxError`, `CreateContainerConfigError`. */
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(
      message.length <= LONGEST_MESSAGE
        ? message
        : `${message.slice(0, LONGEST_MESSAGE)}…`,
      options,
    );
    this.reason = reason;
  }
}
