/**
 * One requirement of a label selector, and selectors as conjunctions of them.
 *
 * @module
 */
import { aggregate, invalidValue } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { isLabelValue, isQualifiedName } from "../validation/names.ts";

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** How a requirement compares. */
export type Operator =
  | "="
  | "=="
  | "!="
  | "in"
  | "notin"
  | "exists"
  | "!"
  | "gt"
  | "lt";

/** One condition on one label. */
export interface Requirement {
  /** The label's key. */
  readonly key: string;
  /** How it compares. */
  readonly operator: Operator;
  /** Values to compare with. */
  readonly values: readonly string[];
}

/** A text or object that is no selector; its message is Kubernetes'. */
export class SelectorError extends Error {
  /** For tests by name, across realms. */
  override readonly name = "SelectorError";
}

function valueErrors({ operator, values }: Requirement): FieldError[] {
  const wrong = (detail: string) => [invalidValue("values", values, detail)];
  switch (operator) {
    case "in":
    case "notin":
      return values.length === 0
        ? wrong("for 'in', 'notin' operators, values set can't be empty")
        : [];
    case "=":
    case "==":
    case "!=":
      return values.length !== 1
        ? wrong("exact-match compatibility requires one single value")
        : [];
    case "exists":
    case "!":
      return values.length !== 0
        ? wrong("values set must be empty for exists and does not exist")
        : [];
    case "gt":
    case "lt":
      return [
        ...(values.length !== 1
          ? wrong("for 'Gt', 'Lt' operators, exactly one value is required")
          : []),
        ...values.flatMap((value, i) =>
          /^[-+]?\d+$/.test(value) ? [] : [
            invalidValue(
              `values[${i}]`,
              value,
              "for 'Gt', 'Lt' operators, the value must be an integer",
            ),
          ]
        ),
      ];
  }
}

/**
 * Checks a requirement.
 *
 * @throws {SelectorError} with all that is wrong
 */
export function checkRequirement(requirement: Requirement): Requirement {
  const { key, values } = requirement;
  const wrongKey = isQualifiedName(key);
  const found: FieldError[] = [
    ...(wrongKey.length === 0
      ? []
      : [invalidValue("key", key, wrongKey.join("; "))]),
    ...valueErrors(requirement),
    ...values.flatMap((value, i) => {
      const wrong = isLabelValue(value);
      return wrong.length === 0
        ? []
        : [invalidValue(`values[${i}][${key}]`, value, wrong.join("; "))];
    }),
  ];
  if (found.length > 0) throw new SelectorError(aggregate(found));
  return requirement;
}

function meets({ key, operator, values }: Requirement, labels: Labels) {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "in":
    case "=":
    case "==":
      return value !== undefined && values.includes(value);
    case "notin":
    case "!=":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "gt":
    case "lt": {
      if (value === undefined || !/^[-+]?\d+$/.test(value)) return false;
      const left = BigInt(value);
      const right = BigInt(values[0]!);
      return operator === "gt" ? left > right : left < right;
    }
  }
}

function textOf({ key, operator, values }: Requirement): string {
  const sorted = [...values].sort().join(",");
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${sorted})`;
    case "gt":
      return `${key}>${sorted}`;
    case "lt":
      return `${key}<${sorted}`;
    default:
      return `${key}${operator}${sorted}`;
  }
}

/** A label selector: all requirements must be met. Immutable. */
export class Selector {
  /** Sorted by key. */
  readonly requirements: readonly Requirement[];
  /** Meets no object, whatever the requirements. */
  readonly #nothing: boolean;

  /** Takes the requirements in any order. */
  constructor(
    requirements: readonly Requirement[],
    { nothing = false }: { nothing?: boolean } = {},
  ) {
    this.requirements = [...requirements].sort((a, b) =>
      a.key < b.key ? -1 : a.key > b.key ? 1 : 0
    );
    this.#nothing = nothing;
  }

  /** Meets every object. */
  static readonly everything: Selector = new Selector([]);
  /** Meets no object. */
  static readonly nothing: Selector = new Selector([], { nothing: true });

  /** Whether it has no requirement, so that it meets all objects. */
  get isEverything(): boolean {
    return !this.#nothing && this.requirements.length === 0;
  }

  /** Whether an object with these labels is selected. */
  matches(labels: Labels | undefined): boolean {
    if (this.#nothing) return false;
    const given = labels ?? {};
    return this.requirements.every((r) => meets(r, given));
  }

  /** The text form that {@linkcode parseLabelSelector} reads. */
  toString(): string {
    return this.requirements.map(textOf).join(",");
  }
}
