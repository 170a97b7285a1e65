/**
 * Paths that need no permission.
 *
 * @module
 */
import { ALLOW, type Authorizer, NO_OPINION } from "./authorizer.ts";
import { AUTHENTICATED_GROUP } from "./user.ts";

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

/** Readable by everyone who is known, as `system:discovery` gives it. */
const DISCOVERY_PATHS = ["/api", "/apis", "/openapi"];

/** Allows health and version to everyone, discovery to every known user. */
export const publicPaths: Authorizer = {
  authorize({ user, verb, path, resource }) {
    if (resource !== undefined || verb !== "get" && verb !== "head") {
      return NO_OPINION;
    }
    if (ANONYMOUS_PATHS.some((open) => isWithin(path, open))) return ALLOW;
    return user.groups.includes(AUTHENTICATED_GROUP) &&
        DISCOVERY_PATHS.some((open) => isWithin(path, open))
      ? ALLOW
      : NO_OPINION;
  },
};

function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}
