/**
 * JSON Patch (RFC 6902), with kube-apiserver's limits, errors and liberties: a replacement of a key that is not there adds it, negative indexes count
 * from the end, and of the whole object only a replacement or a test may speak.
 *
 * @module
 */
import { badRequest, requestEntityTooLarge, unprocessable } from "../status.ts";
import { sameJson } from "../equal.ts";
import { isObject, type JsonObject } from "./json_value.ts";
import { get, hold, insert, remove, replace } from "./json_pointer.ts";

/** The most operations that one patch may have. */
export const MAX_OPERATIONS = 10_000;

/** The most bytes of JSON that all `copy` operations of a patch may add together: without it, 30 copies fill the memory. */
export const MAX_COPIED_BYTES: number = 3 * 1024 * 1024;

const KNOWN_FIELDS = new Set(["op", "path", "from", "value"]);

/**
 * Texts about unknown fields of operations, for `fieldValidation`.
 */
export function unknownOperationFields(patch: unknown): string[] {
  if (!Array.isArray(patch)) return [];
  return patch.flatMap((operation, i) =>
    Object.keys(operation ?? {}).filter((key) => !KNOWN_FIELDS.has(key)).map((
      key,
    ) => `unknown field "[${i}].${key}"`)
  );
}

function checked(patch: unknown): readonly JsonObject[] {
  if (!Array.isArray(patch)) {
    const found = patch === null
      ? "null"
      : typeof patch === "boolean"
      ? "bool"
      : typeof patch;
    throw badRequest(
      `json: cannot unmarshal ${found} into Go value of type jsonpatch.Patch`,
    );
  }
  if (patch.length > MAX_OPERATIONS) {
    throw requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  for (const operation of patch) {
    if (!isObject(operation)) {
      throw badRequest(
        `json: cannot unmarshal ${
          Array.isArray(operation) ? "array" : typeof operation
        } into Go value of type jsonpatch.Operation`,
      );
    }
  }
  return patch;
}

/**
 * The value with the patch applied; `current` stays as it is.
 *
 * @throws {ApiError} 400 when the patch is none, 413 when it has too many operations, 422 when it cannot be applied
 */
export function applyJsonPatch<T>(current: T, patch: unknown): T {
  const operations = checked(patch);
  const run: Run = { document: copyOf(current), copied: 0 };
  for (const operation of operations) step(run, operation);
  return run.document as T;
}

interface Run {
  document: unknown;
  /** Bytes that copies have added. */
  copied: number;
}

function step(run: Run, operation: JsonObject): void {
  const { op } = operation;
  const path = textOf(operation["path"]);
  if (path === "") return whole(run, operation);
  // What is not given is null.
  const value = operation["value"] ?? null;
  const at = hold(run.document, path);
  switch (op) {
    case "add":
      return insert(at, copyOf(value));
    case "replace":
      return replace(at, copyOf(value));
    case "remove":
      return remove(at);
    case "test":
      if (!sameJson(get(at) ?? null, value)) throw unprocessable();
      return;
    case "move": {
      const from = hold(run.document, fromOf(operation));
      const moved = get(from) ?? null;
      remove(from);
      // Where it goes is looked up in what is left.
      return insert(hold(run.document, path), moved);
    }
    case "copy": {
      const source = get(hold(run.document, fromOf(operation))) ?? null;
      const text = JSON.stringify(source);
      run.copied += text.length;
      if (run.copied > MAX_COPIED_BYTES) throw unprocessable();
      return insert(at, JSON.parse(text));
    }
    default:
      throw unprocessable();
  }
}

/** An operation on the whole document. */
function whole(run: Run, { op, value }: JsonObject): void {
  switch (op) {
    case "replace":
      if (typeof value !== "object" || value === null) throw unprocessable();
      run.document = copyOf(value);
      return;
    case "test":
      if (!sameJson(run.document, value)) throw unprocessable();
      return;
    default:
      throw unprocessable();
  }
}

function fromOf(operation: JsonObject): string {
  const from = textOf(operation["from"]);
  if (from === "") throw unprocessable();
  return from;
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw unprocessable();
  return value;
}

/** A copy, so that later operations change neither the patch nor what it is applied to. */
function copyOf(value: unknown): unknown {
  return typeof value === "object" && value !== null
    ? JSON.parse(JSON.stringify(value))
    : value;
}
