/**
 * {@linkcode Teller}: says a thing once.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import type { EventWords } from "../../client/event_correlator.ts";
import type { EventRecorder } from "../../client/event_recorder.ts";
import { keyOf } from "../../client/paths.ts";

/** Records events about objects, unless it was the last that was told of the object: what waits is looked at often, and nothing is written at rest. */
export class Teller {
  readonly #recorder: EventRecorder;
  /** What was told last, by kind and key. */
  readonly #told = new Map<string, string>();

  /** Nothing has been told yet. */
  constructor(recorder: EventRecorder) {
    this.#recorder = recorder;
  }

  /** Tells something about an object that came from the API. */
  tell(about: KubeObject, words: EventWords): void {
    const key = `${about.kind}/${keyOf(about)}`;
    const text = `${about.metadata.uid} ${words.reason} ${words.message}`;
    if (this.#told.get(key) === text) return;
    this.#told.set(key, text);
    this.#recorder.record(about, words);
  }

  /** The object's story has ended, or begins anew. */
  forget(kind: string, key: string): void {
    this.#told.delete(`${kind}/${key}`);
  }
}
