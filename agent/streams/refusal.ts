/**
 * Why a stream does not become a session. The server makes an answer of it: the text begins with an HTTP status.
 *
 * @module
 */

/** A refusal; its message is kubelet's text where kubelet has one. */
export class Refusal extends Error {
  /** `Refusal`. */
  override readonly name = "Refusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** As the stream is reset with. */
  get reason(): string {
    return `${this.status} ${this.message}`;
  }
}
