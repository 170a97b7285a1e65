/**
 * Who may do what: the interface that every authoriser has.
 *
 * @module
 */
import type { PolicyRule } from "./rbac/policy_rule.ts";
import type { User } from "./user.ts";

/** What somebody wants to do, as Kubernetes' `authorizer.Attributes`. */
export interface AccessRequest {
  /** Who wants it. */
  readonly user: User;
  /** An API verb (`get`, `list`, …), or the lower-case HTTP method for other paths. */
  readonly verb: string;
  /** The path of the request. */
  readonly path: string;
  /** The resource asked for; absent for other paths. */
  readonly resource?: AccessResource;
  /** The request's field selector as sent, or "". */
  readonly fieldSelector: string;
}

/** The resource that somebody wants to use. */
export interface AccessResource {
  /** "" is the core group. */
  readonly group: string;
  /** `*` when it does not matter. */
  readonly version: string;
  /** For example `pods`. */
  readonly plural: string;
  /** "" is the object itself. */
  readonly subresource: string;
  /** "" is cluster-scoped, or all namespaces. */
  readonly namespace: string;
  /** "" when the request names no object. */
  readonly name: string;
}

/** An authoriser's answer. */
export type Decision =
  | {
    readonly allowed: true;
    /** Tells why, for those who ask; made only then. */
    readonly why?: () => string;
  }
  | { readonly allowed: false; readonly reason: string };

/** Says who may do what. */
export interface Authorizer {
  /** Answers at once: everything that it needs is in memory. */
  authorize(request: AccessRequest): Decision;
}

/** All that somebody may do in a namespace, as far as it can be told. */
export interface UserRules {
  /** In the order in which they were found. */
  readonly rules: readonly PolicyRule[];
  /** What could not be found out. */
  readonly errors: readonly string[];
  /** Whether there is more than the rules tell. */
  readonly incomplete: boolean;
}

/** Tells what somebody may do. */
export interface RuleResolver {
  /** Those of the whole cluster and of the namespace. */
  rulesFor(user: User, namespace: string): UserRules;
}

/** The answer that lets a request pass. */
export const ALLOW: Decision & { readonly allowed: true } = { allowed: true };

/** Has no opinion: another authoriser may still allow. */
export const NO_OPINION: Decision = { allowed: false, reason: "" };

/** Allows what any of the authorisers allows, asked in order; the reasons of refusals are joined. */
export function anyOf(...authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize(request) {
      let reasons = "";
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(request);
        if (decision.allowed) return decision;
        if (decision.reason === "") continue;
        reasons += reasons === "" ? decision.reason : `\n${decision.reason}`;
      }
      return reasons === "" ? NO_OPINION : { allowed: false, reason: reasons };
    },
  };
}
