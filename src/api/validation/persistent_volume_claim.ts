/**
 * The rules of PersistentVolumeClaims.
 *
 * @module
 */
import type { PersistentVolumeClaim } from "../core/persistent_volume_claim.ts";
import type { TypedObjectReference } from "../core/reference.ts";
import type { PersistentVolumeClaimSpec } from "../core/volume_claim_spec.ts";
import { sameJson } from "../equal.ts";
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { compareQuantities, parseQuantity, wholeUnits } from "../quantity.ts";
import { validateLabelSelector } from "../selector.ts";
import { jsonDiff } from "./json_diff.ts";
import { IMMUTABLE, unchanged } from "./meta.ts";
import { isDnsLabel, isDnsSubdomain, isQualifiedName } from "./names.ts";
import { validateAccessModes } from "./persistent_volume.ts";
import { each, oneOfIfSet } from "./values.ts";

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const RESIZE_STATES = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
];

function validateStorage(
  { resources }: PersistentVolumeClaimSpec,
  field: string,
): FieldError[] {
  const amount = resources?.requests?.["storage"];
  const at = `${field}.resources[storage]`;
  if (amount === undefined) return [required(at)];
  return parseQuantity(amount).nano > 0n
    ? []
    : [invalidValue(at, amount, "must be greater than zero")];
}

function validateSource(
  { apiGroup = "", kind, name, namespace = "" }: TypedObjectReference,
  field: string,
): FieldError[] {
  return [
    ...(name === "" ? [required(`${field}.name`)] : []),
    ...(kind === "" ? [required(`${field}.kind`)] : []),
    ...(apiGroup === "" && kind !== "PersistentVolumeClaim"
      ? [
        invalidValue(
          field,
          kind,
          "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
        ),
      ]
      : []),
    ...(apiGroup === ""
      ? []
      : each(`${field}.apiGroup`, apiGroup, isDnsSubdomain(apiGroup))),
    ...(namespace === ""
      ? []
      : each(`${field}.namespace`, namespace, isDnsLabel(namespace))),
  ];
}

function validateSources(
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  field: string,
): FieldError[] {
  const found = [
    ...(dataSource === undefined
      ? []
      : validateSource(dataSource, `${field}.dataSource`)),
    ...(dataSourceRef === undefined
      ? []
      : validateSource(dataSourceRef, `${field}.dataSourceRef`)),
  ];
  if (dataSource === undefined || dataSourceRef === undefined) return found;
  const { namespace = "", ...same } = dataSourceRef;
  // Kubernetes shows the path itself as the value, which has no JSON form of its own.
  if (namespace !== "") {
    found.push(
      invalidValue(
        field,
        {},
        "may not be specified when dataSourceRef.namespace is specified",
      ),
    );
  } else if (!sameJson(dataSource, same)) {
    found.push(invalidValue(field, {}, "must match dataSourceRef"));
  }
  return found;
}

/** The rules of what is wished for. */
export function validateClaimSpec(
  spec: PersistentVolumeClaimSpec,
  field: string,
): FieldError[] {
  const { accessModes = [], storageClassName = "" } = spec;
  const { volumeAttributesClassName: attributes = "" } = spec;
  return [
    ...(accessModes.length === 0
      ? [required(`${field}.accessModes`, "at least 1 access mode is required")]
      : []),
    ...validateLabelSelector(spec.selector, `${field}.selector`),
    ...validateAccessModes(accessModes, `${field}.accessModes`),
    ...validateStorage(spec, field),
    ...(storageClassName === "" ? [] : each(
      `${field}.storageClassName`,
      storageClassName,
      isDnsSubdomain(storageClassName),
    )),
    ...oneOfIfSet(`${field}.volumeMode`, spec.volumeMode, [
      "Block",
      "Filesystem",
    ]),
    ...validateSources(spec, field),
    ...(attributes === "" ? [] : each(
      `${field}.volumeAttributesClassName`,
      attributes,
      isDnsSubdomain(attributes),
    )),
  ];
}

/** The rules of a PersistentVolumeClaim, beside those of its metadata. */
export function validatePersistentVolumeClaim(
  { spec }: PersistentVolumeClaim,
): FieldError[] {
  return validateClaimSpec(spec, "spec");
}

/** The class may be named once, when there was none, and move from its old annotation to its field. */
function mayNameClass(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): boolean {
  const old = previous.metadata.annotations?.[CLASS_ANNOTATION];
  const name = next.spec.storageClassName;
  return name !== undefined && previous.spec.storageClassName === undefined &&
    (old === undefined || old === name);
}

