import { eventColumns } from "./columns/event.ts";
import { defineKind } from "./define.ts";
import { validateEvent } from "./validation/event.ts";
import type { Kind } from "./kind.ts";
import type { KubeObject } from "./kind.ts";
import { objectMeta } from "./meta.ts";
import { type ObjectReference, objectReference } from "./reference.ts";
import {
  type Field,
  int32,
  microTime,
  needed,
  notNeeded,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
} from "./schema/words.ts";

/** EventSource. */
export interface EventSource {
  component?: string;
  host?: string;
}

/** Schema of {@linkcode EventSource}. */
export const eventSource: Field<EventSource> = object<EventSource>(
  "io.k8s.api.core.v1.EventSource",
  () => ({
    component: optional(str),
    host: optional(str),
  }),
);

/** EventSeries. */
export interface EventSeries {
  count?: number;
  lastObservedTime?: string;
}

/** Schema of {@linkcode EventSeries}. */
export const eventSeries: Field<EventSeries> = object<EventSeries>(
  "io.k8s.api.core.v1.EventSeries",
  () => ({
    count: optional(int32),
    lastObservedTime: optional(microTime),
  }),
);

/** Event. */
export interface Event extends KubeObject {
  involvedObject?: ObjectReference;
  reason?: string;
  message?: string;
  source?: EventSource;
  firstTimestamp?: string;
  lastTimestamp?: string;
  count?: number;
  type?: string;
  eventTime?: string;
  series?: EventSeries;
  action?: string;
  related?: ObjectReference;
  reportingComponent?: string;
  reportingInstance?: string;
}

/** Schema of {@linkcode Event}. */
export const event: Field<Event> = object<Event>(
  "io.k8s.api.core.v1.Event",
  () => ({
    ...typeMeta,
    metadata: needed(objectMeta),
    involvedObject: needed(objectReference),
    reason: optional(str),
    message: optional(str),
    source: eventSource,
    firstTimestamp: optional(time),
    lastTimestamp: optional(time),
    count: optional(int32),
    type: optional(str),
    eventTime: optional(microTime),
    series: pointer(eventSeries),
    action: optional(str),
    related: pointer(objectReference),
    reportingComponent: notNeeded(str),
    reportingInstance: notNeeded(str),
  }),
);

/** Notes on what happened to objects; each is deleted after an hour. */
export const events: Kind<Event> = defineKind({
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
  shortNames: ["ev"],
  type: event,
  fieldSelectors: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  selectableFields: (e) => ({
    "involvedObject.kind": e.involvedObject?.kind ?? "",
    "involvedObject.namespace": e.involvedObject?.namespace ?? "",
    "involvedObject.name": e.involvedObject?.name ?? "",
    "involvedObject.uid": e.involvedObject?.uid ?? "",
    "involvedObject.apiVersion": e.involvedObject?.apiVersion ?? "",
    "involvedObject.resourceVersion": e.involvedObject?.resourceVersion ?? "",
    "involvedObject.fieldPath": e.involvedObject?.fieldPath ?? "",
    reason: e.reason ?? "",
    reportingComponent: e.reportingComponent ?? "",
    source: e.source?.component ?? e.reportingComponent ?? "",
    type: e.type ?? "",
  }),
  validate: (object) => validateEvent(object),
  columns: eventColumns,
});
