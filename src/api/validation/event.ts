/**
 * The rules of Events.
 *
 * @module
 */
import type { Event } from "../core/event.ts";
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { unchanged } from "./meta.ts";
import { isQualifiedName } from "./names.ts";
import { each } from "./values.ts";

const LIMITS = {
  reportingInstance: 128,
  action: 128,
  reason: 128,
  message: 1024,
} as const;

/** Fields that say what happened: they stay in the new form of Events. */
const FIXED = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  "type",
  "eventTime",
  "action",
  "related",
] as const;

/** Names that a field has in the view that the client used. */
export interface EventNames {
  /** "reportingComponent" in the core group, "reportingController" in events.k8s.io. */
  readonly controller: string;
}

function validateNamespace(event: Event): FieldError[] {
  const own = event.metadata.namespace ?? "";
  const other = event.involvedObject?.namespace ?? "";
  const allowed = other !== ""
    ? event.eventTime !== undefined || own === other
    : own === "" || own === "default" ||
      (event.eventTime !== undefined && own === "kube-system");
  return allowed ? [] : [
    invalidValue(
      "involvedObject.namespace",
      other,
      "does not match event.namespace",
    ),
  ];
}

/** The rules of an Event, beside those of its metadata. */
export function validateEvent(
  event: Event,
  { controller }: EventNames = { controller: "reportingComponent" },
): FieldError[] {
  const found = validateNamespace(event);
  if (event.eventTime === undefined) return found;
  const component = event.reportingComponent ?? "";
  if (component === "") found.push(required(controller));
  found.push(...each(controller, component, isQualifiedName(component)));
  for (const [name, limit] of Object.entries(LIMITS)) {
    const value = event[name as keyof typeof LIMITS] ?? "";
    if (value === "" && name !== "message") found.push(required(name));
    if (value.length > limit) {
      found.push(
        invalidValue(name, "", `can have at most ${limit} characters`),
      );
    }
  }
  return found;
}

/** The rules of an Event that comes in the form of `events.k8s.io/v1`. */
export function validateNewEvent(event: Event): FieldError[] {
  const found = validateEvent(event, { controller: "reportingController" });
  if (event.series !== undefined) {
    if ((event.series.count ?? 0) < 2) {
      found.push(invalidValue("series.count", "", "should be at least 2"));
    }
    if (event.series.lastObservedTime === undefined) {
      found.push(required("series.lastObservedTime"));
    }
  }
  if (event.eventTime === undefined) found.push(required("eventTime"));
  if (event.type !== "Normal" && event.type !== "Warning") {
    found.push(
      invalidValue("type", "", `has invalid value: ${event.type ?? ""}`),
    );
  }
  for (const name of ["firstTimestamp", "lastTimestamp", "count"] as const) {
    if (event[name] === undefined) continue;
    found.push(invalidValue(name, "", "needs to be unset"));
  }
  if (
    event.source?.component !== undefined || event.source?.host !== undefined
  ) {
    found.push(invalidValue("source", "", "needs to be unset"));
  }
  return found;
}

/** The rules for a change of an Event in the form of `events.k8s.io/v1`. */
export function validateNewEventUpdate(
  next: Event,
  previous: Event,
): FieldError[] {
  return FIXED.flatMap((name) =>
    unchanged(name, { next: next[name], previous: previous[name] })
  );
}
