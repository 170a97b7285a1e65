/**
 * The form of a signer's name: a domain and a path, `example.com/my-signer`.
 *
 * @module
 */
import { invalidValue, required, tooLong } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { isDnsLabel, isDnsSubdomain } from "./names.ts";

const MAX_DOMAIN_LENGTH = 253;
const MAX_PATH_LENGTH = 253 + 63 + 1;

/** What is wrong with the first part between dots that is wrong at all. */
function validateLabels(
  field: string,
  text: string,
  rule: (label: string) => string[],
): FieldError[] {
  for (const label of text.split(".")) {
    const wrong = rule(label);
    if (wrong.length === 0) continue;
    return wrong.map((why) =>
      invalidValue(
        field,
        text,
        `validating label ${JSON.stringify(label)}: ${why}`,
      )
    );
  }
  return [];
}

/** The rules of a signer's name. */
export function validateSignerName(field: string, name: string): FieldError[] {
  if (name === "") return [required(field)];
  const [domain = "", path = "", ...rest] = name.split("/");
  if (rest.length > 0 || !name.includes("/")) {
    return [
      invalidValue(
        field,
        name,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ),
    ];
  }
  return [
    ...(domain.length > MAX_DOMAIN_LENGTH
      ? [tooLong(field, MAX_DOMAIN_LENGTH)]
      : []),
    ...validateLabels(field, domain, isDnsLabel),
    ...(domain.includes(".") ? [] : [
      invalidValue(
        field,
        domain,
        "should be a domain with at least two segments separated by dots",
      ),
    ]),
    ...validateLabels(field, path, isDnsSubdomain),
    ...(name.length > MAX_DOMAIN_LENGTH + MAX_PATH_LENGTH + 1
      ? [tooLong(field, MAX_DOMAIN_LENGTH + MAX_PATH_LENGTH + 1)]
      : []),
  ];
}
