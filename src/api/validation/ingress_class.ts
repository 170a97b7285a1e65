/**
 * The rules of ingress classes. They follow `pkg/apis/networking/validation` of Kubernetes.
 *
 * @module
 */
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type {
  IngressClass,
  IngressClassParametersReference,
} from "../networking/ingress_class.ts";
import { validateReference } from "./ingress.ts";
import { unchanged } from "./meta.ts";
import { isDnsLabel, isDnsSubdomain, isHttpPath } from "./names.ts";
import { each } from "./values.ts";

const MAX_CONTROLLER_LENGTH = 250;

/** A path below a domain: `example.com/name`. */
export function validateDomainPath(field: string, text: string): FieldError[] {
  if (text === "") return [required(field)];
  const slash = text.indexOf("/");
  const host = text.slice(0, Math.max(slash, 0));
  const path = text.slice(slash + 1);
  if (slash < 0 || host === "" || path === "") {
    return [
      invalidValue(
        field,
        text,
        'must be a domain-prefixed path (such as "acme.io/foo")',
      ),
    ];
  }
  return [
    ...each(field, host, isDnsSubdomain(host)),
    ...each(field, path, isHttpPath(path)),
  ];
}

function validateParameters(
  parameters: IngressClassParametersReference,
): FieldError[] {
  const field = "spec.parameters";
  const { scope, namespace } = parameters;
  const found = validateReference(parameters, field);
  if (scope === undefined) return [...found, required(`${field}.scope`)];
  switch (scope) {
    case "Namespace":
      return [
        ...found,
        ...(namespace === undefined
          ? [
            required(
              `${field}.namespace`,
              "`parameters.scope` is set to 'Namespace'",
            ),
          ]
          : each(`${field}.namespace`, namespace, isDnsLabel(namespace))),
      ];
    case "Cluster":
      return namespace === undefined ? found : [
        ...found,
        forbiddenField(
          `${field}.namespace`,
          "`parameters.scope` is set to 'Cluster'",
        ),
      ];
  }
  return [
    ...found,
    notSupported(`${field}.scope`, scope, ["Cluster", "Namespace"]),
  ];
}

/** The rules of an IngressClass, beside those of its metadata. */
export function validateIngressClass({ spec }: IngressClass): FieldError[] {
  const { controller = "", parameters } = spec;
  return [
    ...(controller.length > MAX_CONTROLLER_LENGTH
      ? [tooLong("spec.controller", MAX_CONTROLLER_LENGTH)]
      : []),
    ...validateDomainPath("spec.controller", controller),
    ...(parameters === undefined ? [] : validateParameters(parameters)),
  ];
}

/** The controller of a class stays. */
export function validateIngressClassUpdate(
  next: IngressClass,
  previous: IngressClass,
): FieldError[] {
  return unchanged("spec.controller", {
    next: next.spec.controller ?? "",
    previous: previous.spec.controller ?? "",
  });
}
