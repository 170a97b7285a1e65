/**
 * How ServiceAccounts are called as users.
 *
 * @module
 */
import { AUTHENTICATED_GROUP } from "../user.ts";

const USER_PREFIX = "system:serviceaccount:";
/** The group of all ServiceAccounts. */
const ALL_ACCOUNTS_GROUP = "system:serviceaccounts";
/** What names of namespaces and accounts look like. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const ACCOUNT =
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The user of a ServiceAccount. */
export function serviceAccountUser(namespace: string, name: string): string {
  return `${USER_PREFIX}${namespace}:${name}`;
}

/** The groups of a ServiceAccount of a namespace, without that of all authenticated users. */
export function serviceAccountGroups(namespace: string): string[] {
  return [ALL_ACCOUNTS_GROUP, `${ALL_ACCOUNTS_GROUP}:${namespace}`];
}

/** The groups of a ServiceAccount that has shown a token. */
export function authenticatedAccountGroups(namespace: string): string[] {
  return [...serviceAccountGroups(namespace), AUTHENTICATED_GROUP];
}

/** Namespace and name behind a user's name; undefined when it is no ServiceAccount's. */
export function splitServiceAccountUser(
  user: string,
): { readonly namespace: string; readonly name: string } | undefined {
  if (!user.startsWith(USER_PREFIX)) return undefined;
  const [namespace = "", name = "", ...more] = user.slice(USER_PREFIX.length)
    .split(":");
  const valid = more.length === 0 && NAMESPACE.test(namespace) &&
    name.length <= 253 && ACCOUNT.test(name);
  return valid ? { namespace, name } : undefined;
}
