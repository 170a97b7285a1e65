/**
 * The rules of what guides the scheduler: affinity, tolerations, spread constraints.
 *
 * @module
 */
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from "../core/affinity.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { validateLabelSelector } from "../selector.ts";
import type {
  Toleration,
  TopologySpreadConstraint,
} from "../core/toleration.ts";
import {
  isDnsLabel,
  isDnsSubdomain,
  isLabelValue,
  isQualifiedName,
} from "./names.ts";
import { each, oneOfIfSet } from "./values.ts";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

function validateRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  field: string,
  { checkValues }: { checkValues: boolean },
): FieldError[] {
  const found: FieldError[] = [];
  const at = `${field}.values`;
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) {
        found.push(
          required(
            at,
            "must be specified when `operator` is 'In' or 'NotIn'",
          ),
        );
      }
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        found.push(
          forbiddenField(
            at,
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          ),
        );
      }
      break;
    case "Gt":
    case "Lt":
      if (values.length !== 1) {
        found.push(
          required(
            at,
            "must be specified single value when `operator` is 'Lt' or 'Gt'",
          ),
        );
      }
      break;
    default:
      found.push(
        invalidValue(
          `${field}.operator`,
          operator,
          "not a valid selector operator",
        ),
      );
  }
  found.push(...each(`${field}.key`, key, isQualifiedName(key)));
  if (checkValues) {
    values.forEach((value, i) =>
      found.push(...each(`${at}[${i}]`, value, isLabelValue(value)))
    );
  }
  return found;
}

function validateFieldRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  field: string,
): FieldError[] {
  const found: FieldError[] = [];
  if (operator !== "In" && operator !== "NotIn") {
    found.push(
      invalidValue(
        `${field}.operator`,
        operator,
        "not a valid selector operator",
      ),
    );
  } else if (values.length !== 1) {
    found.push(
      required(
        `${field}.values`,
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      ),
    );
  }
  if (key !== "metadata.name") {
    found.push(
      invalidValue(`${field}.key`, key, "not a valid field selector key"),
    );
  } else {
    values.forEach((value, i) =>
      found.push(...each(`${field}.values[${i}]`, value, isDnsSubdomain(value)))
    );
  }
  return found;
}

function validateTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  field: string,
  options: { checkValues: boolean },
): FieldError[] {
  return [
    ...matchExpressions.flatMap((r, i) =>
      validateRequirement(r, `${field}.matchExpressions[${i}]`, options)
    ),
    ...matchFields.flatMap((r, i) =>
      validateFieldRequirement(r, `${field}.matchFields[${i}]`)
    ),
  ];
}

/** The rules of a node selector. */
export function validateNodeSelector(
  { nodeSelectorTerms: terms }: NodeSelector,
  field: string,
): FieldError[] {
  const at = `${field}.nodeSelectorTerms`;
  return terms.length === 0
    ? [required(at, "must have at least one node selector term")]
    : terms.flatMap((term, i) =>
      validateTerm(term, `${at}[${i}]`, { checkValues: true })
    );
}

function validateWeight(field: string, weight: number): FieldError[] {
  return weight >= 1 && weight <= 100
    ? []
    : [invalidValue(field, weight, "must be in the range 1-100")];
}

function validatePodTerm(term: PodAffinityTerm, field: string): FieldError[] {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey } =
    term;
  return [
    ...validateLabelSelector(labelSelector, `${field}.labelSelector`),
    ...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`),
    ...namespaces.flatMap((name) =>
      each(`${field}.namespace`, name, isDnsLabel(name))
    ),
    ...(topologyKey === ""
      ? [required(`${field}.topologyKey`, "can not be empty")]
      : []),
    ...each(`${field}.topologyKey`, topologyKey, isQualifiedName(topologyKey)),
  ];
}

function validatePodAffinity(
  affinity: PodAffinity | undefined,
  field: string,
): FieldError[] {
  const needed = affinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution;
  return [
    ...(needed ?? []).flatMap((term, i) =>
      validatePodTerm(
        term,
        `${field}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`,
      )
    ),
    ...(preferred ?? []).flatMap(({ weight, podAffinityTerm }, i) => {
      const at =
        `${field}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      return [
        ...validateWeight(`${at}.weight`, weight),
        ...validatePodTerm(podAffinityTerm!, `${at}.podAffinityTerm`),
      ];
    }),
  ];
}

