/**
 * The rules of storage capacities. They follow `pkg/apis/storage/validation` of Kubernetes.
 *
 * @module
 */
import type { FieldError } from "../kind.ts";
import { validateLabelSelector } from "../selector.ts";
import type { CSIStorageCapacity } from "../storage/csi_storage_capacity.ts";
import { unchanged } from "./meta.ts";
import { isDnsSubdomain } from "./names.ts";
import { validateAmount } from "./resources.ts";
import { each } from "./values.ts";

/** The rules of a CSIStorageCapacity, beside those of its metadata. */
export function validateCsiStorageCapacity(
  { nodeTopology, storageClassName, capacity }: CSIStorageCapacity,
): FieldError[] {
  return [
    ...validateLabelSelector(nodeTopology, "nodeTopology"),
    ...each(
      "storageClassName",
      storageClassName,
      isDnsSubdomain(storageClassName),
    ),
    ...(capacity === undefined
      ? []
      : validateAmount("storage", capacity, "capacity")),
  ];
}

/** Where the storage is, and of which class, stays. */
export function validateCsiStorageCapacityUpdate(
  next: CSIStorageCapacity,
  previous: CSIStorageCapacity,
): FieldError[] {
  return (["nodeTopology", "storageClassName"] as const).flatMap((field) =>
    unchanged(field, { next: next[field], previous: previous[field] })
  );
}
