/**
 * Issues ServiceAccounts' tokens and knows them again.
 *
 * @module
 */
import type { Host } from "../../../base/host.ts";
import type { Row, Store } from "../../../store/store.ts";
import { goStrings } from "../go_text.ts";
import {
  type BoundUser,
  boundUser,
  isLegacyIssuer,
  LEEWAY_MS,
  legacyUser,
  TokenRefused,
} from "./bound_objects.ts";
import { parseJwt, signJwt } from "./jwt.ts";
import {
  type JsonWebKey,
  jsonWebKey,
  type NamedKey,
  nameKey,
} from "./signing_key.ts";
import {
  LEGACY_ISSUER,
  type LegacyClaims,
  type TokenClaims,
} from "./token_claims.ts";
import type { SigningKey } from "../../../base/host.ts";
import type { User } from "../user.ts";

/** The issuer of tokens, and the audience of those that name none. */
export const ISSUER = "https://kubernetes.default.svc.cluster.local";

/** Tokens that are remembered as checked; the oldest are forgotten first. */
const REMEMBERED = 4096;
/** No token without three parts and a JSON header begins otherwise. */
const JWT_START = "eyJ";

/** A token that was known. */
export interface KnownToken {
  /** Whose it is. */
  readonly user: User;
  /** Those of the asked audiences that it is for. */
  readonly audiences: readonly string[];
}

/** A token whose signature is right. */
interface Checked {
  readonly claims: TokenClaims | LegacyClaims;
  bound?: BoundUser;
}

/** See the module. */
export class ServiceAccountTokens {
  readonly #host: Host;
  readonly #store: Store;
  readonly #checked = new Map<string, Checked>();
  #given: SigningKey | undefined;
  #key: NamedKey | undefined;

  /** @param key @default a new one, made when it is first needed */
  constructor(host: Host, store: Store, key?: SigningKey) {
    this.#host = host;
    this.#store = store;
    this.#given = key;
  }

  /** The public keys that tokens are checked with. */
  publicKeys(): readonly JsonWebKey[] {
    return [jsonWebKey(this.#signingKey())];
  }

  /** Signs claims. */
  issue(claims: TokenClaims | LegacyClaims): string {
    return signJwt(this.#host.crypto, claims, this.#signingKey());
  }

  /**
   * The user of a token; undefined when it is not one of ours.
   *
   * @param audiences at least one of them must be the token's
   * @throws {TokenRefused} in Kubernetes' words when it is one of ours and not honoured
   */
  authenticate(
    token: string,
    audiences: readonly string[],
  ): KnownToken | undefined {
    if (!token.startsWith(JWT_START)) return undefined;
    const digest = String.fromCharCode(...this.#host.crypto.sha256(token));
    let checked = this.#checked.get(digest);
    if (checked === undefined) {
      checked = this.#check(token);
      if (checked === undefined) return undefined;
    }
    const { claims } = checked;
    const own = "aud" in claims ? claims.aud : [ISSUER];
    const common = own.filter((audience) => audiences.includes(audience));
    if (common.length === 0) {
      throw new TokenRefused(
        `token audiences ${
          goStrings(own)
        } is invalid for the target audiences ${goStrings(audiences)}`,
      );
    }
    const now = this.#host.clock.now();
    if ("exp" in claims) checkTimes(claims, now);
    if (!this.#isCurrent(checked.bound, now)) {
      checked.bound = "exp" in claims
        ? boundUser(this.#store, claims, now)
        : legacyUser(this.#store, claims, { token, now });
      this.#remember(digest, checked);
    }
    return { user: checked.bound!.user, audiences: common };
  }

  #isCurrent(bound: BoundUser | undefined, now: number): boolean {
    return bound !== undefined && now <= bound.untilMs &&
      bound.rows.every((row: Row) => this.#store.get(row.key) === row);
  }

  /** Reads a token and checks its signature. */
  #check(token: string): Checked | undefined {
    const parsed = parseJwt(token);
    if (parsed === undefined) return undefined;
    const { header, claims, signed, signature } = parsed;
    const legacy = isLegacyIssuer(claims["iss"]);
    if (!legacy && claims["iss"] !== ISSUER) return undefined;
    const { kid, publicPem } = this.#signingKey();
    if (header["kid"] !== undefined && header["kid"] !== kid) {
      throw new TokenRefused("invalid signature, no keys found");
    }
    const right = header["alg"] === "ES256" &&
      this.#host.crypto.verify(publicPem, { data: signed, signature });
    if (!right) {
      throw new TokenRefused(
        "go-jose/go-jose: error in cryptographic primitive",
      );
    }
    // We signed it, so it is of the shape that we give.
    return {
      claims: claims as unknown as TokenClaims | LegacyClaims,
    };
  }

  #remember(digest: string, checked: Checked): void {
    this.#checked.delete(digest);
    if (this.#checked.size >= REMEMBERED) {
      const [oldest] = this.#checked.keys();
      this.#checked.delete(oldest!);
    }
    this.#checked.set(digest, checked);
  }

  #signingKey(): NamedKey {
    const { crypto } = this.#host;
    return this.#key ??= nameKey(crypto, this.#given ??= crypto.generateKey());
  }
}

/** @throws {TokenRefused} */
function checkTimes({ exp, nbf, iat }: TokenClaims, now: number): void {
  if (now > exp * 1000 + LEEWAY_MS) {
    throw new TokenRefused("service account token has expired");
  }
  if (now < nbf * 1000 - LEEWAY_MS) {
    throw new TokenRefused("service account token is not valid yet");
  }
  if (now < iat * 1000 - LEEWAY_MS) {
    throw new TokenRefused("service account token is issued in the future");
  }
}

/** The claims of a token for a Secret of type `kubernetes.io/service-account-token`. */
export function legacyClaims(
  account: { namespace: string; name: string; uid: string },
  secret: string,
): LegacyClaims {
  const { namespace, name, uid } = account;
  return {
    iss: LEGACY_ISSUER,
    "kubernetes.io/serviceaccount/namespace": namespace,
    "kubernetes.io/serviceaccount/secret.name": secret,
    "kubernetes.io/serviceaccount/service-account.name": name,
    "kubernetes.io/serviceaccount/service-account.uid": uid,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
}
