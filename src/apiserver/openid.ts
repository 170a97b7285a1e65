/**
 * How others check ServiceAccounts' tokens: the issuer's discovery document and its keys.
 *
 * @see {@link https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery}
 * @module
 */
import { ISSUER } from "./auth/service_account/service_account_tokens.ts";
import type { ApiServer } from "./call.ts";

/** How long others may keep the answers, in seconds. */
const KEEP_SECONDS = 3600;

/** `/.well-known/openid-configuration`. */
export function answerIssuer(api: ApiServer): Response {
  return answer("application/json", {
    issuer: ISSUER,
    jwks_uri: api.jwksUri,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  });
}

/** `/openid/v1/jwks`. */
export function answerKeys(api: ApiServer): Response {
  return answer("application/jwk-set+json", {
    keys: api.accountTokens.publicKeys(),
  });
}

function answer(contentType: string, value: unknown): Response {
  return new Response(JSON.stringify(value), {
    headers: {
      "content-type": contentType,
      "cache-control": `public, max-age=${KEEP_SECONDS}`,
    },
  });
}
