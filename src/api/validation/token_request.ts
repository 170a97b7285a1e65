/**
 * The rules of token requests. They follow `pkg/apis/authentication/validation` of Kubernetes.
 *
 * @module
 */
import type { TokenRequest } from "../authentication/token_request.ts";
import { invalidValue } from "../field_error.ts";
import type { FieldError } from "../kind.ts";

/** How long a token lives when the request does not say. */
export const DEFAULT_TOKEN_LIFE_SECONDS = 3600;

const MIN_LIFE_SECONDS = 600;
const MAX_LIFE_SECONDS = 2 ** 32;

/** Fills in the life of a token. */
export function defaultTokenRequest({ spec }: TokenRequest): void {
  spec.expirationSeconds ??= DEFAULT_TOKEN_LIFE_SECONDS;
}

/** The rules of a TokenRequest. */
export function validateTokenRequest({ spec }: TokenRequest): FieldError[] {
  const { expirationSeconds = 0 } = spec;
  const wrong = (why: string) => [
    invalidValue("spec.expirationSeconds", expirationSeconds, why),
  ];
  if (expirationSeconds < MIN_LIFE_SECONDS) {
    return wrong("may not specify a duration less than 10 minutes");
  }
  return expirationSeconds > MAX_LIFE_SECONDS
    ? wrong("may not specify a duration larger than 2^32 seconds")
    : [];
}
