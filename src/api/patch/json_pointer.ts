/**
 * Places in JSON values (RFC 6901), as JSON patches work on them.
 *
 * @module
 */
import { unprocessable } from "../status.ts";
import { isObject, type JsonObject, withProperty } from "./json_value.ts";

/** A place: a container, and a key or index in it, which need not be there. */
export interface Place {
  readonly container: JsonObject | unknown[];
  readonly key: string;
}

/** The place that a pointer names. @throws {ApiError} 422 when there is no such container */
export function hold(document: unknown, pointer: string): Place {
  const segments = pointer.split("/").map((segment) =>
    segment.replaceAll("~1", "/").replaceAll("~0", "~")
  );
  if (segments.length < 2) throw unprocessable();
  let container: unknown = document;
  for (let i = 1; i < segments.length - 1; i++) {
    if (!isContainer(container)) throw unprocessable();
    container = get({ container, key: segments[i]! });
  }
  if (!isContainer(container)) throw unprocessable();
  return { container, key: segments.at(-1)! };
}

function isContainer(value: unknown): value is JsonObject | unknown[] {
  return isObject(value) || Array.isArray(value);
}

/** The value at a place; undefined for a key that is not there. @throws {ApiError} 422 for an index that is not there */
export function get({ container, key }: Place): unknown {
  if (!Array.isArray(container)) {
    return Object.hasOwn(container, key) ? container[key] : undefined;
  }
  return container[indexOf(key, container.length, container.length - 1)];
}

/** Puts a value at a key, or before the item at an index (`-`: at the end). @throws {ApiError} 422 */
export function insert({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) withProperty(container, key, value);
  else if (key === "-") container.push(value);
  else {
    const { length } = container;
    container.splice(indexOf(key, length + 1, length), 0, value);
  }
}

/** Puts a value at a key, there or not, or at an index that is there. @throws {ApiError} 422 */
export function replace({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) withProperty(container, key, value);
  else {
    container[indexOf(key, container.length, container.length - 1)] = value;
  }
}

/** Takes a value away. @throws {ApiError} 422 when there is none */
export function remove({ container, key }: Place): void {
  if (Array.isArray(container)) {
    container.splice(indexOf(key, container.length, container.length - 1), 1);
  } else if (Object.hasOwn(container, key)) delete container[key];
  else throw unprocessable();
}

/** An index as it is written; one below zero counts back from `size`. */
function indexOf(text: string, size: number, last: number): number {
  if (!/^[+-]?[0-9]{1,15}$/.test(text)) throw unprocessable();
  const index = Number(text);
  if (index > last || index < -size) throw unprocessable();
  return index < 0 ? index + size : index;
}
