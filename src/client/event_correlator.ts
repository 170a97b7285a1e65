/**
 * Decides what becomes of an event: a new object, a higher count on one that is there, or nothing. Follows client-go's EventCorrelator.
 *
 * @module
 */
import type { ObjectReference } from "../api/core/reference.ts";

/** How many events about one object may come at once before they are dropped. */
export const SPAM_BURST = 25;
/** After the burst one event in this time gets through. */
export const SPAM_REFILL_MS = 300_000;
/** Events that differ in their message alone are one after this many … */
export const SIMILAR_LIMIT = 10;
/** … within this time. */
export const SIMILAR_WINDOW_MS = 600_000;
/** How many events and objects are remembered. */
export const MEMORY_LIMIT = 4_096;

/** What there is to say. */
export interface EventWords {
  /** Whether somebody should look. */
  readonly type: "Normal" | "Warning";
  /** UpperCamelCase, for machines. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
}

/** An event that was written before. */
export interface WrittenEvent {
  /** The name of the Event object. */
  readonly name: string;
  /** When it first happened. */
  readonly firstTimestamp: string;
  /** How often it happened. */
  count: number;
}

/** What to write: `written` is the object to count up, absent for a new one. */
export interface Correlated {
  /** Under which to {@linkcode EventCorrelator.remember} it. */
  readonly key: string;
  /** What to write for people. */
  readonly message: string;
  /** The Event to count up. */
  readonly written?: WrittenEvent;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

interface Similar {
  messages: Set<string>;
  lastMs: number;
}

/** Remembers events; pure but for the time that it is told. */
export class EventCorrelator {
  readonly #buckets = new Recent<Bucket>();
  readonly #similar = new Recent<Similar>();
  readonly #written = new Recent<WrittenEvent>();

  /** Decides about one event. @returns undefined when there were too many about this object */
  correlate(
    about: ObjectReference,
    words: EventWords,
    nowMs: number,
  ): Correlated | undefined {
    const subject = [
      about.kind,
      about.namespace,
      about.name,
      about.uid,
      about.apiVersion,
    ].join("\0");
    const group = [subject, words.type, words.reason].join("\0");
    let { message } = words;
    // Which of a pod's containers it is about makes it another event, though not another flood.
    let key = `${group}\0${about.fieldPath ?? ""}\0${message}`;
    if (this.#tooMany(group, message, nowMs)) {
      message = `(combined from similar events): ${message}`;
      key = group;
    }
    if (!this.#admit(subject, nowMs)) return undefined;
    const written = this.#written.get(key);
    return { key, message, ...written === undefined ? {} : { written } };
  }

  /** Records what was written under a key. */
  remember(key: string, written: WrittenEvent): void {
    this.#written.set(key, written);
  }

  /** The object of a key is gone. */
  forget(key: string): void {
    this.#written.delete(key);
  }

  #tooMany(group: string, message: string, nowMs: number): boolean {
    let similar = this.#similar.get(group);
    if (similar === undefined || nowMs - similar.lastMs > SIMILAR_WINDOW_MS) {
      similar = { messages: new Set(), lastMs: nowMs };
      this.#similar.set(group, similar);
    }
    similar.lastMs = nowMs;
    similar.messages.add(message);
    if (similar.messages.size < SIMILAR_LIMIT) return false;
    // Do not grow for ever: any one message can leave, the group stays over its limit by the next.
    const [oldest] = similar.messages;
    similar.messages.delete(oldest!);
    return true;
  }

  #admit(subject: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(subject) ??
      { tokens: SPAM_BURST, atMs: nowMs };
    bucket.tokens = Math.min(
      SPAM_BURST,
      bucket.tokens + (nowMs - bucket.atMs) / SPAM_REFILL_MS,
    );
    bucket.atMs = nowMs;
    this.#buckets.set(subject, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

/** A map that forgets what was not used for longest. */
class Recent<V> {
  readonly #values = new Map<string, V>();

  get(key: string): V | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > MEMORY_LIMIT) {
      const [oldest] = this.#values.keys();
      this.#values.delete(oldest!);
    }
  }

  delete(key: string): void {
    this.#values.delete(key);
  }
}
