/**
 * The rules of flow schemas. They follow `pkg/apis/flowcontrol/validation` of Kubernetes.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type {
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from "../flowcontrol/flow_rule.ts";
import type { FlowSchema, FlowSchemaSpec } from "../flowcontrol/flow_schema.ts";
import type { Subject } from "../flowcontrol/flow_subject.ts";
import { MANDATORY_FLOW_SCHEMAS } from "../flowcontrol/mandatory.ts";
import type { FieldError } from "../kind.ts";
import { isDnsLabel, isDnsSubdomain } from "./names.ts";
import { each } from "./values.ts";

const MAX_PRECEDENCE = 10_000;
const METHODS = ["ByNamespace", "ByUser"];
const VERBS = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "proxy",
  "update",
  "watch",
];

/** The field of each kind of subject. */
const FIELD_OF = {
  Group: "group",
  ServiceAccount: "serviceAccount",
  User: "user",
} as const;

type SubjectKind = keyof typeof FIELD_OF;

function validateNamed(subject: Subject, field: string): FieldError[] {
  const at = FIELD_OF[subject.kind as SubjectKind];
  const value = subject[at];
  if (value === undefined) {
    return [
      required(
        `${field}.${at}`,
        `${at} is required when subject kind is '${subject.kind}'`,
      ),
    ];
  }
  const found = value.name === "" ? [required(`${field}.${at}.name`)] : [];
  const account = subject.serviceAccount;
  if (at !== "serviceAccount" || account === undefined) return found;
  const { name, namespace } = account;
  if (name !== "" && name !== "*") {
    found.push(...each(`${field}.${at}.name`, name, isDnsSubdomain(name)));
  }
  const space = `${field}.${at}.namespace`;
  found.push(
    ...(namespace === ""
      ? [required(space, "must specify namespace for service account")]
      : each(space, namespace, isDnsLabel(namespace))),
  );
  return found;
}

function validateSubject(subject: Subject, field: string): FieldError[] {
  if (!Object.hasOwn(FIELD_OF, subject.kind)) {
    return [
      notSupported(`${field}.kind`, subject.kind, Object.keys(FIELD_OF)),
    ];
  }
  const others = (["ServiceAccount", "User", "Group"] as const).filter((kind) =>
    kind !== subject.kind && subject[FIELD_OF[kind]] !== undefined
  );
  return [
    ...validateNamed(subject, field),
    ...others.map((kind) =>
      forbiddenField(
        `${field}.${FIELD_OF[kind]}`,
        `${FIELD_OF[kind]} is forbidden when subject kind is not '${kind}'`,
      )
    ),
  ];
}

function validateVerbs(verbs: readonly string[], field: string): FieldError[] {
  if (verbs.length === 0) {
    return [required(field, "verbs must contain at least one value")];
  }
  if (verbs.includes("*")) {
    return verbs.length === 1 ? [] : [
      invalidValue(
        field,
        verbs,
        "if '*' is present, must not specify other verbs",
      ),
    ];
  }
  return verbs.every((verb) => VERBS.includes(verb))
    ? []
    : [notSupported(field, verbs, VERBS)];
}

function validateList(
  values: readonly string[],
  field: string,
  { one, other }: { readonly one: string; readonly other: string },
): FieldError[] {
  if (values.length === 0) {
    return [required(field, `resource rules must supply at least one ${one}`)];
  }
  return values.length > 1 && values.includes("*")
    ? [
      invalidValue(
        field,
        values,
        `if '*' is present, must not specify other ${other}`,
      ),
    ]
    : [];
}

function validateNamespaces(
  { namespaces, clusterScope = false }: ResourcePolicyRule,
  field: string,
): FieldError[] {
  if (namespaces.length === 0 && !clusterScope) {
    return [
      required(
        field,
        "resource rules that are not cluster scoped must supply at least one namespace",
      ),
    ];
  }
  if (namespaces.includes("*")) {
    return namespaces.length === 1 ? [] : [
      invalidValue(
        field,
        namespaces,
        "if '*' is present, must not specify other namespaces",
      ),
    ];
  }
  return namespaces.flatMap((name, i) =>
    isDnsLabel(name).map((why) =>
      invalidValue(
        `${field}[${i}]`,
        name,
        `each member of this list must be '*' or a DNS-1123 label; ${why}`,
      )
    )
  );
}

function validateResourceRule(
  rule: ResourcePolicyRule,
  field: string,
): FieldError[] {
  return [
    ...validateVerbs(rule.verbs, `${field}.verbs`),
    ...validateList(rule.apiGroups, `${field}.apiGroups`, {
      one: "api group",
      other: "api groups",
    }),
    ...validateList(rule.resources, `${field}.resources`, {
      one: "resource",
      other: "resources",
    }),
    ...validateNamespaces(rule, `${field}.namespaces`),
  ];
}

