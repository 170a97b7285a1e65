/**
 * {@linkcode EventRecorder}: tells people what happened to an object, as Events of the core API.
 *
 * @module
 */
import { type Host, HostError, type Timer } from "../base/host.ts";
import type { Event } from "../api/core/event.ts";
import type { KubeObject } from "../api/kind.ts";
import type { ObjectReference } from "../api/core/reference.ts";
import { ApiError } from "../api/status.ts";
import type { Client } from "./client.ts";
import {
  type Correlated,
  EventCorrelator,
  type EventWords,
} from "./event_correlator.ts";
import { EVENTS } from "./resources.ts";
import { formatTime } from "../api/time.ts";

/** How much later than it happened an event is written, in milliseconds: what it tells of goes on meanwhile, and shall not wait for the telling. */
const LATER_MS = 100;
/** Events that wait to be written; further ones are dropped. */
const QUEUE_LIMIT = 1_000;
/** How often an event is tried while the server is out of reach, and the pause between; as client-go. */
const TRIES = 12;
const RETRY_MS = 10_000;

/** Options of {@linkcode EventRecorder}. */
export interface EventRecorderOptions {
  /** Who speaks: `replicaset-controller`, `kubelet`. */
  readonly component: string;
  /** The node, when the speaker belongs to one. */
  readonly node?: string;
}

/** An event that waits to be written. */
interface Recorded {
  readonly about: ObjectReference;
  readonly words: EventWords;
  /** When it happened. */
  readonly atMs: number;
}

/**
 * Records events without making the caller wait: they are written one after the other in the background. Repetitions count up the
 * Event that is there. An event that the server refuses is logged and lost; it is information, not state.
 */
export class EventRecorder implements AsyncDisposable {
  readonly #host: Host;
  readonly #client: Client;
  readonly #options: EventRecorderOptions;
  readonly #correlator = new EventCorrelator();
  readonly #queue: Recorded[] = [];
  readonly #stop = new AbortController();
  /** Resolves when the queue is empty; absent while there is nothing to write. */
  #writing: Promise<void> | undefined;
  /** Runs from the first event after a pause until it is written. */
  #due: Timer | undefined;
  #sequence = 0;

  /** Nothing runs until the first event. */
  constructor(host: Host, client: Client, options: EventRecorderOptions) {
    this.#host = host;
    this.#client = client;
    this.#options = options;
  }

  /** Records an event about an object, or about a part of it that a reference names. */
  record(about: KubeObject | ObjectReference, words: EventWords): void {
    if (this.#stop.signal.aborted || this.#queue.length >= QUEUE_LIMIT) return;
    this.#queue.push({
      about: "metadata" in about ? referenceTo(about) : about,
      words,
      atMs: this.#host.clock.now(),
    });
    if (this.#writing !== undefined) return;
    this.#due ??= this.#host.clock.after(LATER_MS, () => this.#start());
  }

  #start(): void {
    this.#due?.cancel();
    this.#due = undefined;
    const written = Promise.withResolvers<void>();
    this.#writing = written.promise;
    this.#host.spawn("event-recorder", async () => {
      try {
        await this.#drain();
      } finally {
        this.#writing = undefined;
        written.resolve();
      }
    });
  }

  /** Writes now. Resolves when all that was recorded is written or lost. */
  async flush(): Promise<void> {
    if (this.#due !== undefined) this.#start();
    await this.#writing;
  }

  /** Drops what is not written yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue.length = 0;
    this.#due?.cancel();
    this.#stop.abort(new DOMException("The recorder stops", "AbortError"));
    await this.#writing;
  }

  async #drain(): Promise<void> {
    for (
      let next = this.#queue.shift();
      next !== undefined;
      next = this.#queue.shift()
    ) {
      const correlated = this.#correlator.correlate(
        next.about,
        next.words,
        this.#host.clock.monotonicMs(),
      );
      if (correlated !== undefined) {
        await this.#write(next, correlated);
      }
    }
  }

  async #write(event: Recorded, correlated: Correlated): Promise<void> {
    const { signal } = this.#stop;
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        return await this.#writeOnce(event, correlated);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof HostError) || tries === TRIES) {
          this.#host.log("debug", "Event was not recorded", {
            reason: event.words.reason,
            error,
          });
          return;
        }
      }
      await this.#host.clock.sleep(
        RETRY_MS * (tries === 1 ? this.#host.random.float() : 1),
        signal,
      ).catch(() => {});
    }
  }

  async #writeOnce(
    { about, words, atMs }: Recorded,
    { key, message, written }: Correlated,
  ): Promise<void> {
    const { signal } = this.#stop;
    const namespace = about.namespace || "default";
    const now = formatTime(atMs);
    if (written !== undefined) {
      const count = written.count + 1;
      try {
        await this.#client.patch(EVENTS, { namespace, name: written.name }, {
          type: "strategic",
          body: { count, lastTimestamp: now, message },
          signal,
        });
        this.#correlator.remember(key, { ...written, count });
        return;
      } catch (error) {
        // Events are deleted after a time; then the story starts anew.
        if (!(error instanceof ApiError && error.code === 404)) throw error;
        this.#correlator.forget(key);
      }
    }
    const name = this.#nameFor(about);
    const { component, node } = this.#options;
    const event: Event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: about,
      reason: words.reason,
      message,
      type: words.type,
      source: { component, ...node === undefined ? {} : { host: node } },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      reportingComponent: component,
      reportingInstance: node ?? "",
    };
    await this.#client.create(EVENTS, event, { signal });
    this.#correlator.remember(key, { name, firstTimestamp: now, count: 1 });
  }

  /** The object's name and a number that no other event of it has: time in hexadecimal nanoseconds, as Kubernetes does. */
  #nameFor(about: ObjectReference): string {
    const now = BigInt(Math.trunc(this.#host.clock.now())) * 1_000_000n;
    const unique = now +
      BigInt(Math.trunc(this.#host.random.float() * 900_000)) +
      BigInt(this.#sequence++ % 100_000);
    return `${about.name ?? ""}.${unique.toString(16)}`;
  }
}

/** A reference to an object that came from the API (its type named). */
export function referenceTo(object: KubeObject): ObjectReference {
  const { apiVersion, kind, metadata } = object;
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    ...kind === undefined ? {} : { kind },
    ...namespace === undefined ? {} : { namespace },
    ...name === undefined ? {} : { name },
    ...uid === undefined ? {} : { uid },
    ...apiVersion === undefined ? {} : { apiVersion },
    ...resourceVersion === undefined ? {} : { resourceVersion },
  };
}
