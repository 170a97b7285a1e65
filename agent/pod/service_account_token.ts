/**
 * Tokens for pods' ServiceAccounts.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { Client } from "../../src/client/client.ts";
import { responseError } from "../../src/client/response_error.ts";

/**
 * Asks the API for a token that is bound to the pod.
 *
 * @throws {ApiError} when the API does not give one
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/}
 */
export async function requestToken(
  client: Client,
  pod: Pod,
  wish: {
    readonly audience?: string;
    readonly expirationSeconds: number;
    /** Gives up waiting. */
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const { namespace, name, uid } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? "default";
  const response = await client.raw(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    {
      method: "POST",
      signal: wish.signal,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {
          audiences: wish.audience ? [wish.audience] : [],
          expirationSeconds: wish.expirationSeconds,
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
        },
      }),
    },
  );
  if (!response.ok) throw await responseError(response);
  const { status } = await response.json() as { status: { token: string } };
  return status.token;
}
