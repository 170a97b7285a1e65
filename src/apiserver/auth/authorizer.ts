/**
 * Who may do what: the interface that every authoriser has.
 *
 * @module
 */
import type { User } from "./user.ts";

/** What somebody wants to do, as Kubernetes' `authorizer.Attributes`. */
export interface AccessRequest {
  readonly user: User;
  /** An API verb (`get`, `list`, …), or the lower-case HTTP method for other paths. */
  readonly verb: string;
  /** The path of the request. */
  readonly path: string;
  /** The resource asked for; absent for other paths. */
  readonly resource?: {
    readonly group: string;
    readonly version: string;
    readonly plural: string;
    readonly subresource: string;
    /** "" is cluster-scoped, or all namespaces. */
    readonly namespace: string;
    /** "" when the request names no object. */
    readonly name: string;
  };
  /** The request's field selector as sent, or "". */
  readonly fieldSelector: string;
}

/** An authoriser's answer. */
export type Decision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: string };

/** Says who may do what. */
export interface Authorizer {
  authorize(request: AccessRequest): Decision;
}

/** The answer that lets a request pass. */
export const ALLOW: Decision = { allowed: true };

/** Has no opinion: another authoriser may still allow. */
export const NO_OPINION: Decision = { allowed: false, reason: "" };

/** Allows what any of the authorisers allows, asked in order; the reasons of refusals are joined. */
export function anyOf(...authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize(request) {
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(request);
        if (decision.allowed) return decision;
        if (decision.reason !== "") reasons.push(decision.reason);
      }
      return { allowed: false, reason: reasons.join("; ") };
    },
  };
}
