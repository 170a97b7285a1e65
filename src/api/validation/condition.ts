/**
 * The rules of conditions in their common form.
 *
 * @module
 */
import {
  duplicate,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { Condition } from "../meta.ts";
import { isQualifiedName } from "./names.ts";
import { each } from "./values.ts";

const REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const REASON_FORM = new RegExp(`^${REASON}$`);
const REASON_TEXT =
  `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${REASON}')`;
const MAX_REASON = 1024;
const MAX_MESSAGE = 32 * 1024;

function validateCondition(condition: Condition, field: string): FieldError[] {
  const { type, status, reason, message, observedGeneration = 0 } = condition;
  return [
    ...each(`${field}.type`, type, isQualifiedName(type)),
    ...(["False", "True", "Unknown"].includes(status) ? [] : [
      notSupported(`${field}.status`, status, ["False", "True", "Unknown"]),
    ]),
    ...(observedGeneration < 0
      ? [
        invalidValue(
          `${field}.observedGeneration`,
          observedGeneration,
          "must be greater than or equal to zero",
        ),
      ]
      : []),
    ...(condition.lastTransitionTime === undefined
      ? [required(`${field}.lastTransitionTime`)]
      : []),
    ...(reason === ""
      ? [required(`${field}.reason`)]
      : REASON_FORM.test(reason)
      ? []
      : [invalidValue(`${field}.reason`, reason, REASON_TEXT)]),
    ...(reason.length > MAX_REASON
      ? [tooLong(`${field}.reason`, MAX_REASON)]
      : []),
    ...(message.length > MAX_MESSAGE
      ? [tooLong(`${field}.message`, MAX_MESSAGE)]
      : []),
  ];
}

/** The rules of a list of conditions; each type is there once. */
export function validateConditions(
  conditions: readonly Condition[],
  field: string,
): FieldError[] {
  const seen = new Set<string>();
  return conditions.flatMap((condition, i) => {
    const at = `${field}[${i}]`;
    const repeated = seen.has(condition.type);
    seen.add(condition.type);
    return [
      ...(repeated ? [duplicate(`${at}.type`, condition.type)] : []),
      ...validateCondition(condition, at),
    ];
  });
}
