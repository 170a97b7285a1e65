/**
 * The rules of the storage drivers on a node. They follow `pkg/apis/storage/validation` of Kubernetes.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import { duplicate, invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { CSINode, CSINodeDriver } from "../storage/csi_node.ts";
import { IMMUTABLE } from "./meta.ts";
import { isQualifiedName } from "./names.ts";
import { validateCsiDriverName } from "./storage_class.ts";
import { each, notNegative, repeatedPlaces } from "./values.ts";

const MAX_NODE_ID_LENGTH = 256;

function validateTopologyKeys(
  keys: readonly string[],
  field: string,
): FieldError[] {
  const repeated = repeatedPlaces(keys);
  return keys.flatMap((key, i) => [
    ...(key === "" ? [required(field)] : []),
    ...(repeated.has(i) ? [duplicate(field, key)] : []),
    ...each(field, key, isQualifiedName(key)),
  ]);
}

function validateDriver(
  { name, nodeID, topologyKeys, allocatable }: CSINodeDriver,
  field: string,
): FieldError[] {
  return [
    ...validateCsiDriverName(`${field}.name`, name),
    ...(nodeID === "" ? [required(`${field}.nodeID`)] : []),
    ...(nodeID.length > MAX_NODE_ID_LENGTH
      ? [
        invalidValue(
          `${field}.nodeID`,
          nodeID,
          `must be ${MAX_NODE_ID_LENGTH} characters or less`,
        ),
      ]
      : []),
    ...notNegative(`${field}.allocatable.count`, allocatable?.count),
    ...validateTopologyKeys(topologyKeys, field),
  ];
}

/** The rules of a CSINode, beside those of its metadata. */
export function validateCsiNode({ spec: { drivers } }: CSINode): FieldError[] {
  return drivers.flatMap((driver, i) => {
    const field = `spec.drivers[${i}]`;
    const twice = drivers.slice(0, i).some((d) => d.name === driver.name);
    return [
      ...validateDriver(driver, field),
      ...(twice ? [duplicate(`${field}.name`, driver.name)] : []),
    ];
  });
}

/** Kubernetes shows its internal form, whose fields are upper-case. */
function shown(
  { name, nodeID, topologyKeys }: CSINodeDriver,
): Record<string, unknown> {
  return {
    Name: name,
    NodeID: nodeID,
    TopologyKeys: topologyKeys,
    Allocatable: null,
  };
}

/** A driver stays as it is but for the number of volumes. */
export function validateCsiNodeUpdate(
  next: CSINode,
  previous: CSINode,
): FieldError[] {
  return previous.spec.drivers.flatMap(({ allocatable: _, ...before }) =>
    next.spec.drivers.filter((d) => d.name === before.name).flatMap(
      ({ allocatable: _, ...after }) =>
        sameJson(after, before)
          ? []
          : [invalidValue("spec.drivers", shown(after), IMMUTABLE)],
    )
  );
}