function validateClassAnnotation(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): FieldError[] {
  const before = previous.metadata.annotations?.[CLASS_ANNOTATION] ?? "";
  const after = next.metadata.annotations?.[CLASS_ANNOTATION] ?? "";
  const moved = before !== "" && after === "" && mayNameClass(next, previous);
  return before === after || moved ? [] : [
    invalidValue(`metadata.annotations.${CLASS_ANNOTATION}`, after, IMMUTABLE),
  ];
}

/** The new spec with all that may change put back to what it was. */
function withoutAllowedChanges(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): PersistentVolumeClaimSpec {
  const spec: PersistentVolumeClaimSpec = { ...next.spec };
  const before = previous.spec;
  const put = <K extends keyof PersistentVolumeClaimSpec>(key: K) => {
    if (before[key] === undefined) delete spec[key];
    else spec[key] = before[key];
  };
  // The volume is named once.
  if ((before.volumeName ?? "") === "") put("volumeName");
  if (mayNameClass(next, previous)) put("storageClassName");
  if (next.status?.phase !== "Bound") return spec;
  put("volumeAttributesClassName");
  const storage = before.resources?.requests?.["storage"];
  if (spec.resources?.requests !== undefined && storage !== undefined) {
    spec.resources = {
      ...spec.resources,
      requests: { ...spec.resources.requests, storage },
    };
  }
  return spec;
}

/** The rules for a change of a PersistentVolumeClaim: of a bound one the size may grow, and its attributes change. */
export function validatePersistentVolumeClaimUpdate(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): FieldError[] {
  const found = validateClassAnnotation(next, previous);
  const rest = withoutAllowedChanges(next, previous);
  if (!sameJson(rest, previous.spec)) {
    found.push(
      forbiddenField(
        "spec",
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${
          jsonDiff(previous.spec, rest)
        }`,
      ),
    );
  }
  const before = previous.spec.resources?.requests?.["storage"] ?? "0";
  const after = next.spec.resources?.requests?.["storage"] ?? "0";
  const capacity = previous.status?.capacity?.["storage"] ?? "0";
  // A growth that failed may be taken back, as far as the volume has grown.
  if (
    compareQuantities(after, before) < 0 &&
    compareQuantities(after, capacity) <= 0
  ) {
    found.push(
      forbiddenField(
        "spec.resources.requests.storage",
        "field can not be less than status.capacity",
      ),
    );
  }
  found.push(
    ...unchanged("volumeMode", {
      next: next.spec.volumeMode,
      previous: previous.spec.volumeMode,
    }),
    ...validateAttributes(next, previous),
  );
  return found;
}

function validateAttributes(
  { spec: { volumeAttributesClassName: name } }: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): FieldError[] {
  if (
    name === previous.spec.volumeAttributesClassName ||
    previous.status?.currentVolumeAttributesClassName === undefined ||
    (name ?? "") !== ""
  ) return [];
  return [
    forbiddenField(
      "spec.volumeAttributesClassName",
      `update to ${
        name === undefined ? "nil" : "empty string"
      } is forbidden when status.currentVolumeAttributesClassName is not nil`,
    ),
  ];
}

function validateResizeKey(name: string, field: string): FieldError[] {
  const found = each(field, name, isQualifiedName(name));
  const native = !name.includes("/") || name.includes("kubernetes.io/");
  return found.length > 0 || !native || name === "storage"
    ? found
    : [notSupported(field, name, ["storage"])];
}

function validateSize(amount: string, field: string): FieldError[] {
  const size = wholeUnits(amount);
  return size < 0
    ? [invalidValue(field, size, "must be a valid resource quantity")]
    : [];
}

/** The rules for a change of a PersistentVolumeClaim's status. */
export function validatePersistentVolumeClaimStatus(
  { spec, status = {} }: PersistentVolumeClaim,
): FieldError[] {
  const states = "status.allocatedResourceStatuses";
  const allocated = "status.allocatedResources";
  return [
    ...((spec.accessModes?.length ?? 0) === 0
      ? [required("Spec.accessModes")]
      : []),
    ...Object.entries(status.capacity ?? {}).flatMap(([name, amount]) =>
      validateSize(amount, `status.capacity[${name}]`)
    ),
    ...Object.entries(status.allocatedResourceStatuses ?? {}).flatMap((
      [name, state],
    ) => [
      ...validateResizeKey(name, states),
      ...(RESIZE_STATES.includes(state)
        ? []
        : [notSupported(states, name, RESIZE_STATES)]),
    ]),
    ...Object.entries(status.allocatedResources ?? {}).flatMap((
      [name, amount],
    ) => {
      const wrong = validateResizeKey(name, allocated);
      return wrong.length > 0
        ? wrong
        : validateSize(amount, `${allocated}[${name}]`);
    }),
  ];
}
