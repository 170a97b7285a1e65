/**
 * The forms of `-o`.
 *
 * @module
 */
import type { KubeObject } from "../api/kind.ts";
import { compareText } from "./compare_text.ts";
import { CliFailure, EXIT_USAGE } from "./failure.ts";
import { yamlText } from "./yaml_text.ts";

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

/** JSON with four spaces or YAML, keys in order, as kubectl prints them; `managedFields` are left out. */
export function formatObject(object: unknown, format: "json" | "yaml"): string {
  const shown = sortKeys(withoutManagedFields(object));
  return format === "json" ? goJson(shown, 4) + "\n" : yamlText(shown);
}

/** JSON as Go writes it: characters that HTML would take for its own are escaped. */
export function goJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[<>&\u2028\u2029]/g,
    (char) => "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/** A value whose objects have their keys in order, as Go's maps are written. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => compareText(a, b)).map((
      [key, inner],
    ) => [key, sortKeys(inner)]),
  );
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
