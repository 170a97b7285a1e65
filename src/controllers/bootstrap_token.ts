/**
 * {@linkcode BootstrapTokenReconciler}: deletes join tokens that have expired.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Secret } from "../api/core/secret.ts";
import { isApiError } from "../api/status.ts";
import { epochMs } from "../api/time.ts";
import type { Client, Informer } from "../client/client.ts";
import { nameOf } from "../client/paths.ts";
import { SECRETS } from "../client/resources.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";

/** The type of secrets that are join tokens. */
export const BOOTSTRAP_TOKEN_TYPE = "bootstrap.kubernetes.io/token";
/** Where join tokens are. */
export const TOKEN_NAMESPACE = "kube-system";
/** Timers are not set for longer: a clock may be put right in between. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/** What a {@linkcode BootstrapTokenReconciler} works with. */
export interface BootstrapTokenParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** Those of {@linkcode BOOTSTRAP_TOKEN_TYPE} in {@linkcode TOKEN_NAMESPACE}. */
  readonly secrets: Informer<Secret>;
}

/** Waits for the expiry of each token and deletes it then. */
export class BootstrapTokenReconciler implements Reconciler {
  readonly name = "bootstrap-token";
  readonly #host: Host;
  readonly #parts: BootstrapTokenParts;

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: BootstrapTokenParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const secret = this.#parts.secrets.get(key);
    const expiresMs = secret && expiryOf(secret);
    if (secret === undefined || expiresMs === undefined) return;
    const leftMs = expiresMs - this.#host.clock.now();
    if (leftMs > 0) {
      return { requeueAfterMs: Math.min(leftMs, LONGEST_WAIT_MS) };
    }
    const { uid } = secret.metadata;
    try {
      await this.#parts.client.delete(SECRETS, nameOf(key), {
        ...uid === undefined ? {} : { preconditions: { uid } },
        signal,
      });
    } catch (error) {
      // Gone, or another one of the same name, which is looked at by itself.
      if (!isApiError(error, "NotFound") && !isApiError(error, "Conflict")) {
        throw error;
      }
    }
  }
}

/** A token without an expiry stays; one with an expiry that cannot be read has expired, as Kubernetes holds. */
function expiryOf({ data }: Secret): number | undefined {
  const encoded = data?.expiration;
  if (encoded === undefined) return undefined;
  let ms: number;
  try {
    ms = epochMs(new TextDecoder().decode(Uint8Array.fromBase64(encoded)));
  } catch {
    return 0;
  }
  return Number.isNaN(ms) ? 0 : ms;
}
