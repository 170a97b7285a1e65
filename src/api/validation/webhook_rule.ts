/**
 * The rules of which requests a webhook is asked about.
 *
 * @module
 */
import type { RuleWithOperations } from "../admissionregistration/rule.ts";
import { invalidValue, notSupported, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { oneOfIfSet } from "./values.ts";

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

/** Something of it, and nothing beside a star. */
function validateStar(
  field: string,
  values: readonly string[],
  what: string,
): FieldError[] {
  if (values.length === 0) return [required(field)];
  return values.length > 1 && values.includes("*")
    ? [
      invalidValue(
        field,
        values,
        `if '*' is present, must not specify other ${what}`,
      ),
    ]
    : [];
}

function validateResources(
  resources: readonly string[],
  field: string,
): FieldError[] {
  const found = resources.length === 0 ? [required(field)] : [];
  const wrong = (at: string, value: unknown, star: string, what: string) =>
    void found.push(
      invalidValue(
        at,
        value,
        `if '${star}' is present, must not specify ${what}`,
      ),
    );
  /** What has all subresources, and which subresources are of everything. */
  const owners = new Set<string>();
  const parts = new Set<string>();
  // As in Kubernetes, the last resource without a subresource decides.
  let plain = false;
  resources.forEach((text, i) => {
    const at = `${field}[${i}]`;
    if (text === "") return void found.push(required(at));
    const slash = text.indexOf("/");
    if (slash < 0) return void (plain = text !== "*");
    const owner = text.slice(0, slash);
    const part = text.slice(slash + 1);
    if (owners.has(owner)) wrong(at, text, `${owner}/*`, text);
    if (parts.has(part)) wrong(at, text, `*/${part}`, text);
    if (part === "*") owners.add(owner);
    if (owner === "*") parts.add(part);
  });
  if (resources.length > 1 && resources.includes("*/*")) {
    wrong(field, resources, "*/*", "other resources");
  }
  if (resources.includes("*") && plain) {
    wrong(field, resources, "*", "other resources without subresources");
  }
  return found;
}

/** The rules of a rule. */
export function validateWebhookRule(
  rule: RuleWithOperations,
  field: string,
): FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [] } = rule;
  return [
    ...validateStar(`${field}.operations`, operations, "operations"),
    ...operations.flatMap((operation, i) =>
      OPERATIONS.includes(operation) ? [] : [
        notSupported(`${field}.operations[${i}]`, operation, OPERATIONS),
      ]
    ),
    ...validateStar(`${field}.apiGroups`, apiGroups, "API groups"),
    ...validateStar(`${field}.apiVersions`, apiVersions, "API versions"),
    ...apiVersions.flatMap((version, i) =>
      version === "" ? [required(`${field}.apiVersions[${i}]`)] : []
    ),
    ...validateResources(rule.resources ?? [], `${field}.resources`),
    ...oneOfIfSet(`${field}.scope`, rule.scope, ["*", "Cluster", "Namespaced"]),
  ];
}
