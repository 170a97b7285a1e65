/**
 * What tests of kinds share: an object as the server makes it from what a client sends, and what is wrong with it.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { FieldError, StrategyContext } from "../kind.ts";
import type { AnyKind } from "../registry.ts";

/** Who asks in tests, at the beginning of time. */
export const TEST_CONTEXT: StrategyContext = {
  now: 0,
  user: { name: "test", groups: [] },
};

/** Any JSON object. */
// deno-lint-ignore no-explicit-any
export type Loose = Record<string, any>;

/** An object of a kind as it is before it is stored: decoded, with defaults, prepared; `more` may replace its metadata. */
export function newObject(kind: AnyKind, more: Loose): Loose {
  const { object, typeError } = kind.schema.decode({
    ...more,
    metadata: {
      name: "a",
      uid: "u-1",
      ...(kind.namespaced ? { namespace: "default" } : {}),
      ...more["metadata"],
    },
  });
  assert.equal(typeError, undefined);
  kind.setDefaults(object);
  kind.prepareForCreate(object, TEST_CONTEXT);
  return object;
}

function texts(errors: readonly FieldError[]): string[] {
  return errors.map(({ field, message }) =>
    `${field}: ${message.split("\n")[0]}`
  );
}

/** What is wrong with a new object. */
export function findings(kind: AnyKind, more: Loose): string[] {
  return texts(kind.validate(newObject(kind, more)));
}

/** What is wrong with a change; `part` is "" for all but the status. */
export function changeFindings(
  kind: AnyKind,
  [before, after]: readonly [Loose, Loose],
  part: "" | "status" = "",
): string[] {
  const stored = (more: Loose): Loose => {
    const object = newObject(kind, more);
    object["metadata"].resourceVersion = "1";
    if (more["status"] !== undefined) object["status"] = more["status"];
    return object;
  };
  const previous = stored(before);
  const next = stored(after);
  if (part === "status") {
    kind.prepareForStatusUpdate?.(next, previous, TEST_CONTEXT);
    return texts(kind.validateStatusUpdate?.(next, previous) ?? []);
  }
  kind.prepareForUpdate(next, previous, TEST_CONTEXT);
  return texts([
    ...kind.validate(next),
    ...kind.validateUpdate(next, previous),
  ]);
}

/** The cells of a kind's columns by name. */
export function cellsOf(kind: AnyKind, object: Loose, now = 0): Loose {
  return Object.fromEntries(
    kind.columns.map((column) => [column.name, column.cell(object, now)]),
  );
}
