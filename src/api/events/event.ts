import { eventsV1Columns } from "../columns/event.ts";
import { defineKind } from "../define.ts";
import { fromEventsV1 } from "../core/event_views.ts";
import {
  validateNewEvent,
  validateNewEventUpdate,
} from "../validation/event.ts";
import type { Kind } from "../kind.ts";
import { type EventSource, eventSource } from "../core/event.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { type ObjectReference, objectReference } from "../core/reference.ts";
import {
  type Field,
  int32,
  microTime,
  needed,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";

/** An event that happens again and again. */
export interface EventsEventSeries {
  /** How often, from 2. */
  count: number;
  /** When last. */
  lastObservedTime?: string;
}

/** Schema of {@linkcode EventsEventSeries}. */
export const eventsEventSeries: Field<EventsEventSeries> = object<
  EventsEventSeries
>(
  "io.k8s.api.events.v1.EventSeries",
  () => ({
    count: int32,
    lastObservedTime: needed(optional(microTime)),
  }),
);

/** A note on what happened to an object, in the form of events.k8s.io. */
export interface EventsEvent extends KubeObject {
  /** When it happened first. */
  eventTime?: string;
  /** Set when it happens again and again. */
  series?: EventsEventSeries;
  /** Who tells it, for example `kubernetes.io/kubelet`. */
  reportingController?: string;
  /** Which one of them. */
  reportingInstance?: string;
  /** What was done. */
  action?: string;
  /** Why, in one word of CamelCase. */
  reason?: string;
  /** What it is about. */
  regarding?: ObjectReference;
  /** A second object that has to do with it. */
  related?: ObjectReference;
  /** What happened, for people. */
  note?: string;
  /** `Normal` or `Warning`. */
  type?: string;
  /** Who tells it, in the old form. */
  deprecatedSource?: EventSource;
  /** When it happened first, in the old form. */
  deprecatedFirstTimestamp?: string;
  /** When it happened last, in the old form. */
  deprecatedLastTimestamp?: string;
  /** How often it happened, in the old form. */
  deprecatedCount?: number;
}

/** Schema of {@linkcode EventsEvent}. */
export const eventsEvent: Field<EventsEvent> = object<EventsEvent>(
  "io.k8s.api.events.v1.Event",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    eventTime: needed(optional(microTime)),
    series: pointer(eventsEventSeries),
    reportingController: optional(str),
    reportingInstance: optional(str),
    action: optional(str),
    reason: optional(str),
    regarding: objectReference,
    related: pointer(objectReference),
    note: optional(str),
    type: optional(str),
    deprecatedSource: eventSource,
    deprecatedFirstTimestamp: optional(time),
    deprecatedLastTimestamp: optional(time),
    deprecatedCount: optional(int32),
  }),
);

/** {@linkcode Event}s as `events.k8s.io/v1` shows them; stored with those of the core group (see `event_views.ts`). */
export const eventsV1: Kind<EventsEvent> = defineKind({
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  storagePrefix: "events",
  namespaced: true,
  shortNames: ["ev"],
  type: eventsEvent,
  fieldSelectors: [
    "reason",
    "reportingController",
    "regarding.kind",
    "regarding.namespace",
    "regarding.name",
    "regarding.uid",
    "regarding.apiVersion",
    "regarding.resourceVersion",
    "regarding.fieldPath",
    "type",
  ],
  selectableFields: (e) => ({
    reason: e.reason ?? "",
    reportingController: e.reportingController ?? "",
    "regarding.kind": e.regarding?.kind ?? "",
    "regarding.namespace": e.regarding?.namespace ?? "",
    "regarding.name": e.regarding?.name ?? "",
    "regarding.uid": e.regarding?.uid ?? "",
    "regarding.apiVersion": e.regarding?.apiVersion ?? "",
    "regarding.resourceVersion": e.regarding?.resourceVersion ?? "",
    "regarding.fieldPath": e.regarding?.fieldPath ?? "",
    type: e.type ?? "",
  }),
  validate: (object) => validateNewEvent(fromEventsV1(object)),
  validateUpdate: (next, previous) =>
    validateNewEventUpdate(fromEventsV1(next), fromEventsV1(previous)),
  columns: eventsV1Columns,
});
