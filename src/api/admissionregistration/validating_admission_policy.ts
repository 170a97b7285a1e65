import { policyColumns } from "../columns/admission_policy.ts";
import { defaultPolicy } from "../defaults/admission_policy.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { type Condition, condition, objectMeta } from "../meta.ts";
import {
  type Field,
  int64,
  list,
  named,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import { refusePolicy } from "../validation/admission_policy.ts";
import {
  type MatchResources,
  matchResources,
  type ParamKind,
  paramKind,
  type Variable,
  variable,
} from "./policy_match.ts";
import { type MatchCondition, matchCondition } from "./rule.ts";

/** A rule in CEL that requests must meet. */
export interface Validation {
  /** The expression; it says whether the request is right. */
  expression: string;
  /** What the client is told otherwise. */
  message?: string;
  /** The reason of the refusal. Default: Invalid. */
  reason?: string;
  /** An expression that makes the message. */
  messageExpression?: string;
}

/** Schema of {@linkcode Validation}. */
export const validation: Field<Validation> = object<Validation>(
  "io.k8s.api.admissionregistration.v1.Validation",
  () => ({
    expression: str,
    message: optional(str),
    reason: pointer(named("v1.StatusReason")),
    messageExpression: optional(str),
  }),
);

/** What the audit log is told. */
export interface AuditAnnotation {
  /** Name of the annotation. */
  key: string;
  /** An expression that makes its value. */
  valueExpression: string;
}

/** Schema of {@linkcode AuditAnnotation}. */
export const auditAnnotation: Field<AuditAnnotation> = object<AuditAnnotation>(
  "io.k8s.api.admissionregistration.v1.AuditAnnotation",
  () => ({
    key: str,
    valueExpression: str,
  }),
);

/** Rules, and which requests they are for. */
export interface ValidatingAdmissionPolicySpec {
  /** The kind of objects that it takes parameters from. */
  paramKind?: ParamKind;
  /** Which requests it is about. */
  matchConstraints?: MatchResources;
  /** The rules. */
  validations?: Validation[];
  /** Whether a request goes on when a rule cannot be evaluated: `Ignore` or `Fail`. Default: Fail. */
  failurePolicy?: string;
  /** What the audit log is told. */
  auditAnnotations?: AuditAnnotation[];
  /** Conditions that a request must meet. */
  matchConditions?: MatchCondition[];
  /** Values that the expressions may use. */
  variables?: Variable[];
}

/** Schema of {@linkcode ValidatingAdmissionPolicySpec}. */
export const validatingAdmissionPolicySpec: Field<
  ValidatingAdmissionPolicySpec
> = object<ValidatingAdmissionPolicySpec>(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec",
  () => ({
    paramKind: pointer(paramKind),
    matchConstraints: pointer(matchResources),
    validations: optional(list(validation, { type: "atomic" })),
    failurePolicy: pointer(named("v1.FailurePolicyType")),
    auditAnnotations: optional(list(auditAnnotation, { type: "atomic" })),
    matchConditions: optional(
      list(matchCondition, {
        type: "map",
        keys: ["name"],
        strategy: "merge",
        mergeKey: "name",
      }),
    ),
    variables: optional(
      list(variable, {
        type: "map",
        keys: ["name"],
        strategy: "merge",
        mergeKey: "name",
      }),
    ),
  }),
);

/** What is doubtful about an expression. */
export interface ExpressionWarning {
  /** Path of the expression. */
  fieldRef: string;
  /** What it is. */
  warning: string;
}

/** Schema of {@linkcode ExpressionWarning}. */
export const expressionWarning: Field<ExpressionWarning> = object<
  ExpressionWarning
>(
  "io.k8s.api.admissionregistration.v1.ExpressionWarning",
  () => ({
    fieldRef: str,
    warning: str,
  }),
);

/** What types were found in the expressions. */
export interface TypeChecking {
  /** What is doubtful. */
  expressionWarnings?: ExpressionWarning[];
}

/** Schema of {@linkcode TypeChecking}. */
export const typeChecking: Field<TypeChecking> = object<TypeChecking>(
  "io.k8s.api.admissionregistration.v1.TypeChecking",
  () => ({
    expressionWarnings: optional(list(expressionWarning, { type: "atomic" })),
  }),
);

/** What the server says of a policy. */
export interface ValidatingAdmissionPolicyStatus {
  /** The generation that this was found for. */
  observedGeneration?: number;
  /** What types were found in the expressions. */
  typeChecking?: TypeChecking;
  /** Aspects of its state. */
  conditions?: Condition[];
}

/** Schema of {@linkcode ValidatingAdmissionPolicyStatus}. */
export const validatingAdmissionPolicyStatus: Field<
  ValidatingAdmissionPolicyStatus
> = object<ValidatingAdmissionPolicyStatus>(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus",
  () => ({
    observedGeneration: optional(int64),
    typeChecking: pointer(typeChecking),
    conditions: optional(list(condition, { type: "map", keys: ["type"] })),
  }),
);

/** Rules in CEL that requests must meet. This server does not evaluate them yet, and takes none. */
export interface ValidatingAdmissionPolicy extends KubeObject {
  /** The rules. */
  spec: ValidatingAdmissionPolicySpec;
  /** What the server says of it. */
  status?: ValidatingAdmissionPolicyStatus;
}

/** Schema of {@linkcode ValidatingAdmissionPolicy}. */
export const validatingAdmissionPolicy: Field<ValidatingAdmissionPolicy> =
  object<ValidatingAdmissionPolicy>(
    "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy",
    () => ({
      ...typeMeta,
      metadata: objectMeta,
      spec: validatingAdmissionPolicySpec,
      status: validatingAdmissionPolicyStatus,
    }),
  );

/** Rules in CEL that requests must meet. */
export const validatingAdmissionPolicies: Kind<ValidatingAdmissionPolicy> =
  defineKind({
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies",
    namespaced: false,
    needsRevision: true,
    categories: ["api-extensions"],
    subresources: ["status"],
    type: validatingAdmissionPolicy,
    setDefaults: ({ spec }) => defaultPolicy(spec),
    generationOf: ({ spec }) => spec,
    validate: refusePolicy,
    columns: policyColumns(
      "Validations",
      ({ spec }) => (spec.validations ?? []).length,
    ),
  });
