/**
 * What ServiceAccounts' tokens say, as Kubernetes has it.
 *
 * @module
 */

/** An object that a token speaks of. */
export interface ClaimedObject {
  readonly name: string;
  readonly uid: string;
}

/** The claims of a token that was asked for. Times are in seconds since 1970. */
export interface TokenClaims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly iss: string;
  readonly jti: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly node?: ClaimedObject;
    readonly pod?: ClaimedObject;
    readonly secret?: ClaimedObject;
    readonly serviceaccount: ClaimedObject;
    /** From when on its use is worth a note: it lives on for clients that do not read it again. */
    readonly warnafter?: number;
  };
  readonly nbf: number;
  readonly sub: string;
}

/** The issuer of tokens that live in Secrets. */
export const LEGACY_ISSUER = "kubernetes/serviceaccount";

/** The claims of a token that lives in a Secret; it never expires. */
export interface LegacyClaims {
  readonly iss: typeof LEGACY_ISSUER;
  readonly "kubernetes.io/serviceaccount/namespace": string;
  readonly "kubernetes.io/serviceaccount/secret.name": string;
  readonly "kubernetes.io/serviceaccount/service-account.name": string;
  readonly "kubernetes.io/serviceaccount/service-account.uid": string;
  readonly sub: string;
}
