/**
 * Tables: what `kubectl get` shows, made by the server (`as=Table;g=meta.k8s.io;v=v1`).
 *
 * @module
 */
import type { Kind, KubeObject } from "../api/kind.ts";
import { badRequest } from "../api/status.ts";
import { partialMetadata } from "./partial_metadata.ts";

/** What a table is made of. */
export type Tabular = Pick<Kind, "columns">;

/** What of the object goes along with each row. */
export type IncludeObject = "None" | "Metadata" | "Object";

/** Reads `includeObject`. @throws {ApiError} 400 */
export function includeObjectParam(params: URLSearchParams): IncludeObject {
  const value = params.get("includeObject") || "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") {
    return value;
  }
  throw badRequest(
    `unrecognized includeObject value: ${JSON.stringify(value)}`,
  );
}

/** `columnDefinitions` as JSON. */
export function columnDefinitions(kind: Tabular): string {
  return JSON.stringify(kind.columns.map((column) => ({
    name: column.name,
    type: column.type,
    format: column.format ?? "",
    description: column.description,
    priority: column.priority,
  })));
}

/** One row as JSON. */
export function tableRow(
  kind: Tabular,
  text: string,
  options: { readonly now: number; readonly include: IncludeObject },
): string {
  const object: KubeObject = JSON.parse(text);
  const cells = kind.columns.map((column) => column.cell(object, options.now));
  const shown = options.include === "Object"
    ? text
    : options.include === "Metadata"
    ? partialMetadata(object)
    : "null";
  return `{"cells":${JSON.stringify(cells)},"object":${shown}}`;
}

/** The row of a bookmark as JSON: there is nothing to show. */
export function bookmarkRow(kind: Tabular, object: string): string {
  const cells = kind.columns.map(() => null);
  return `{"cells":${JSON.stringify(cells)},"object":${object}}`;
}

/** A whole table as JSON; `columns` and `rows` are JSON already. */
export function tableText(
  listMeta: unknown,
  columns: string,
  rows: readonly string[],
): string {
  return `{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":${
    JSON.stringify(listMeta)
  },"columnDefinitions":${columns},"rows":[${rows.join(",")}]}`;
}
