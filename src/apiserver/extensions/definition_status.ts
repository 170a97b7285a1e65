/**
 * What becomes of a CustomResourceDefinition: which names it gets, and whether it is served.
 *
 * @module
 */
import {
  approvalOf,
  isProtectedGroup,
} from "../../api/apiextensions/approval.ts";
import {
  conditionOf,
  type CustomResourceDefinition,
  type CustomResourceDefinitionCondition,
  type CustomResourceDefinitionStatus,
} from "../../api/apiextensions/custom_resource_definition.ts";
import type { CustomResourceDefinitionNames } from "../../api/apiextensions/custom_resource_definition_spec.ts";
import { sameJson } from "../../api/equal.ts";
import { decodeBase64, decodeText } from "../../base/bytes.ts";

/** Names that others have. */
export interface UsedNames {
  /** Plurals, singulars and short names. */
  readonly resources: ReadonlySet<string>;
  /** Kinds and kinds of lists. */
  readonly kinds: ReadonlySet<string>;
}

const NO_NAMES: CustomResourceDefinitionNames = { plural: "", kind: "" };

/** The status that a definition should have. @param time now, as API objects tell it */
export function statusOf(
  definition: CustomResourceDefinition,
  used: UsedNames,
  time: string,
): CustomResourceDefinitionStatus {
  const { spec, metadata } = definition;
  let status: CustomResourceDefinitionStatus = definition.status ?? {};
  if (!sameJson(spec.names, status.acceptedNames)) {
    const { names, conflict } = acceptNames(definition, used);
    status = { ...status, acceptedNames: names };
    status = withCondition(status, {
      type: "NamesAccepted",
      ...(conflict ?? {
        status: "True",
        reason: "NoConflicts",
        message: "no conflicts found",
      }),
    }, time);
    if (
      conditionOf(definition, "Established") === undefined &&
      conflict !== undefined
    ) {
      status = withCondition(status, {
        type: "Established",
        status: "False",
        reason: "NotAccepted",
        message: "not all names are accepted",
      }, time);
    }
  }
  const has = (type: string) =>
    status.conditions?.find((one) => one.type === type)?.status === "True";
  if (has("NamesAccepted") && !has("Established")) {
    const untrusted = hasInvalidBundle(definition);
    status = withCondition(
      status,
      untrusted
        ? {
          type: "Established",
          status: "False",
          reason: "InvalidCABundle",
          message: "The conversion webhook CABundle is invalid",
        }
        : {
          type: "Established",
          status: "True",
          reason: "InitialNamesAccepted",
          message: "the initial names have been accepted",
        },
      time,
    );
  }
  return isProtectedGroup(spec.group)
    ? withCondition(status, approvalCondition(metadata), time)
    : status;
}

/** Whether the authorities of a conversion webhook are no PEM: a placeholder, for example, that somebody else is to fill in. */
function hasInvalidBundle({ spec }: CustomResourceDefinition): boolean {
  const bundle = spec.conversion?.webhook?.clientConfig?.caBundle;
  return bundle !== undefined &&
    !decodeText(decodeBase64(bundle)).includes("-----BEGIN CERTIFICATE-----");
}

function approvalCondition(
  metadata: CustomResourceDefinition["metadata"],
): CustomResourceDefinitionCondition {
  const type = "KubernetesAPIApprovalPolicyConformant";
  const { state, reason: message } = approvalOf(metadata);
  switch (state) {
    case "approved":
      return { type, status: "True", reason: "ApprovedAnnotation", message };
    case "bypassed":
      return { type, status: "False", reason: "UnapprovedAnnotation", message };
    case "missing":
      return { type, status: "False", reason: "MissingAnnotation", message };
    case "invalid":
      return { type, status: "False", reason: "InvalidAnnotation", message };
  }
}

/** A status with a condition set; its time changes only with what it says. */
export function withCondition(
  status: CustomResourceDefinitionStatus,
  condition: CustomResourceDefinitionCondition,
  time: string,
): CustomResourceDefinitionStatus {
  const { conditions = [] } = status;
  const at = conditions.findIndex(({ type }) => type === condition.type);
  const old = conditions[at];
  const lastTransitionTime = old?.status === condition.status
    ? old.lastTransitionTime ?? time
    : time;
  const { type, status: value, reason, message } = condition;
  const next: CustomResourceDefinitionCondition = {
    type,
    status: value,
    lastTransitionTime,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
  return {
    ...status,
    conditions: at < 0 ? [...conditions, next] : conditions.with(at, next),
  };
}

/** The names that a definition has, of those that it asks for, and the last one that it cannot have. */
function acceptNames(
  { spec, status }: CustomResourceDefinition,
  { resources, kinds }: UsedNames,
): {
  names: CustomResourceDefinitionNames;
  conflict?: { status: string; reason: string; message: string };
} {
  const wanted = spec.names;
  const had = status?.acceptedNames ?? NO_NAMES;
  const names: CustomResourceDefinitionNames = { ...had };
  let conflict: { status: string; reason: string; message: string } | undefined;
  const refuse = (reason: string, message: string) =>
    conflict = { status: "False", reason, message };
  const inUse = (name: string) => `${JSON.stringify(name)} is already in use`;
  const take = (
    key: "plural" | "singular" | "kind" | "listKind",
    used: ReadonlySet<string>,
    reason: string,
  ) => {
    const name = wanted[key] ?? "";
    if (name !== (had[key] ?? "") && used.has(name)) {
      refuse(reason, inUse(name));
    } else names[key] = name;
  };
  take("plural", resources, "PluralConflict");
  take("singular", resources, "SingularConflict");
  const taken = (wanted.shortNames ?? []).filter((name) =>
    !had.shortNames?.includes(name) && resources.has(name)
  ).map(inUse);
  if (taken.length > 0) {
    refuse(
      "ShortNamesConflict",
      taken.length === 1 ? taken[0]! : `[${taken.join(", ")}]`,
    );
  } else if (wanted.shortNames === undefined) delete names.shortNames;
  else names.shortNames = wanted.shortNames;
  take("kind", kinds, "KindConflict");
  take("listKind", kinds, "ListKindConflict");
  if (wanted.categories === undefined) delete names.categories;
  else names.categories = wanted.categories;
  return conflict === undefined ? { names } : { names, conflict };
}
