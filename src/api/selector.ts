/**
 * Label selectors in all their forms; see `selector/` for the parts.
 *
 * @module
 */
import { forbiddenField, invalidValue, required } from "./field_error.ts";
import type { FieldError } from "./kind.ts";
import type { LabelSelector, LabelSelectorRequirement } from "./meta.ts";
import {
  checkRequirement,
  type Labels,
  type Operator,
  Selector,
  SelectorError,
} from "./selector/requirement.ts";
import { validateLabels } from "./validation/meta.ts";
import { isLabelValue, isQualifiedName } from "./validation/names.ts";

export {
  type Labels,
  type Operator,
  type Requirement,
  Selector,
  SelectorError,
} from "./selector/requirement.ts";
export { parseLabelSelector } from "./selector/parse.ts";
export {
  checkFieldSelector,
  FieldSelector,
  type FieldTerm,
  parseFieldSelector,
} from "./selector/fields.ts";

const OPERATORS: Readonly<Record<string, Operator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
};

/** The selector that meets objects with exactly these labels (and others beside); none given selects everything. */
export function selectorOfLabels(labels: Labels | undefined): Selector {
  return new Selector(
    Object.entries(labels ?? {}).map(([key, value]) => ({
      key,
      operator: "=",
      values: [value],
    })),
  );
}

/**
 * The selector of a LabelSelector object: absent selects nothing, empty selects everything.
 *
 * @throws {SelectorError} when it is not valid
 */
export function selectorOf(selector: LabelSelector | undefined): Selector {
  if (selector === undefined) return Selector.nothing;
  return new Selector([
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) =>
      checkRequirement({ key, operator: "=", values: [value] })
    ),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values }) => {
      const known = OPERATORS[operator];
      if (known === undefined) {
        throw new SelectorError(
          `${JSON.stringify(operator)} is not a valid label selector operator`,
        );
      }
      return checkRequirement({ key, operator: known, values: values ?? [] });
    }),
  ]);
}

/** A LabelSelector as kubectl prints it; `<none>` when it is empty, `<error>` when it is wrong. */
export function formatLabelSelector(
  selector: LabelSelector | undefined,
): string {
  try {
    const text = selectorOf(selector).toString();
    return text === "" ? "<none>" : text;
  } catch (error) {
    if (error instanceof SelectorError) return "<error>";
    throw error;
  }
}

/** Labels as kubectl prints them: `a=1,b=2`, sorted; `<none>` when there are none. */
export function formatLabels(labels: Labels | undefined): string {
  const text = Object.entries(labels ?? {}).map(([k, v]) => `${k}=${v}`).sort()
    .join(",");
  return text === "" ? "<none>" : text;
}

function validateExpression(
  { key, operator, values = [] }: LabelSelectorRequirement,
  field: string,
): FieldError[] {
  const found: FieldError[] = [];
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) {
      found.push(
        required(
          `${field}.values`,
          "must be specified when `operator` is 'In' or 'NotIn'",
        ),
      );
    }
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0) {
      found.push(
        forbiddenField(
          `${field}.values`,
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
      );
    }
  } else {
    found.push(
      invalidValue(
        `${field}.operator`,
        operator,
        "not a valid selector operator",
      ),
    );
  }
  for (const wrong of isQualifiedName(key)) {
    found.push(invalidValue(`${field}.key`, key, wrong));
  }
  values.forEach((value, i) => {
    for (const wrong of isLabelValue(value)) {
      found.push(invalidValue(`${field}.values[${i}]`, value, wrong));
    }
  });
  return found;
}

/** The rules of a LabelSelector object. */
export function validateLabelSelector(
  selector: LabelSelector | undefined,
  field: string,
): FieldError[] {
  return [
    ...validateLabels(selector?.matchLabels, `${field}.matchLabels`),
    ...(selector?.matchExpressions ?? []).flatMap((expression, i) =>
      validateExpression(expression, `${field}.matchExpressions[${i}]`)
    ),
  ];
}
