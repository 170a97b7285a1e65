/**
 * Columns that many kinds share, and short ways to write others.
 *
 * @module
 */
import type { Container } from "../core/container.ts";
import { ageOf } from "../duration.ts";
import type { Column, KubeObject } from "../kind.ts";

/** A column; shown with `-o wide` only when `wide`. */
export function column<T>(
  name: string,
  cell: Column<T>["cell"],
  options: {
    /** @default "string" */
    type?: Column<T>["type"];
    /** @default "" */
    description?: string;
    /** @default false */
    wide?: boolean;
  } = {},
): Column<T> {
  return {
    name,
    type: options.type ?? "string",
    description: options.description ?? "",
    priority: options.wide === true ? 1 : 0,
    cell,
  };
}

/** The object's name. */
export function nameColumn<T extends KubeObject>(
  options: { wide?: boolean } = {},
): Column<T> {
  return {
    name: "Name",
    type: "string",
    format: "name",
    description:
      "Name of the object, unique within its namespace (or cluster) for this resource",
    priority: options.wide === true ? 1 : 0,
    cell: (object) => object.metadata.name ?? "",
  };
}

/** Time since creation. */
export function ageColumn<T extends KubeObject>(): Column<T> {
  return column(
    "Age",
    (object, now) => ageOf(object.metadata.creationTimestamp, now),
    { description: "Time since the server created the object" },
  );
}

/** When the server created the object, for kinds that have no columns of their own. */
export function createdAtColumn<T extends KubeObject>(): Column<T> {
  return column(
    "Created At",
    ({ metadata }) => metadata.creationTimestamp ?? null,
    { type: "date", description: "When the server created the object" },
  );
}

/** Names and images of a pod template's containers, for `-o wide`. */
export function containerColumns<T>(
  containers: (object: T) => readonly Container[],
): Column<T>[] {
  return [
    column(
      "Containers",
      (o) => containers(o).map((c) => c.name).join(","),
      { wide: true, description: "Names of the template's containers" },
    ),
    column(
      "Images",
      (o) => containers(o).map((c) => c.image ?? "").join(","),
      { wide: true, description: "Images of the template's containers" },
    ),
  ];
}
