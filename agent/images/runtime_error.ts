/**
 * Why an engine could not do what it was asked, in Kubernetes' words.
 *
 * @module
 */

/** An error of an engine or of its images that is shown to the user as a waiting reason. */
export class RuntimeError extends Error {
  override readonly name = "RuntimeError";
  /** Kubernetes' reason: `ErrImagePull`, `InvalidImageName`, `ErrImageNeverPull`, `CreateContainerError`, `RunContainerError`, `CreatePodSandboxError`, `CreateContainerConfigError`. */
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
