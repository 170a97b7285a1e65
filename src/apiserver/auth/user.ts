/**
 * Who asks.
 *
 * @module
 */

/** The identity that a request runs as, as Kubernetes' `user.Info`. */
export interface User {
  /** What the user is called. */
  readonly name: string;
  /** All groups, implied ones as well. */
  readonly groups: readonly string[];
  /** Tells the user from others of the name. */
  readonly uid?: string;
  /** What else is known of the user. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Every authenticated user is of this group. */
export const AUTHENTICATED_GROUP = "system:authenticated";

/** The group that may do everything. */
export const MASTERS_GROUP = "system:masters";

/** The group of all nodes. */
export const NODES_GROUP = "system:nodes";

/** Node `n` is the user `system:node:n`. */
export const NODE_USER_PREFIX = "system:node:";

/** Who has shown no credentials; may read health and version only. */
export const ANONYMOUS: User = {
  name: "system:anonymous",
  groups: ["system:unauthenticated"],
};

/** The user of a node's agent. */
export function nodeUser(node: string): User {
  return {
    name: NODE_USER_PREFIX + node,
    groups: [NODES_GROUP, AUTHENTICATED_GROUP],
  };
}

/** The user of a part of this server: `kube-scheduler` is `system:kube-scheduler`. */
export function componentUser(component: string): User {
  return {
    name: `system:${component}`,
    groups: [MASTERS_GROUP, AUTHENTICATED_GROUP],
  };
}

/** The name of the node that this user is; absent for everyone else. */
export function nodeOf(user: User): string | undefined {
  if (!user.groups.includes(NODES_GROUP)) return undefined;
  if (!user.name.startsWith(NODE_USER_PREFIX)) return undefined;
  return user.name.slice(NODE_USER_PREFIX.length);
}
