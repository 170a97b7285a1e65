import { policyBindingColumns } from "../columns/admission_policy.ts";
import { defaultPolicyBinding } from "../defaults/admission_policy.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
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
export interface MutatingAdmissionPolicyBindingSpec {
  /** The policy. */
  policyName?: string;
  /** The objects that it takes parameters from. */
  paramRef?: ParamRef;
  /** Which requests it is about, beside what the policy says. */
  matchResources?: MatchResources;
}

/** Schema of {@linkcode MutatingAdmissionPolicyBindingSpec}. */
export const mutatingAdmissionPolicyBindingSpec: Field<
  MutatingAdmissionPolicyBindingSpec
> = object<MutatingAdmissionPolicyBindingSpec>(
  "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec",
  () => ({
    policyName: optional(str),
    paramRef: pointer(paramRef),
    matchResources: pointer(matchResources),
  }),
);

/** Puts a policy into force. This server does not evaluate policies yet, and takes none. */
export interface MutatingAdmissionPolicyBinding extends KubeObject {
  /** What the policy is bound to. */
  spec: MutatingAdmissionPolicyBindingSpec;
}

/** Schema of {@linkcode MutatingAdmissionPolicyBinding}. */
export const mutatingAdmissionPolicyBinding: Field<
  MutatingAdmissionPolicyBinding
> = object<MutatingAdmissionPolicyBinding>(
  "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: mutatingAdmissionPolicyBindingSpec,
  }),
);

/** What puts policies into force. */
export const mutatingAdmissionPolicyBindings: Kind<
  MutatingAdmissionPolicyBinding
> = defineKind({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "MutatingAdmissionPolicyBinding",
  plural: "mutatingadmissionpolicybindings",
  namespaced: false,
  needsRevision: true,
  categories: ["api-extensions"],
  type: mutatingAdmissionPolicyBinding,
  setDefaults: ({ spec }) => defaultPolicyBinding(spec),
  generationOf: ({ spec }) => spec,
  validate: refusePolicy,
  columns: policyBindingColumns(),
});
