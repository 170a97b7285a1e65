/**
 * The columns of a custom kind.
 *
 * @module
 */
import { nameColumn } from "../columns/common.ts";
import { ageOf } from "../duration.ts";
import { findAll, parseJsonPath, type Step } from "../json_path.ts";
import type { Column, KubeObject } from "../kind.ts";
import { parseTime } from "../time.ts";
import type { CustomResourceColumnDefinition } from "./custom_resource_definition_spec.ts";

const AGE: CustomResourceColumnDefinition = {
  name: "Age",
  type: "date",
  description: "Time since the server created the object",
  jsonPath: ".metadata.creationTimestamp",
};

/** The name, and what the version asks for; the age when it asks for nothing. */
export function customColumns(
  columns: readonly CustomResourceColumnDefinition[] = [],
): readonly Column<KubeObject>[] {
  const wanted = columns.length === 0 ? [AGE] : columns;
  return [nameColumn<KubeObject>(), ...wanted.map(customColumn)];
}

function customColumn(
  { name, type, format, description, priority, jsonPath }:
    CustomResourceColumnDefinition,
): Column<KubeObject> {
  let path: readonly Step[] | undefined;
  return {
    name,
    type: type as Column<KubeObject>["type"],
    ...(format === undefined ? {} : { format }),
    description: description ||
      `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
    cell(object, now) {
      const [value] = findAll(object, path ??= readable(jsonPath));
      return cellOf(value, type, now);
    },
  };
}

/** A path that cannot be read finds nothing; Kubernetes checks no more than how it begins. */
function readable(path: string): readonly Step[] {
  try {
    return parseJsonPath(path);
  } catch {
    return [{ type: "union", steps: [] }];
  }
}

function cellOf(
  value: unknown,
  type: string,
  now: number,
): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "string":
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      if (typeof value !== "string") return null;
      return typeof parseTime(value) === "string"
        ? "<invalid>"
        : ageOf(value, now);
    default:
      return null;
  }
}
