/**
 * Kinds that are other views of what a kind stores: Events are stored as the core group has them and shown by `events.k8s.io` in its own words.
 *
 * @module
 */
import type { KubeObject } from "../api/kind.ts";
import { events } from "../api/core/event.ts";
import { fromEventsV1, toEventsV1 } from "../api/core/event_views.ts";
import { type AnyKind, groupVersion } from "../api/registry.ts";
import type { Row } from "../store/store.ts";
import type { Call } from "./call.ts";

/** How a kind is made of another one. */
export interface View {
  /** The kind that is stored. */
  readonly stored: AnyKind;
  // deno-lint-ignore no-explicit-any
  show(stored: any): KubeObject;
  // deno-lint-ignore no-explicit-any
  store(shown: any): KubeObject;
}

const VIEWS: Readonly<Record<string, View>> = {
  "events.k8s.io/v1/events": {
    stored: events,
    show: toEventsV1,
    store: fromEventsV1,
  },
};

/** The view that a kind is; undefined for one that is stored as it is. */
export function viewOf(kind: AnyKind): View | undefined {
  return VIEWS[`${groupVersion(kind)}/${kind.plural}`];
}

/** The kind that a call's objects are stored as. */
export function storedKind(call: Call): AnyKind {
  return call.view?.stored ?? call.kind;
}

/** A stored text as the call's kind shows it. */
export function shownText(call: Call, text: string): string {
  return call.view === undefined
    ? text
    : JSON.stringify(call.view.show(JSON.parse(text)));
}

/** What field selectors of the call's kind meet in a row. */
export function shownFields(
  call: Call,
  row: Row,
): Readonly<Record<string, string>> {
  if (call.view === undefined) return row.fields ?? {};
  return call.kind.selectableFields?.(call.view.show(JSON.parse(row.text))) ??
    {};
}
