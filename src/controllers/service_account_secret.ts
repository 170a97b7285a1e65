/**
 * {@linkcode ServiceAccountSecretReconciler}: Secrets that hold a token of a ServiceAccount which never expires.
 *
 * @see {@link https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets}
 * @module
 */
import type { Secret } from "../api/core/secret.ts";
import type { ServiceAccount } from "../api/core/service_account.ts";
import { isApiError } from "../api/status.ts";
import { encodeBase64, encodeText } from "../base/bytes.ts";
import type { Client, Informer } from "../client/client.ts";
import { nameOf } from "../client/paths.ts";
import { SECRETS, SERVICE_ACCOUNTS } from "../client/resources.ts";
import type { Reconciler } from "../loop/reconciler.ts";

/** The type of such Secrets. */
export const ACCOUNT_TOKEN_TYPE = "kubernetes.io/service-account-token";
const ACCOUNT_NAME = "kubernetes.io/service-account.name";
const ACCOUNT_UID = "kubernetes.io/service-account.uid";

/** Makes the token for a Secret of an account. Only the server has the key. */
export type SecretTokenIssuer = (
  account: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  },
  secret: string,
) => string;

/** What a {@linkcode ServiceAccountSecretReconciler} works with. */
export interface ServiceAccountSecretParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** Those of {@linkcode ACCOUNT_TOKEN_TYPE}. */
  readonly secrets: Informer<Secret>;
  /** All of them. */
  readonly accounts: Informer<ServiceAccount>;
  /** Makes the tokens. */
  readonly issue: SecretTokenIssuer;
  /** PEM of the API server's CA. */
  readonly rootCa?: string;
}

/** Fills such Secrets, and removes those whose account is gone. */
export class ServiceAccountSecretReconciler implements Reconciler {
  readonly name = "service-account-secret";
  readonly #parts: ServiceAccountSecretParts;

  /** Nothing runs until it is asked to. */
  constructor(parts: ServiceAccountSecretParts) {
    this.#parts = parts;
  }

  /** The Secrets of an account that changed. */
  keysOfAccount({ key }: { readonly key: string }): string[] {
    const { namespace, name } = nameOf(key);
    return this.#parts.secrets.list().filter(({ metadata }) =>
      metadata.namespace === namespace &&
      metadata.annotations?.[ACCOUNT_NAME] === name
    ).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const secret = this.#parts.secrets.get(key);
    if (secret === undefined) return;
    const { annotations = {}, deletionTimestamp } = secret.metadata;
    const name = annotations[ACCOUNT_NAME];
    if (!name || deletionTimestamp !== undefined) return;
    const account = await this.#account(secret, name, signal);
    const uid = annotations[ACCOUNT_UID];
    if (
      account === undefined || uid !== undefined && uid !== account.metadata.uid
    ) {
      return await this.#remove(secret, signal);
    }
    const wanted = this.#filled(secret, account);
    if (wanted === undefined) return;
    try {
      await this.#parts.client.update(SECRETS, wanted, { signal });
    } catch (error) {
      // Its change or end comes by itself.
      if (!isApiError(error, "NotFound") && !isApiError(error, "Conflict")) {
        throw error;
      }
    }
  }

  /** The account; asked for when it is not known, for both may be new. */
  async #account(
    { metadata }: Secret,
    name: string,
    signal: AbortSignal,
  ): Promise<ServiceAccount | undefined> {
    const namespace = metadata.namespace!;
    const { client, accounts } = this.#parts;
    const known = accounts.get(`${namespace}/${name}`);
    const uid = metadata.annotations?.[ACCOUNT_UID];
    if (
      known !== undefined && (uid === undefined || uid === known.metadata.uid)
    ) return known;
    try {
      return await client.get(SERVICE_ACCOUNTS, { namespace, name }, signal);
    } catch (error) {
      if (isApiError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  /** The Secret with what it lacks; undefined when it lacks nothing. */
  #filled(secret: Secret, { metadata }: ServiceAccount): Secret | undefined {
    const { rootCa, issue } = this.#parts;
    const { namespace = "", name = "", annotations } = secret.metadata;
    const account = { namespace, name: metadata.name!, uid: metadata.uid! };
    const data = { ...secret.data };
    const put = (key: string, text: string) => {
      data[key] = encodeBase64(encodeText(text));
    };
    if (!data["token"]) put("token", issue(account, name));
    if (!data["namespace"]) put("namespace", namespace);
    if (rootCa !== undefined) put("ca.crt", rootCa);
    const isFull = annotations?.[ACCOUNT_UID] === account.uid &&
      Object.entries(data).every(([key, value]) =>
        secret.data?.[key] === value
      );
    return isFull ? undefined : {
      ...secret,
      metadata: {
        ...secret.metadata,
        annotations: { ...annotations, [ACCOUNT_UID]: account.uid },
      },
      data,
    };
  }

  async #remove({ metadata }: Secret, signal: AbortSignal): Promise<void> {
    const { name = "", namespace = "", uid } = metadata;
    try {
      await this.#parts.client.delete(SECRETS, { namespace, name }, {
        ...uid === undefined ? {} : { preconditions: { uid } },
        signal,
      });
    } catch (error) {
      if (!isApiError(error, "NotFound") && !isApiError(error, "Conflict")) {
        throw error;
      }
    }
  }
}
