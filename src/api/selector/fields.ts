/**
 * Field selectors: `status.phase=Running,spec.nodeName!=n1`.
 *
 * @module
 */
import { SelectorError } from "./requirement.ts";

/** One condition on one field. */
export interface FieldTerm {
  /** `spec.nodeName` */
  readonly field: string;
  /** How it compares. */
  readonly operator: "=" | "!=";
  /** The value to compare with. */
  readonly value: string;
}

/** A field selector: all terms must hold. Immutable. */
export class FieldSelector {
  /** All must hold. */
  readonly terms: readonly FieldTerm[];

  /** Takes the terms. */
  constructor(terms: readonly FieldTerm[]) {
    this.terms = terms;
  }

  /** Selects every object. */
  static readonly everything: FieldSelector = new FieldSelector([]);

  /** Whether an object with these fields is selected; an absent field counts as "". */
  matches(fields: Readonly<Record<string, string>>): boolean {
    return this.terms.every(({ field, operator, value }) =>
      ((fields[field] ?? "") === value) === (operator === "=")
    );
  }

  /** The value that a field must have, when the selector says so. */
  exact(field: string): string | undefined {
    return this.terms.find((t) => t.field === field && t.operator === "=")
      ?.value;
  }

  /** The text form that {@linkcode parseFieldSelector} reads. */
  toString(): string {
    return this.terms.map(({ field, operator, value }) =>
      `${field}${operator}${value.replace(/[\\,=]/g, "\\$&")}`
    ).join(",");
  }
}

function unescape(text: string): string {
  let result = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\") {
      const next = text[++at] ?? "";
      if (next === "" || !"\\,=".includes(next)) {
        throw new SelectorError(
          `invalid field selector: invalid escape sequence: \\${next}`,
        );
      }
      result += next;
    } else if (char === "," || char === "=") {
      throw new SelectorError(
        `invalid field selector: unescaped character in value: ${
          char.codePointAt(0)
        }`,
      );
    } else result += char;
  }
  return result;
}

/**
 * Reads a field selector; the empty text selects everything.
 *
 * @throws {SelectorError} with Kubernetes' text
 */
export function parseFieldSelector(text: string): FieldSelector {
  const parts = (text.match(/(?:\\[^]|[^\\,]|\\$)+/g) ?? []).sort();
  return new FieldSelector(parts.map((part) => {
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(part);
    if (match === null) {
      throw new SelectorError(
        `invalid selector: '${text}'; can't understand '${part}'`,
      );
    }
    const [, field = "", operator = "", value = ""] = match;
    return {
      field,
      operator: operator === "!=" ? "!=" : "=",
      value: unescape(value),
    };
  }));
}

/**
 * Checks that a kind knows all fields of a selector.
 *
 * @throws {SelectorError} with Kubernetes' text
 */
export function checkFieldSelector(
  selector: FieldSelector,
  kind: { readonly fieldSelectors: readonly string[] },
): void {
  for (const { field } of selector.terms) {
    if (field === "metadata.name" || field === "metadata.namespace") continue;
    if (kind.fieldSelectors.includes(field)) continue;
    throw new SelectorError(
      kind.fieldSelectors.length === 0
        ? `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`
        : `field label not supported: ${field}`,
    );
  }
}
