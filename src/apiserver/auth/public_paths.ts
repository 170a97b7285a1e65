/**
 * Paths that need no permission.
 *
 * @module
 */
import { ALLOW, type Authorizer, NO_OPINION } from "./authorizer.ts";

/** Readable by everyone, without credentials. */
const ANONYMOUS_PATHS = [
  "/healthz",
  "/livez",
  "/readyz",
  "/version",
  "/wherry/v1/ca.crt",
  // Whoever is to trust our tokens must come by the keys.
  "/.well-known/openid-configuration",
  "/openid/v1/jwks",
];

/** Allows these to everyone. */
export const publicPaths: Authorizer = {
  authorize({ verb, path, resource }) {
    if (resource !== undefined || verb !== "get" && verb !== "head") {
      return NO_OPINION;
    }
    return ANONYMOUS_PATHS.some((open) => isWithin(path, open))
      ? ALLOW
      : NO_OPINION;
  },
};

function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}
