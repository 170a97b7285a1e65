import { eventColumns } from "../columns/event.ts";
import { defineKind } from "../define.ts";
import { validateEvent } from "../validation/event.ts";
import type { Kind } from "../kind.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
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
} from "../schema/words.ts";

/** Who tells an event. */
export interface EventSource {
  /** The program. */
  component?: string;
  /** Its node. */
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

/** An event that happens again and again. */
export interface EventSeries {
  /** How often. */
  count?: number;
  /** When last. */
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

/** A note on what happened to an object. */
export interface Event extends KubeObject {
  /** What it is about. */
  involvedObject?: ObjectReference;
  /** Why, in one word of CamelCase. */
  reason?: string;
  /** What happened, for people. */
  message?: string;
  /** Who tells it, in the old form. */
  source?: EventSource;
  /** When it happened first. */
  firstTimestamp?: string;
  /** When it happened last. */
  lastTimestamp?: string;
  /** How often it happened. */
  count?: number;
  /** `Normal` or `Warning`. */
  type?: string;
  /** When it happened first, in the new form. */
  eventTime?: string;
  /** Set when it happens again and again, in the new form. */
  series?: EventSeries;
  /** What was done. */
  action?: string;
  /** A second object that has to do with it. */
  related?: ObjectReference;
  /** Who tells it, for example `kubernetes.io/kubelet`. */
  reportingComponent?: string;
  /** Which one of them. */
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
