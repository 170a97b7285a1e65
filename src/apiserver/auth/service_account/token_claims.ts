/**
 * What ServiceAccounts' tokens say, as Kubernetes has it.
 *
 * @module
 */

/** An object that a token speaks of. */
export interface ClaimedObject {
  /** Its name. */
  readonly name: string;
  /** Its UID; "" of a node that is not there. */
  readonly uid: string;
}

/** The claims of a token that was asked for. Times are in seconds since 1970. */
export interface TokenClaims {
  /** Whom it may be shown to. */
  readonly aud: readonly string[];
  /** When it ends. */
  readonly exp: number;
  /** When it was made. */
  readonly iat: number;
  /** Who made it. */
  readonly iss: string;
  /** Its own UUID. */
  readonly jti: string;
  /** What it is bound to. */
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly node?: ClaimedObject;
    readonly pod?: ClaimedObject;
    readonly secret?: ClaimedObject;
    readonly serviceaccount: ClaimedObject;
    /** From when on its use is worth a note: it lives on for clients that do not read it again. */
    readonly warnafter?: number;
  };
  /** When it begins. */
  readonly nbf: number;
  /** The account's user. */
  readonly sub: string;
}

/** The issuer of tokens that live in Secrets. */
export const LEGACY_ISSUER = "kubernetes/serviceaccount";

/** The claims of a token that lives in a Secret; it never expires. */
export interface LegacyClaims {
  /** Tells these from tokens that were asked for. */
  readonly iss: typeof LEGACY_ISSUER;
  /** Where account and Secret are. */
  readonly "kubernetes.io/serviceaccount/namespace": string;
  /** The Secret that it lives in. */
  readonly "kubernetes.io/serviceaccount/secret.name": string;
  /** The account. */
  readonly "kubernetes.io/serviceaccount/service-account.name": string;
  /** The account's UID. */
  readonly "kubernetes.io/serviceaccount/service-account.uid": string;
  /** The account's user. */
  readonly sub: string;
}
