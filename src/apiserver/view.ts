/**
 * Kinds that are other views of what a kind stores: Events are stored as the core group has them and shown by `events.k8s.io` in its own words.
 *
 * @module
 */
import type { Kind, KubeObject } from "../api/kind.ts";
import {
  fromAutoscalerV1,
  toAutoscalerV1,
} from "../api/autoscaling/autoscaler_views.ts";
import { horizontalPodAutoscalers } from "../api/autoscaling/horizontal_pod_autoscaler.ts";
import { events } from "../api/core/event.ts";
import { fromEventsV1, toEventsV1 } from "../api/core/event_views.ts";
import { type AnyKind, groupVersion } from "../api/registry.ts";
import type { Key, Row } from "../store/store.ts";
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
  "autoscaling/v1/horizontalpodautoscalers": {
    stored: horizontalPodAutoscalers,
    show: toAutoscalerV1,
    store: fromAutoscalerV1,
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

/** The object of a stored text as a kind has it. */
export function readStored<T extends KubeObject>(
  kind: Kind<T>,
  text: string,
): T {
  return kind.stored === undefined ? JSON.parse(text) : kind.stored.read(text);
}

/** Whether rows are answered as they are stored, whatever happens. */
export function isShownAsStored(call: Call): boolean {
  return call.view === undefined && call.kind.stored === undefined;
}

/** Tells apart what a row can look like. */
export function formOf({ kind, view, accept: { form } }: Call): string {
  if (kind.stored !== undefined) return `${form} ${kind.stored.form}`;
  return view === undefined ? form : `${form} ${groupVersion(kind)}`;
}

/** A stored text as the call's kind shows it. */
export function shownText(call: Call, text: string): string {
  const { view, kind: { stored } } = call;
  if (stored !== undefined) return stored.show(text);
  return view === undefined
    ? text
    : JSON.stringify(view.show(JSON.parse(text)));
}

/** Resolves when these texts can be shown at once; undefined when they can be now, as nearly always. */
export function prepareToShow(
  call: Call,
  texts: readonly string[],
): Promise<void> | undefined {
  return call.kind.stored?.prepare(texts);
}

/** Resolves when field selectors can look into all rows below a prefix; undefined when they can now, or there are none. */
export function prepareToSelect(
  call: Call,
  prefix: Key,
): Promise<void> | undefined {
  const { kind: { stored }, params, api } = call;
  if (stored === undefined || !params.get("fieldSelector")) return undefined;
  return stored.prepare(api.store.list(prefix).rows.map(({ text }) => text));
}

/** What field selectors of the call's kind meet in a row. */
export function shownFields(
  call: Call,
  row: Row,
): Readonly<Record<string, string>> {
  const { kind } = call;
  if (kind.stored !== undefined) {
    // What is selectable may have changed since the row was written.
    return kind.selectableFields?.(kind.stored.read(row.text)) ?? {};
  }
  if (call.view === undefined) return row.fields ?? {};
  return call.kind.selectableFields?.(call.view.show(JSON.parse(row.text))) ??
    {};
}