/** The rules of affinity. */
export function validateAffinity(
  affinity: Affinity | undefined,
  field: string,
): FieldError[] {
  if (affinity === undefined) return [];
  const { nodeAffinity: node, podAffinity, podAntiAffinity } = affinity;
  const needed = node?.requiredDuringSchedulingIgnoredDuringExecution;
  const preferred = node?.preferredDuringSchedulingIgnoredDuringExecution;
  const at = `${field}.nodeAffinity`;
  return [
    ...(needed === undefined ? [] : validateNodeSelector(
      needed,
      `${at}.requiredDuringSchedulingIgnoredDuringExecution`,
    )),
    ...(preferred ?? []).flatMap(({ weight, preference }, i) => {
      const term =
        `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      return [
        ...validateWeight(`${term}.weight`, weight),
        ...validateTerm(preference!, `${term}.preference`, {
          checkValues: false,
        }),
      ];
    }),
    ...validatePodAffinity(podAffinity, `${field}.podAffinity`),
    ...validatePodAffinity(podAntiAffinity, `${field}.podAntiAffinity`),
  ];
}

function validateToleration(
  toleration: Toleration,
  field: string,
): FieldError[] {
  const { key = "", operator = "", value = "", effect = "" } = toleration;
  const found = key === ""
    ? []
    : each(`${field}.key`, key, isQualifiedName(key));
  if (key === "" && operator !== "Exists") {
    found.push(
      invalidValue(
        `${field}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    );
  }
  if (toleration.tolerationSeconds !== undefined && effect !== "NoExecute") {
    found.push(
      invalidValue(
        `${field}.effect`,
        effect,
        "effect must be 'NoExecute' when `tolerationSeconds` is set",
      ),
    );
  }
  if (operator === "" || operator === "Equal") {
    const wrong = isLabelValue(value);
    if (wrong.length > 0) {
      found.push(invalidValue(`${field}.operator`, value, wrong.join(";")));
    }
  } else if (operator === "Exists") {
    if (value !== "") {
      found.push(
        invalidValue(
          `${field}.operator`,
          value,
          "value must be empty when `operator` is 'Exists'",
        ),
      );
    }
  } else {
    found.push(
      notSupported(`${field}.operator`, operator, ["Equal", "Exists"]),
    );
  }
  if (effect !== "") {
    found.push(...oneOfIfSet(`${field}.effect`, effect, EFFECTS));
  }
  return found;
}

/** The rules of tolerations. */
export function validateTolerations(
  tolerations: readonly Toleration[],
  field: string,
): FieldError[] {
  return tolerations.flatMap((t, i) => validateToleration(t, `${field}[${i}]`));
}

/** The effects that a taint may have. */
export const TAINT_EFFECTS: readonly string[] = EFFECTS;

/** The rules of spread constraints. */
export function validateSpread(
  constraints: readonly TopologySpreadConstraint[],
  field: string,
): FieldError[] {
  return constraints.flatMap((constraint, i) => {
    const at = `${field}[${i}]`;
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains } = constraint;
    const found: FieldError[] = [];
    if (maxSkew <= 0) {
      found.push(
        invalidValue(`${at}.maxSkew`, maxSkew, "must be greater than zero"),
      );
    }
    if (topologyKey === "") {
      found.push(required(`${at}.topologyKey`, "can not be empty"));
    }
    found.push(
      ...oneOfIfSet(`${at}.whenUnsatisfiable`, whenUnsatisfiable, [
        "DoNotSchedule",
        "ScheduleAnyway",
      ]),
    );
    const repeated = constraints.slice(i + 1).some((other) =>
      other.topologyKey === topologyKey &&
      other.whenUnsatisfiable === whenUnsatisfiable
    );
    if (repeated) {
      found.push(
        duplicate(
          `${at}.{topologyKey, whenUnsatisfiable}`,
          `{${topologyKey}, ${whenUnsatisfiable}}`,
        ),
      );
    }
    if (minDomains !== undefined) {
      if (minDomains <= 0) {
        found.push(
          invalidValue(
            `${at}.minDomains`,
            minDomains,
            "must be greater than zero",
          ),
        );
      }
      if (whenUnsatisfiable !== "DoNotSchedule") {
        found.push(
          invalidValue(
            `${at}.minDomains`,
            minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
          ),
        );
      }
    }
    for (const name of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      found.push(
        ...oneOfIfSet(`${at}.${name}`, constraint[name], ["Honor", "Ignore"]),
      );
    }
    return [
      ...found,
      ...validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`),
    ];
  });
}
