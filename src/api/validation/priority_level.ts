/**
 * The rules of priority levels. They follow `pkg/apis/flowcontrol/validation` of Kubernetes.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import { MANDATORY_PRIORITY_LEVELS } from "../flowcontrol/mandatory.ts";
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "../flowcontrol/priority_level_configuration.ts";
import type { FieldError } from "../kind.ts";
import { validateConditionTypes } from "./flow_schema.ts";
import { within } from "./values.ts";

const EXEMPT = "exempt";
const MAX_QUEUES = 10_000_000;
/** How many bits of a flow's hash may choose its queues. */
const MAX_HASH_BITS = 60;

function positive(field: string, value: number): FieldError[] {
  return value > 0 ? [] : [invalidValue(field, value, "must be positive")];
}

function validateQueuing(
  { queues, handSize, queueLengthLimit }: QueuingConfiguration,
  field: string,
): FieldError[] {
  const found = [
    ...positive(`${field}.queueLengthLimit`, queueLengthLimit),
    ...positive(`${field}.queues`, queues),
  ];
  if (queues > MAX_QUEUES) {
    found.push(
      invalidValue(
        `${field}.queues`,
        queues,
        `must not be greater than ${MAX_QUEUES}`,
      ),
    );
  }
  const hand = (why: string) =>
    invalidValue(`${field}.handSize`, handSize, why);
  if (handSize <= 0) found.push(hand("must be positive"));
  else if (handSize > queues) {
    found.push(hand(`should not be greater than queues (${queues})`));
  } else if (Math.ceil(Math.log2(queues) * handSize) > MAX_HASH_BITS) {
    found.push(
      hand(
        `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${MAX_HASH_BITS}`,
      ),
    );
  }
  return found;
}

function validateResponse(
  { type, queuing }: LimitResponse,
  field: string,
): FieldError[] {
  switch (type) {
    case "Reject":
      return queuing === undefined ? [] : [
        forbiddenField(
          `${field}.queuing`,
          "must be nil if limited.limitResponse.type is not Limited",
        ),
      ];
    case "Queue":
      return queuing === undefined
        ? [
          required(
            `${field}.queuing`,
            "must not be empty if limited.limitResponse.type is Limited",
          ),
        ]
        : validateQueuing(queuing, `${field}.queuing`);
  }
  return [notSupported(`${field}.type`, type, ["Queue", "Reject"])];
}

function validateShares(
  { nominalConcurrencyShares: shares = 0, lendablePercent }:
    ExemptPriorityLevelConfiguration,
  field: string,
): FieldError[] {
  return [
    ...(shares < 0
      ? [
        invalidValue(
          `${field}.nominalConcurrencyShares`,
          shares,
          "must be a non-negative integer",
        ),
      ]
      : []),
    ...within(`${field}.lendablePercent`, lendablePercent, [0, 100]),
  ];
}

function validateLimited(
  limited: LimitedPriorityLevelConfiguration,
  field: string,
): FieldError[] {
  const { borrowingLimitPercent: borrowed = 0, limitResponse } = limited;
  return [
    ...validateShares(limited, field),
    ...validateResponse(
      limitResponse ?? { type: "" },
      `${field}.limitResponse`,
    ),
    ...(borrowed < 0
      ? [
        invalidValue(
          `${field}.borrowingLimitPercent`,
          borrowed,
          "if specified, must be a non-negative integer",
        ),
      ]
      : []),
  ];
}

function validateSpec(
  { type, limited, exempt }: PriorityLevelConfigurationSpec,
  name: string,
): FieldError[] {
  const found = (name === EXEMPT) === (type === "Exempt") ? [] : [
    invalidValue(
      "spec.type",
      type,
      "must be 'Exempt' if and only if `name` is 'exempt'",
    ),
  ];
  switch (type) {
    case "Exempt":
      if (limited !== undefined) {
        found.push(
          forbiddenField(
            "spec.limited",
            "must be nil if the type is not Limited",
          ),
        );
      }
      if (exempt !== undefined) {
        found.push(...validateShares(exempt, "spec.exempt"));
      }
      return found;
    case "Limited":
      if (exempt !== undefined) {
        found.push(
          forbiddenField("spec.exempt", "must be nil if the type is Limited"),
        );
      }
      found.push(
        ...(limited === undefined
          ? [
            required(
              "spec.limited",
              "must not be empty when type is Limited",
            ),
          ]
          : validateLimited(limited, "spec.limited")),
      );
      return found;
  }
  return [...found, notSupported("spec.type", type, ["Exempt", "Limited"])];
}

function validateFixed(
  spec: PriorityLevelConfigurationSpec,
  name: string,
): FieldError[] {
  const fixed = MANDATORY_PRIORITY_LEVELS[name];
  if (fixed === undefined) return [];
  const { exempt: _, ...rest } = spec;
  const { exempt: _fixed, ...fixedRest } = fixed;
  if (name === EXEMPT) {
    return sameJson(rest, fixedRest) ? [] : [
      invalidValue(
        "spec",
        spec,
        `spec of '${name}' except the 'spec.exempt' field must equal the fixed value`,
      ),
    ];
  }
  return sameJson(spec, fixed) ? [] : [
    invalidValue("spec", spec, `spec of '${name}' must equal the fixed value`),
  ];
}

/** The rules of a PriorityLevelConfiguration, beside those of its metadata. */
export function validatePriorityLevel(
  { metadata: { name = "" }, spec, status }: PriorityLevelConfiguration,
): FieldError[] {
  return [
    ...validateSpec(spec, name),
    ...validateFixed(spec, name),
    ...validateConditionTypes(status?.conditions),
  ];
}
