import { type LabelSelector, labelSelector } from "../meta.ts";
import {
  type Field,
  list,
  named,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";
import {
  type NamedRuleWithOperations,
  namedRuleWithOperations,
} from "./rule.ts";

/** The kind of objects that a policy takes parameters from. */
export interface ParamKind {
  /** Its group and version. */
  apiVersion?: string;
  /** The kind. */
  kind?: string;
}

/** Schema of {@linkcode ParamKind}. */
export const paramKind: Field<ParamKind> = object<ParamKind>(
  "io.k8s.api.admissionregistration.v1.ParamKind",
  () => ({
    apiVersion: optional(str),
    kind: optional(str),
  }),
  { atomic: true },
);

/** The objects that a policy takes parameters from; either by name or by labels. */
export interface ParamRef {
  /** Name of the object. */
  name?: string;
  /** Its namespace; absent means that of the request. */
  namespace?: string;
  /** Labels of the objects. */
  selector?: LabelSelector;
  /** What follows when there is none: `Allow` or `Deny`. */
  parameterNotFoundAction?: string;
}

/** Schema of {@linkcode ParamRef}. */
export const paramRef: Field<ParamRef> = object<ParamRef>(
  "io.k8s.api.admissionregistration.v1.ParamRef",
  () => ({
    name: optional(str),
    namespace: optional(str),
    selector: pointer(labelSelector),
    parameterNotFoundAction: pointer(named("v1.ParameterNotFoundActionType")),
  }),
  { atomic: true },
);

/** Which requests a policy is about. */
export interface MatchResources {
  /** Labels of namespaces. */
  namespaceSelector?: LabelSelector;
  /** Labels of objects. */
  objectSelector?: LabelSelector;
  /** What is asked of what. */
  resourceRules?: NamedRuleWithOperations[];
  /** Requests that do not count after all. */
  excludeResourceRules?: NamedRuleWithOperations[];
  /** Whether the rules mean other versions of a resource too: `Exact` or `Equivalent`. Default: Equivalent. */
  matchPolicy?: string;
}

/** Schema of {@linkcode MatchResources}. */
export const matchResources: Field<MatchResources> = object<MatchResources>(
  "io.k8s.api.admissionregistration.v1.MatchResources",
  () => ({
    namespaceSelector: pointer(labelSelector),
    objectSelector: pointer(labelSelector),
    resourceRules: optional(list(namedRuleWithOperations, { type: "atomic" })),
    excludeResourceRules: optional(
      list(namedRuleWithOperations, { type: "atomic" }),
    ),
    matchPolicy: pointer(named("v1.MatchPolicyType")),
  }),
  { atomic: true },
);

/** A value in CEL that other expressions may use. */
export interface Variable {
  /** Its name; others write `variables.name`. */
  name: string;
  /** The expression. */
  expression: string;
}

/** Schema of {@linkcode Variable}. */
export const variable: Field<Variable> = object<Variable>(
  "io.k8s.api.admissionregistration.v1.Variable",
  () => ({
    name: str,
    expression: str,
  }),
  { atomic: true },
);
