import { policyColumns } from "../columns/admission_policy.ts";
import { defaultPolicy } from "../defaults/admission_policy.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
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

/** A change as an apply configuration. */
export interface ApplyConfiguration {
  /** An expression that makes it. */
  expression?: string;
}

/** Schema of {@linkcode ApplyConfiguration}. */
export const applyConfiguration: Field<ApplyConfiguration> = object<
  ApplyConfiguration
>(
  "io.k8s.api.admissionregistration.v1.ApplyConfiguration",
  () => ({
    expression: optional(str),
  }),
);

/** A change as a JSON patch. */
export interface JSONPatch {
  /** An expression that makes the list of operations. */
  expression?: string;
}

/** Schema of {@linkcode JSONPatch}. */
export const jsonPatch: Field<JSONPatch> = object<JSONPatch>(
  "io.k8s.api.admissionregistration.v1.JSONPatch",
  () => ({
    expression: optional(str),
  }),
);

/** A change to objects before they are written. */
export interface Mutation {
  /** `ApplyConfiguration` or `JSONPatch`. */
  patchType: string;
  /** The change, for the type `ApplyConfiguration`. */
  applyConfiguration?: ApplyConfiguration;
  /** The change, for the type `JSONPatch`. */
  jsonPatch?: JSONPatch;
}

/** Schema of {@linkcode Mutation}. */
export const mutation: Field<Mutation> = object<Mutation>(
  "io.k8s.api.admissionregistration.v1.Mutation",
  () => ({
    patchType: named("v1.PatchType"),
    applyConfiguration: pointer(applyConfiguration),
    jsonPatch: pointer(jsonPatch),
  }),
);

/** Changes, and which requests they are for. */
export interface MutatingAdmissionPolicySpec {
  /** The kind of objects that it takes parameters from. */
  paramKind?: ParamKind;
  /** Which requests it is about. */
  matchConstraints?: MatchResources;
  /** Values that the expressions may use. */
  variables?: Variable[];
  /** The changes, in order. */
  mutations?: Mutation[];
  /** Whether a request goes on when an expression cannot be evaluated: `Ignore` or `Fail`. Default: Fail. */
  failurePolicy?: string;
  /** Conditions that a request must meet. */
  matchConditions?: MatchCondition[];
  /** Whether it is evaluated again when others changed the object after it: `Never` or `IfNeeded`. */
  reinvocationPolicy?: string;
}

/** Schema of {@linkcode MutatingAdmissionPolicySpec}. */
export const mutatingAdmissionPolicySpec: Field<MutatingAdmissionPolicySpec> =
  object<MutatingAdmissionPolicySpec>(
    "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec",
    () => ({
      paramKind: pointer(paramKind),
      matchConstraints: pointer(matchResources),
      variables: optional(list(variable, { type: "atomic" })),
      mutations: optional(list(mutation, { type: "atomic" })),
      failurePolicy: pointer(named("v1.FailurePolicyType")),
      matchConditions: optional(
        list(matchCondition, {
          type: "map",
          keys: ["name"],
          strategy: "merge",
          mergeKey: "name",
        }),
      ),
      reinvocationPolicy: optional(named("v1.ReinvocationPolicyType")),
    }),
  );

/** Changes in CEL to objects before they are written. This server does not evaluate them yet, and takes none. */
export interface MutatingAdmissionPolicy extends KubeObject {
  /** The changes. */
  spec: MutatingAdmissionPolicySpec;
}

/** Schema of {@linkcode MutatingAdmissionPolicy}. */
export const mutatingAdmissionPolicy: Field<MutatingAdmissionPolicy> = object<
  MutatingAdmissionPolicy
>(
  "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: mutatingAdmissionPolicySpec,
  }),
);

/** Changes in CEL to objects before they are written. */
export const mutatingAdmissionPolicies: Kind<MutatingAdmissionPolicy> =
  defineKind({
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "MutatingAdmissionPolicy",
    plural: "mutatingadmissionpolicies",
    namespaced: false,
    needsRevision: true,
    categories: ["api-extensions"],
    type: mutatingAdmissionPolicy,
    setDefaults: ({ spec }) => defaultPolicy(spec),
    generationOf: ({ spec }) => spec,
    validate: refusePolicy,
    columns: policyColumns(
      "Mutations",
      ({ spec }) => (spec.mutations ?? []).length,
    ),
  });
