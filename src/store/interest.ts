/**
 * Who is to be told of an event: watchers by prefix, and within a prefix by the value of a field. An event looks up the prefixes of its key and the
 * values of its two rows, so that it costs as much as there are watchers who care, and not as there are watchers.
 *
 * @module
 */
import { prefixesOf } from "./keys.ts";
import type { Key, WatchOptions } from "./store.ts";
import type { StoredEvent } from "./stored_row.ts";

/** A field and the value that a watcher cares for. */
export type FieldInterest = NonNullable<WatchOptions["field"]>;

/** What a listener cares for. */
export interface Interest {
  readonly prefix: Key;
  readonly field?: FieldInterest;
}

/** Someone who is told. */
export interface Listener {
  readonly interest: Interest;
  /** Takes an event that the listener cares for. */
  deliver(event: StoredEvent): void;
}

/** The listeners of one prefix. */
interface Circle<L> {
  readonly all: Set<L>;
  /** By the name of a field, then by its value. */
  readonly byField: Map<string, Map<string, Set<L>>>;
}

/** All listeners. */
export class InterestIndex<L extends Listener> {
  readonly #circles = new Map<Key, Circle<L>>();
  #size = 0;

  /** How many listeners there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a listener. */
  add(listener: L): void {
    const { prefix, field } = listener.interest;
    const circle = getOrMake(
      this.#circles,
      prefix,
      () => ({ all: new Set<L>(), byField: new Map() }),
    );
    setOf(circle, field).add(listener);
    this.#size++;
  }

  /** Takes a listener out, and what is empty without it. */
  remove(listener: L): void {
    const { prefix, field } = listener.interest;
    const circle = this.#circles.get(prefix);
    if (circle === undefined) return;
    if (!setOf(circle, field).delete(listener)) return;
    this.#size--;
    if (field !== undefined) {
      const byValue = circle.byField.get(field.name)!;
      if (byValue.get(field.value)!.size === 0) byValue.delete(field.value);
      if (byValue.size === 0) circle.byField.delete(field.name);
    }
    if (circle.all.size === 0 && circle.byField.size === 0) {
      this.#circles.delete(prefix);
    }
  }

  /** Tells those who care for an event, and adds them to `told`. */
  deliver(event: StoredEvent, told: Set<L>): void {
    if (this.#size === 0) return;
    const tell = (listeners: Iterable<L> | undefined) => {
      for (const listener of listeners ?? []) {
        listener.deliver(event);
        told.add(listener);
      }
    };
    for (const prefix of prefixesOf(event.key)) {
      const circle = this.#circles.get(prefix);
      if (circle === undefined) continue;
      tell(circle.all);
      for (const [name, byValue] of circle.byField) {
        const now = event.row?.fields?.[name];
        const before = event.previous?.fields?.[name];
        if (now !== undefined) tell(byValue.get(now));
        if (before !== undefined && before !== now) tell(byValue.get(before));
      }
    }
  }
}

/** Whether one of an event's rows has the field's value. */
export function cares(interest: Interest, event: StoredEvent): boolean {
  const { field } = interest;
  return field === undefined ||
    event.row?.fields?.[field.name] === field.value ||
    event.previous?.fields?.[field.name] === field.value;
}

function setOf<L>(circle: Circle<L>, field?: FieldInterest): Set<L> {
  if (field === undefined) return circle.all;
  const byValue = getOrMake(
    circle.byField,
    field.name,
    () => new Map<string, Set<L>>(),
  );
  return getOrMake(byValue, field.value, () => new Set<L>());
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
