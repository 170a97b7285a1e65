/**
 * Whether what a token speaks of is still there.
 *
 * @module
 */
import { decodeBase64, decodeText } from "../../../base/bytes.ts";
import type { ObjectMeta } from "../../../api/meta.ts";
import type { Row, Store } from "../../../store/store.ts";
import type { User } from "../user.ts";
import { authenticatedAccountGroups, serviceAccountUser } from "./names.ts";
import {
  type ClaimedObject,
  LEGACY_ISSUER,
  type LegacyClaims,
  type TokenClaims,
} from "./token_claims.ts";

/** How far clocks may differ, in milliseconds: tokens and deletions are honoured so much later. */
export const LEEWAY_MS = 60_000;
/** A token with a Secret that carries this label is not honoured. */
const INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since";

const INVALIDATED = "service account token has been invalidated";

/** The user behind claims, and what that rests on. */
export interface BoundUser {
  /** The account as a user. */
  readonly user: User;
  /** The rows that were looked at: while they are the same, so is the answer. */
  readonly rows: readonly Row[];
  /** The answer ends at this time: something is being deleted. Infinity as a rule. */
  readonly untilMs: number;
}

/** Why a token is not honoured, in Kubernetes' words. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";
}

/** Looks up the objects of claims. @throws {TokenRefused} */
export function boundUser(
  store: Store,
  claims: TokenClaims,
  now: number,
): BoundUser {
  const { namespace, serviceaccount, pod, node, secret } =
    claims["kubernetes.io"];
  const look = new Lookup(store, now);
  look.account({ namespace, ...serviceaccount });
  if (secret !== undefined) {
    look.bound("secret", `secrets/${namespace}/${secret.name}`, secret);
  }
  if (pod !== undefined) {
    look.bound("pod", `pods/${namespace}/${pod.name}`, pod);
  } else if (node !== undefined) {
    look.bound("node", `nodes/${node.name}`, node);
  }
  const extra = {
    "authentication.kubernetes.io/credential-id": [`JTI=${claims.jti}`],
    ...(node === undefined ? {} : {
      "authentication.kubernetes.io/node-name": [node.name],
      ...(node.uid === ""
        ? {}
        : { "authentication.kubernetes.io/node-uid": [node.uid] }),
    }),
    ...(pod === undefined ? {} : {
      "authentication.kubernetes.io/pod-name": [pod.name],
      "authentication.kubernetes.io/pod-uid": [pod.uid],
    }),
  };
  return look.answer({
    name: serviceAccountUser(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    groups: authenticatedAccountGroups(namespace),
    extra,
  });
}

/** Looks up the Secret and account of a token that never expires. @throws {TokenRefused} */
export function legacyUser(
  store: Store,
  claims: LegacyClaims,
  { token, now }: { readonly token: string; readonly now: number },
): BoundUser {
  const {
    "kubernetes.io/serviceaccount/namespace": namespace,
    "kubernetes.io/serviceaccount/secret.name": secretName,
    "kubernetes.io/serviceaccount/service-account.name": name,
    "kubernetes.io/serviceaccount/service-account.uid": uid,
    sub,
  } = claims;
  if (sub !== serviceAccountUser(namespace, name)) {
    throw new TokenRefused("sub claim is invalid");
  }
  const look = new Lookup(store, now);
  const secret = look.row(`secrets/${namespace}/${secretName}`);
  const object = secret && JSON.parse(secret.text) as {
    readonly metadata: ObjectMeta;
    readonly data?: Readonly<Record<string, string>>;
  };
  if (!object || object.metadata.deletionTimestamp !== undefined) {
    throw new TokenRefused("Token has been invalidated");
  }
  if (decodeText(decodeBase64(object.data?.["token"] ?? "")) !== token) {
    throw new TokenRefused("Token does not match server's copy");
  }
  look.account({ namespace, name, uid, legacy: true });
  if (object.metadata.labels?.[INVALID_SINCE]) {
    throw new TokenRefused(
      `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${INVALID_SINCE}' label from the secret to temporarily allow use of this token`,
    );
  }
  return look.answer({
    name: sub,
    uid,
    groups: authenticatedAccountGroups(namespace),
  });
}

/** Whether an issuer is that of tokens in Secrets. */
export function isLegacyIssuer(issuer: unknown): boolean {
  return issuer === LEGACY_ISSUER;
}

/** One look at the store. */
class Lookup {
  readonly #store: Store;
  readonly #now: number;
  readonly #rows: Row[] = [];
  #untilMs = Infinity;

  constructor(store: Store, now: number) {
    this.#store = store;
    this.#now = now;
  }

  row(key: string): Row | undefined {
    const row = this.#store.get(key);
    if (row !== undefined) this.#rows.push(row);
    return row;
  }

  account(
    { namespace, name, uid, legacy = false }: {
      namespace: string;
      name: string;
      uid: string;
      legacy?: boolean;
    },
  ): void {
    const row = this.row(`serviceaccounts/${namespace}/${name}`);
    if (row === undefined) {
      throw new TokenRefused(`serviceaccounts "${name}" not found`);
    }
    const meta = metaOf(row);
    if (meta.uid !== uid) {
      const who = legacy ? "ServiceAccount" : "service account";
      throw new TokenRefused(
        `${who} UID (${meta.uid}) does not match claim (${uid})`,
      );
    }
    this.#checkDeletion(
      meta,
      legacy
        ? `ServiceAccount ${namespace}/${name} has been deleted`
        : `service account ${namespace}/${name} has been deleted`,
      legacy ? 0 : LEEWAY_MS,
    );
  }

  bound(
    what: "secret" | "pod" | "node",
    key: string,
    claimed: ClaimedObject,
  ): void {
    const row = this.row(key);
    if (row === undefined) throw new TokenRefused(INVALIDATED);
    const meta = metaOf(row);
    if (meta.uid !== claimed.uid) {
      throw new TokenRefused(
        `${what} UID (${meta.uid}) does not match service account ${what} ref claim (${claimed.uid})`,
      );
    }
    this.#checkDeletion(meta, INVALIDATED, LEEWAY_MS);
  }

  answer(user: User): BoundUser {
    return { user, rows: this.#rows, untilMs: this.#untilMs };
  }

  #checkDeletion(
    { deletionTimestamp }: ObjectMeta,
    text: string,
    leewayMs: number,
  ): void {
    if (deletionTimestamp === undefined) return;
    const untilMs = Date.parse(deletionTimestamp) + leewayMs;
    if (untilMs < this.#now) throw new TokenRefused(text);
    this.#untilMs = Math.min(this.#untilMs, untilMs);
  }
}

function metaOf(row: Row): ObjectMeta {
  return (JSON.parse(row.text) as { metadata: ObjectMeta }).metadata;
}
