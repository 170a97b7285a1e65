/**
 * The group `system:masters` may do everything.
 *
 * @module
 */
import { ALLOW, type Authorizer, NO_OPINION } from "./authorizer.ts";
import { MASTERS_GROUP } from "./user.ts";

/** Allows `system:masters` everything and has no opinion of others. */
export const mastersAuthorizer: Authorizer = {
  authorize: ({ user }) =>
    user.groups.includes(MASTERS_GROUP) ? ALLOW : NO_OPINION,
};
