/**
 * What `kubectl get events` shows.
 *
 * @module
 */
import { ageOf } from "../duration.ts";
import type { Event } from "../core/event.ts";
import type { EventsEvent } from "../events/event.ts";
import { fromEventsV1 } from "../core/event_views.ts";
import type { Column } from "../kind.ts";
import { column, nameColumn } from "./common.ts";

function firstSeen(event: Event, now: number): string {
  return ageOf(event.firstTimestamp ?? event.eventTime, now);
}

function lastSeen(event: Event, now: number): string {
  if (event.series !== undefined) {
    return ageOf(event.series.lastObservedTime, now);
  }
  return event.lastTimestamp === undefined || event.lastTimestamp === null
    ? firstSeen(event, now)
    : ageOf(event.lastTimestamp, now);
}

function count({ series, count = 0 }: Event): number {
  if (series !== undefined) return series.count ?? 0;
  return count === 0 ? 1 : count;
}

function target({ involvedObject }: Event): string {
  const kind = (involvedObject?.kind ?? "").toLowerCase();
  const name = involvedObject?.name ?? "";
  return name === "" ? kind : `${kind}/${name}`;
}

function source(event: Event): string {
  const component = event.source?.component || event.reportingComponent || "";
  const instance = event.source?.host || event.reportingInstance || "";
  return instance === "" ? component : `${component}, ${instance}`;
}

/** The columns. */
export const eventColumns: readonly Column<Event>[] = [
  column("Last Seen", lastSeen, { description: "When it happened last" }),
  column("Type", ({ type }) => type ?? "", {
    description: "Normal, Warning or another",
  }),
  column("Reason", ({ reason }) => reason ?? "", {
    description: "Why, in one word",
  }),
  column("Object", target, { description: "What it is about" }),
  column("Subobject", ({ involvedObject }) => involvedObject?.fieldPath ?? "", {
    wide: true,
    description: "The part of the object that it is about",
  }),
  column("Source", source, { wide: true, description: "Who tells it" }),
  column("Message", ({ message }) => (message ?? "").trim(), {
    description: "What happened, for people",
  }),
  column("First Seen", firstSeen, {
    wide: true,
    description: "When it happened first",
  }),
  column("Count", count, { wide: true, description: "How often it happened" }),
  nameColumn({ wide: true }),
];

/** The columns of the `events.k8s.io/v1` view: the same. */
export const eventsV1Columns: readonly Column<EventsEvent>[] = eventColumns
  .map((c) => ({ ...c, cell: (e, now) => c.cell(fromEventsV1(e), now) }));
