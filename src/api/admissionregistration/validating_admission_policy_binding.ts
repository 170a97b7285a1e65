import { policyBindingColumns } from "../columns/admission_policy.ts";
import { defaultPolicyBinding } from "../defaults/admission_policy.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  list,
  named,
  needed,
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
  type ParamRef,
  paramRef,
} from "./policy_match.ts";

/** What a policy is bound to. */
export interface ValidatingAdmissionPolicyBindingSpec {
  /** The policy. */
  policyName?: string;
  /** The objects that it takes parameters from. */
  paramRef?: ParamRef;
  /** Which requests it is about, beside what the policy says. */
  matchResources?: MatchResources;
  /** What follows when a rule is broken: `Deny`, `Warn`, `Audit`. */
  validationActions?: string[];
}

/** Schema of {@linkcode ValidatingAdmissionPolicyBindingSpec}. */
export const validatingAdmissionPolicyBindingSpec: Field<
  ValidatingAdmissionPolicyBindingSpec
> = object<ValidatingAdmissionPolicyBindingSpec>(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec",
  () => ({
    policyName: needed(optional(str)),
    paramRef: pointer(paramRef),
    matchResources: pointer(matchResources),
    validationActions: needed(
      optional(list(named("v1.ValidationAction"), { type: "set" })),
    ),
  }),
);

/** Puts a policy into force. This server does not evaluate policies yet, and takes none. */
export interface ValidatingAdmissionPolicyBinding extends KubeObject {
  /** What the policy is bound to. */
  spec: ValidatingAdmissionPolicyBindingSpec;
}

/** Schema of {@linkcode ValidatingAdmissionPolicyBinding}. */
export const validatingAdmissionPolicyBinding: Field<
  ValidatingAdmissionPolicyBinding
> = object<ValidatingAdmissionPolicyBinding>(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(validatingAdmissionPolicyBindingSpec),
  }),
);

/** What puts policies into force. */
export const validatingAdmissionPolicyBindings: Kind<
  ValidatingAdmissionPolicyBinding
> = defineKind({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingAdmissionPolicyBinding",
  plural: "validatingadmissionpolicybindings",
  namespaced: false,
  needsRevision: true,
  categories: ["api-extensions"],
  type: validatingAdmissionPolicyBinding,
  setDefaults: ({ spec }) => defaultPolicyBinding(spec),
  generationOf: ({ spec }) => spec,
  validate: refusePolicy,
  columns: policyBindingColumns(),
});