/** What is wrong with a path; "" when nothing is. */
function pathFault(path: string): string {
  if (path === "") return "must not be empty";
  if (path === "/") return "";
  if (!path.startsWith("/")) return "must start with slash";
  if (path.includes(" ")) return "must not contain white-space";
  if (path.includes("//")) return "must not contain double slash";
  const stars = path.split("*").length - 1;
  return stars > 1 || (stars === 1 && !path.endsWith("/*"))
    ? "wildcard can only do suffix matching"
    : "";
}

function validatePaths(paths: readonly string[], field: string): FieldError[] {
  if (paths.length === 0) {
    return [required(field, "nonResourceURLs must contain at least one value")];
  }
  if (paths.includes("*")) {
    return paths.length === 1 ? [] : [
      invalidValue(
        field,
        paths,
        "if '*' is present, must not specify other non-resource URLs",
      ),
    ];
  }
  return paths.flatMap((path, i) => {
    const fault = pathFault(path);
    return fault === "" ? [] : [invalidValue(`${field}[${i}]`, path, fault)];
  });
}

function validateNonResourceRule(
  { verbs, nonResourceURLs }: NonResourcePolicyRule,
  field: string,
): FieldError[] {
  return [
    ...validateVerbs(verbs, `${field}.verbs`),
    ...validatePaths(nonResourceURLs, `${field}.nonResourceURLs`),
  ];
}

function validateRules(
  rules: PolicyRulesWithSubjects,
  field: string,
): FieldError[] {
  const { subjects, resourceRules = [], nonResourceRules = [] } = rules;
  const found = subjects.length === 0
    ? [
      required(
        `${field}.subjects`,
        "subjects must contain at least one value",
      ),
    ]
    : subjects.flatMap((s, i) => validateSubject(s, `${field}.subjects[${i}]`));
  if (resourceRules.length + nonResourceRules.length === 0) {
    found.push(
      required(
        field,
        "at least one of resourceRules and nonResourceRules has to be non-empty",
      ),
    );
  }
  return [
    ...found,
    ...resourceRules.flatMap((rule, i) =>
      validateResourceRule(rule, `${field}.resourceRules[${i}]`)
    ),
    ...nonResourceRules.flatMap((rule, i) =>
      validateNonResourceRule(rule, `${field}.nonResourceRules[${i}]`)
    ),
  ];
}

function validateSpec(spec: FlowSchemaSpec, name: string): FieldError[] {
  const { matchingPrecedence: precedence, distinguisherMethod: method } = spec;
  const { name: level } = spec.priorityLevelConfiguration;
  const field = "spec.matchingPrecedence";
  const wrong = (why: string) => [invalidValue(field, precedence, why)];
  const at = "spec.priorityLevelConfiguration.name";
  return [
    ...(precedence <= 0 ? wrong("must be a positive value") : []),
    ...(precedence > MAX_PRECEDENCE
      ? wrong(`must not be greater than ${MAX_PRECEDENCE}`)
      : []),
    ...(precedence === 1 && name !== "exempt"
      ? wrong("only the schema named 'exempt' may have matchingPrecedence 1")
      : []),
    ...(method === undefined || METHODS.includes(method.type)
      ? []
      // Kubernetes shows its internal form, whose fields are upper-case.
      : [
        notSupported(
          "spec.distinguisherMethod.type",
          { Type: method.type },
          METHODS,
        ),
      ]),
    ...(level === ""
      ? [required(at, "must reference a priority level")]
      : each(at, level, isDnsSubdomain(level))),
    ...(spec.rules ?? []).flatMap((rule, i) =>
      validateRules(rule, `spec.rules[${i}]`)
    ),
  ];
}

interface Typed {
  readonly type?: string;
}

/** Conditions have types, each at most once. */
export function validateConditionTypes(
  conditions: readonly Typed[] = [],
): FieldError[] {
  const field = "status.conditions";
  return conditions.flatMap(({ type = "" }, i) => [
    ...(conditions.slice(0, i).some((c) => (c.type ?? "") === type)
      ? [duplicate(`${field}[${i}].type`, type)]
      : []),
    ...(type === "" ? [required(`${field}[${i}].type`)] : []),
  ]);
}

/** The rules of a FlowSchema, beside those of its metadata. */
export function validateFlowSchema(
  { metadata: { name = "" }, spec, status }: FlowSchema,
): FieldError[] {
  const fixed = MANDATORY_FLOW_SCHEMAS[name];
  return [
    ...validateSpec(spec, name),
    ...(fixed === undefined || sameJson(spec, fixed) ? [] : [
      invalidValue(
        "spec",
        spec,
        `spec of '${name}' must equal the fixed value`,
      ),
    ]),
    ...validateConditionTypes(status?.conditions),
  ];
}
