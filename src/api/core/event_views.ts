/**
 * The two views of one stored Event: the core group's (which is what is stored) and that of `events.k8s.io/v1`.
 *
 * @module
 */
import type { Event } from "./event.ts";
import type { EventsEvent } from "../events/event.ts";

/** Leaves out what is `undefined`. */
function present<T extends object>(
  object: { [K in keyof T]: T[K] | undefined },
): T {
  const result = {} as Record<string, unknown>;
  for (const [key, value] of Object.entries(object)) {
    if (value !== undefined) result[key] = value;
  }
  return result as T;
}

/** A stored Event as `events.k8s.io/v1` shows it. */
export function toEventsV1(event: Event): EventsEvent {
  return present<EventsEvent>({
    kind: "Event",
    apiVersion: "events.k8s.io/v1",
    metadata: event.metadata,
    eventTime: event.eventTime,
    series: event.series === undefined
      ? undefined
      : { count: 0, ...event.series },
    reportingController: event.reportingComponent,
    reportingInstance: event.reportingInstance,
    action: event.action,
    reason: event.reason,
    regarding: event.involvedObject,
    related: event.related,
    note: event.message,
    type: event.type,
    deprecatedSource: event.source,
    deprecatedFirstTimestamp: event.firstTimestamp,
    deprecatedLastTimestamp: event.lastTimestamp,
    deprecatedCount: event.count,
  });
}

/** An Event of `events.k8s.io/v1` as it is stored. */
export function fromEventsV1(event: EventsEvent): Event {
  return present<Event>({
    kind: "Event",
    apiVersion: "v1",
    metadata: event.metadata,
    involvedObject: event.regarding,
    reason: event.reason,
    message: event.note,
    source: event.deprecatedSource,
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    count: event.deprecatedCount,
    type: event.type,
    eventTime: event.eventTime,
    series: event.series,
    action: event.action,
    related: event.related,
    reportingComponent: event.reportingController,
    reportingInstance: event.reportingInstance,
  });
}
