/**
 * The token with which a node joins.
 *
 * @module
 */

/** A parsed token: `<id>.<secret>@sha256:<hex>`. */
export interface JoinToken {
  /** Kubernetes' bootstrap token, `<id>.<secret>`. */
  readonly bootstrap: string;
  /** `sha256:<hex>` over the CA's SubjectPublicKeyInfo; what kubeadm calls the discovery token's CA hash. */
  readonly caHash: string;
}

/**
 * Reads a join token.
 *
 * @throws when it is not one
 */
export function parseJoinToken(text: string): JoinToken {
  const found = /^([a-z0-9]{6}\.[a-z0-9]{16})@(sha256:[0-9a-f]{64})$/.exec(
    text.trim(),
  );
  if (found) return { bootstrap: found[1]!, caHash: found[2]! };
  throw new Error(
    'Could not read the join token: it must look like "<id>.<secret>@sha256:<hash>", as `wherry token create` prints it',
  );
}
