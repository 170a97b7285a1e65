/**
 * The forms of `-o`.
 *
 * @module
 */
import { stringify } from "yaml";
import type { KubeObject } from "../api/kind.ts";
import { CliFailure, EXIT_USAGE } from "./failure.ts";

/** A form of output; absent is the table. */
export type OutputFormat = "json" | "yaml" | "wide" | "name";

const FORMATS: readonly OutputFormat[] = ["json", "yaml", "wide", "name"];

/**
 * Checks what was given to `-o`.
 *
 * @throws {CliFailure} for a form that there is not
 */
export function parseFormat(text: string): OutputFormat {
  const format = FORMATS.find((known) => known === text);
  if (format) return format;
  throw new CliFailure(
    `unable to match a printer suitable for the output format "${text}", allowed formats are: ${
      FORMATS.join(",")
    }`,
    { exitCode: EXIT_USAGE },
  );
}

/** JSON with four spaces, as kubectl prints it, or YAML; `managedFields` are left out, as kubectl does. */
export function formatObject(object: unknown, format: "json" | "yaml"): string {
  const shown = withoutManagedFields(object);
  return format === "json"
    ? JSON.stringify(shown, null, 4) + "\n"
    : stringify(sortKeys(shown), { lineWidth: 0 });
}

/** A `v1` List of objects of any kind. */
export function listOf(items: readonly unknown[]): unknown {
  return {
    apiVersion: "v1",
    items,
    kind: "List",
    metadata: { resourceVersion: "" },
  };
}

function withoutManagedFields(object: unknown): unknown {
  if (object === null || typeof object !== "object") return object;
  const { metadata, items } = object as {
    metadata?: KubeObject["metadata"];
    items?: unknown[];
  };
  const copy: Record<string, unknown> = { ...object };
  if (metadata && "managedFields" in metadata) {
    const { managedFields: _, ...rest } = metadata;
    copy["metadata"] = rest;
  }
  if (Array.isArray(items)) copy["items"] = items.map(withoutManagedFields);
  return copy;
}

/** kubectl's YAML has its keys in order. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map((
      [key, inner],
    ) => [key, sortKeys(inner)]),
  );
}
