/**
 * JSON Patch (RFC 6902), with kube-apiserver's limits and errors.
 *
 * @module
 */
import fastJsonPatch, { type Operation } from "fast-json-patch";
import { badRequest, requestEntityTooLarge, unprocessable } from "../status.ts";

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

function checked(patch: unknown): readonly Operation[] {
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
    if (typeof operation !== "object" || operation === null) {
      throw badRequest(
        `json: cannot unmarshal ${
          Array.isArray(operation) ? "array" : typeof operation
        } into Go value of type jsonpatch.Operation`,
      );
    }
  }
  return patch as Operation[];
}

/**
 * The value with the patch applied; `current` stays as it is.
 *
 * @throws {ApiError} 400 when the patch is none, 413 when it has too many operations, 422 when it cannot be applied
 */
export function applyJsonPatch<T>(current: T, patch: unknown): T {
  const operations = checked(patch);
  let document: unknown = JSON.parse(JSON.stringify(current));
  let copied = 0;
  for (const operation of operations) {
    try {
      for (const simple of withoutSource(document, operation)) {
        if (operation.op === "copy" && simple.op === "add") {
          const text = JSON.stringify(simple.value);
          copied += text.length;
          if (copied > MAX_COPIED_BYTES) throw unprocessable();
          simple.value = JSON.parse(text);
        }
        document = fastJsonPatch.applyOperation(document, simple, true)
          .newDocument;
      }
    } catch {
      throw unprocessable();
    }
  }
  return document as T;
}

/**
 * A copy or move as the steps that it consists of. The library would clone the whole document to see whether the source of each is there: 10,000 of them
 * stood the server still for minutes.
 */
function withoutSource(document: unknown, operation: Operation): Operation[] {
  const { op, path } = operation;
  if (op !== "copy" && op !== "move") return [operation];
  const { from } = operation;
  const value: unknown = fastJsonPatch.getValueByPointer(document, from);
  if (value === undefined) throw unprocessable();
  const add: Operation = { op: "add", path, value };
  return op === "copy" ? [add] : [{ op: "remove", path: from }, add];
}
