/**
 * What is coming just now, for `/debug/state`: on a slow line somebody wants to know whether it comes at all.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";

/** A content that is coming. */
export interface PullUnderWay extends Disposable {
  /** Told of all that is here. */
  received(bytes: number): void;
}

/** All of them, of all engines of a node. */
export class PullsUnderWay {
  readonly #clock: Host["clock"];
  readonly #pulls = new Set<() => Record<string, unknown>>();

  constructor(host: Pick<Host, "clock">) {
    this.#clock = host.clock;
  }

  /** One begins; disposing ends it. @param pull.receivedBytes what was here before */
  begin(pull: {
    readonly digest: string;
    readonly from: string;
    readonly sizeBytes: number;
    readonly receivedBytes: number;
  }): PullUnderWay {
    const startedMs = this.#clock.monotonicMs();
    let { receivedBytes } = pull;
    const tell = () => ({
      ...pull,
      receivedBytes,
      forMs: this.#clock.monotonicMs() - startedMs,
    });
    this.#pulls.add(tell);
    return {
      received: (bytes) => receivedBytes = bytes,
      [Symbol.dispose]: () => void this.#pulls.delete(tell),
    };
  }

  /** For `/debug/state`; empty at rest. */
  state(): Record<string, unknown>[] {
    return [...this.#pulls].map((tell) => tell());
  }
}
