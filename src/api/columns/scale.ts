/**
 * What `kubectl get --subresource=scale` shows.
 *
 * @module
 */
import type { Scale } from "../autoscaling/scale.ts";
import type { Column } from "../kind.ts";
import { ageColumn, column } from "./common.ts";

/** The columns. */
export const scaleColumns: readonly Column<Scale>[] = [
  column("Name", ({ metadata }) => metadata.name ?? "", {
    description: "The object's name",
  }),
  column("Desired", ({ spec }) => spec.replicas ?? 0, {
    type: "integer",
    description: "How many replicas are wished for",
  }),
  column("Available", ({ status }) => status?.replicas ?? 0, {
    type: "integer",
    description: "How many replicas there are",
  }),
  ageColumn(),
];
