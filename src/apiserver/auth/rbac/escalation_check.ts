/**
 * Nobody gives others more than they have themselves: roles and bindings are looked at before they are written.
 *
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping}
 * @module
 */
import { sameJson } from "../../../api/equal.ts";
import type { KubeObject } from "../../../api/kind.ts";
import { type ApiError, forbidden, notFound } from "../../../api/status.ts";
import type {
  AdmissionAttributes,
  AdmissionPlugin,
} from "../../admission/admission.ts";
import type {
  AccessResource,
  Authorizer,
  RuleResolver,
} from "../authorizer.ts";
import { aggregateText, goString, goStrings } from "../go_text.ts";
import { MASTERS_GROUP, type User } from "../user.ts";
import { ALL, type PolicyRule } from "./policy_rule.ts";
import type { RbacAuthorizer } from "./rbac_authorizer.ts";
import type { Binding, RoleRef } from "./role_tables.ts";
import { describeRules, missingRules } from "./rule_cover.ts";

const GROUP = "rbac.authorization.k8s.io";

/** Everything there is; who has it may gather roles that are not there yet. */
const FULL_AUTHORITY: readonly PolicyRule[] = [
  { verbs: [ALL], apiGroups: [ALL], resources: [ALL] },
  { verbs: [ALL], nonResourceURLs: [ALL] },
];

interface RoleObject extends KubeObject {
  readonly rules?: readonly PolicyRule[];
  readonly aggregationRule?: {
    readonly clusterRoleSelectors?: readonly unknown[];
  };
}

/** What the check asks. */
export interface EscalationCheckParts {
  /** Asked for the rights to `escalate` and `bind`. */
  readonly authorizer: Authorizer;
  /** Tells what the writer has. */
  readonly rules: RuleResolver;
  /** Tells what a binding would give. */
  readonly rbac: Pick<RbacAuthorizer, "rulesOfRole">;
}

/** Refuses roles and bindings that would give more than their writer has. It changes nothing; it comes before the object's own rules, as in Kubernetes. */
export class EscalationCheck implements AdmissionPlugin {
  readonly name = "EscalationCheck";
  readonly #parts: EscalationCheckParts;

  constructor(parts: EscalationCheckParts) {
    this.#parts = parts;
  }

  mutate(attributes: AdmissionAttributes): void {
    const { kind, operation, user, object, previous } = attributes;
    if (kind.group !== GROUP || operation === "DELETE") return;
    if (object === undefined || user.groups.includes(MASTERS_GROUP)) return;
    if (previous !== undefined && changesOwnersOnly(object, previous)) return;
    switch (kind.plural) {
      case "roles":
      case "clusterroles":
        return this.#checkRole(attributes, object as RoleObject);
      case "rolebindings":
      case "clusterrolebindings": {
        const binding = object as KubeObject as KubeObject & Binding;
        return this.#checkBinding(attributes, binding);
      }
    }
  }

  #checkRole(attributes: AdmissionAttributes, role: RoleObject): void {
    const { kind, namespace, user, previous, operation } = attributes;
    const escalates = this.#allowed(user, "escalate", {
      plural: kind.plural,
      namespace,
      // A create names nothing in its path.
      name: operation === "CREATE" ? "" : attributes.name,
    });
    if (escalates) return;
    this.#confirm(attributes, role.rules ?? []);
    if (!gathers(role) && !gathers(previous as RoleObject | undefined)) return;
    const { rules } = this.#parts.rules.rulesFor(user, namespace);
    if (missingRules(rules, FULL_AUTHORITY).length > 0) {
      throw refusal(
        attributes,
        "must have cluster-admin privileges to use the aggregationRule",
      );
    }
  }

  #checkBinding(
    attributes: AdmissionAttributes,
    { roleRef }: { readonly roleRef?: RoleRef },
  ): void {
    if (roleRef === undefined) return; // its own rules will refuse it
    const { namespace, user } = attributes;
    const plural = PLURALS[roleRef.kind];
    if (plural !== undefined) {
      const { name, apiGroup: group = "" } = roleRef;
      const place = { group, plural, namespace, name };
      if (this.#allowed(user, "bind", place)) return;
    }
    const rules = this.#parts.rbac.rulesOfRole(roleRef, namespace);
    if (rules === undefined) {
      throw notFound(
        { group: GROUP, plural: plural ?? roleRef.kind },
        roleRef.name,
      );
    }
    this.#confirm(attributes, rules);
  }

  #allowed(
    user: User,
    verb: string,
    resource: Partial<AccessResource>,
  ): boolean {
    return this.#parts.authorizer.authorize({
      user,
      verb,
      path: "",
      fieldSelector: "",
      resource: {
        group: GROUP,
        version: ALL,
        plural: "",
        subresource: "",
        namespace: "",
        name: "",
        ...resource,
      },
    }).allowed;
  }

  /** @throws {ApiError} 403 when the user does not have all of the rules */
  #confirm(
    attributes: AdmissionAttributes,
    wanted: readonly PolicyRule[],
  ): void {
    const { user, namespace } = attributes;
    const { rules, errors } = this.#parts.rules.rulesFor(user, namespace);
    const missing = missingRules(rules, wanted);
    if (missing.length === 0) return;
    const trouble = errors.length === 0
      ? ""
      : `; resolution errors: [${aggregateText(errors)}]`;
    throw refusal(
      attributes,
      `user ${goString(user.name)} (groups=${
        goStrings(user.groups)
      }) is attempting to grant RBAC permissions not currently held:\n${
        describeRules(missing).join("\n")
      }${trouble}`,
    );
  }
}

const PLURALS: Readonly<Record<string, string>> = {
  Role: "roles",
  ClusterRole: "clusterroles",
};

function refusal(
  { kind, object }: AdmissionAttributes,
  why: string,
): ApiError {
  return forbidden(kind, object?.metadata.name ?? "", why);
}

function gathers(role: RoleObject | undefined): boolean {
  return (role?.aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0;
}

/** Whether a change is one that the garbage collector needs, whoever makes it. */
function changesOwnersOnly(next: KubeObject, previous: KubeObject): boolean {
  const {
    ownerReferences: _owners,
    finalizers: _finalizers,
    managedFields: _managed,
    ...rest
  } = next.metadata;
  const { metadata } = previous;
  const kept = {
    ...rest,
    ...metadata.ownerReferences && {
      ownerReferences: metadata.ownerReferences,
    },
    ...metadata.finalizers && { finalizers: metadata.finalizers },
    ...metadata.managedFields && { managedFields: metadata.managedFields },
  };
  return sameJson({ ...next, metadata: kept }, previous);
}
