/**
 * {@linkcode EventTtlReconciler}: deletes Events an hour after they last happened.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Event } from "../api/core/event.ts";
import type { KubeObject } from "../api/kind.ts";
import { isApiError } from "../api/status.ts";
import { epochMs } from "../api/time.ts";
import type { Change, Client, Informer } from "../client/client.ts";
import { nameOf } from "../client/paths.ts";
import { EVENTS } from "../client/resources.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";

/** How long an Event stays; kube-apiserver's default. */
export const EVENT_TTL_MS = 3_600_000;
/** What is due within this time goes together: one write to the disk for many, and one waking. */
const TOGETHER_MS = 60_000;
/** Deletes under way at once. */
const BATCH = 64;
/** The only key. */
const SWEEP = "sweep";

/** What an {@linkcode EventTtlReconciler} works with. */
export interface EventTtlParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All Events; {@linkcode eventAge} is all that is needed of them. */
  readonly events: Informer<Event>;
  /** How long an Event stays. @default {@linkcode EVENT_TTL_MS} */
  readonly ttlMs?: number;
}

/** Sleeps until the oldest Event is due; without Events it never wakes. */
export class EventTtlReconciler implements Reconciler {
  readonly name = "event-ttl";
  readonly #host: Host;
  readonly #parts: EventTtlParts;
  /** When each Event is due, by key; in order, unless {@linkcode EventTtlReconciler.#ordered} says otherwise. */
  #due = new Map<string, number>();
  #ordered = true;
  #latestMs = 0;

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: EventTtlParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** Notes when an Event is due; wakes the sweep for the first one alone, which then finds the others by itself. */
  keysOfEvent({ key, object }: Change<Event>): string[] {
    const wasEmpty = this.#due.size === 0;
    this.#due.delete(key);
    if (object === undefined) return [];
    const dueMs = lastHappenedMs(object) +
      (this.#parts.ttlMs ?? EVENT_TTL_MS);
    if (dueMs < this.#latestMs) this.#ordered = false;
    this.#latestMs = Math.max(this.#latestMs, dueMs);
    this.#due.set(key, dueMs);
    return wasEmpty || !this.#ordered ? [SWEEP] : [];
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    _key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    if (!this.#ordered) {
      this.#due = new Map([...this.#due].sort(([, a], [, b]) => a - b));
      this.#ordered = true;
    }
    const nowMs = this.#host.clock.now();
    const [first] = this.#due;
    if (first === undefined) return;
    if (first[1] > nowMs) return { requeueAfterMs: first[1] - nowMs };
    const gone: string[] = [];
    for (const [key, dueMs] of this.#due) {
      if (dueMs > nowMs + TOGETHER_MS) break;
      gone.push(key);
    }
    for (let at = 0; at < gone.length; at += BATCH) {
      await Promise.all(
        gone.slice(at, at + BATCH).map((key) => this.#delete(key, signal)),
      );
    }
    const [next] = this.#due;
    if (next !== undefined) {
      return { requeueAfterMs: Math.max(1, next[1] - nowMs) };
    }
  }

  async #delete(key: string, signal: AbortSignal): Promise<void> {
    const event = this.#parts.events.get(key);
    const { resourceVersion } = event?.metadata ?? {};
    try {
      if (event !== undefined) {
        await this.#parts.client.delete(EVENTS, nameOf(key), {
          // One that happened again just now stays.
          ...resourceVersion === undefined
            ? {}
            : { preconditions: { resourceVersion } },
          signal,
        });
      }
    } catch (error) {
      if (isApiError(error, "Conflict")) return;
      if (!isApiError(error, "NotFound")) throw error;
    }
    this.#due.delete(key);
  }
}

/** An Event with no more than its name, version and times. */
export function eventAge(event: Event): Event {
  const { metadata, lastTimestamp, eventTime, series } = event;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const kept: KubeObject = JSON.parse(JSON.stringify({
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    lastTimestamp,
    eventTime,
    series: series && { lastObservedTime: series.lastObservedTime },
  }));
  return kept as Event;
}

/** The newest of the times that an Event carries. */
function lastHappenedMs(event: Event): number {
  const times = [
    event.lastTimestamp,
    event.series?.lastObservedTime,
    event.eventTime,
    event.metadata.creationTimestamp,
  ].filter((time) => typeof time === "string" && time !== "").map((time) =>
    epochMs(time!)
  );
  return Math.max(0, ...times);
}
