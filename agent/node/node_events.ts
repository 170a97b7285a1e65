/**
 * Events about the node itself.
 *
 * @module
 */
import type { EventRecorder } from "../../src/client/event_recorder.ts";

/** Tells people what happened to the node, in kubelet's words. */
export class NodeEvents {
  readonly #recorder: Pick<EventRecorder, "record">;
  readonly #node: string;

  /** @param node its name, which stands for its UID too: `kubectl describe node` looks for that */
  constructor(recorder: Pick<EventRecorder, "record">, node: string) {
    this.#recorder = recorder;
    this.#node = node;
  }

  /** Something that is as it should be. */
  normal(reason: string, message: string): void {
    this.#record("Normal", { reason, message });
  }

  /** Something that somebody should look at. */
  warning(reason: string, message: string): void {
    this.#record("Warning", { reason, message });
  }

  /** `Node n1 status is now: NodeReady`. */
  status(reason: string): void {
    this.normal(reason, `Node ${this.#node} status is now: ${reason}`);
  }

  #record(
    type: "Normal" | "Warning",
    words: { reason: string; message: string },
  ): void {
    const name = this.#node;
    this.#recorder.record({ kind: "Node", name, uid: name }, {
      type,
      ...words,
    });
  }
}
