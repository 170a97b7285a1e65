/**
 * Acting as somebody else: `Impersonate-*` headers, for those who are allowed to.
 *
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/}
 * @module
 */
import { badRequest } from "../../api/status.ts";
import { type AccessResource, type Authorizer } from "./authorizer.ts";
import { accessForbidden } from "./forbidden.ts";
import {
  serviceAccountGroups,
  splitServiceAccountUser,
} from "./service_account/names.ts";
import { ANONYMOUS, AUTHENTICATED_GROUP, type User } from "./user.ts";

const PREFIX = "impersonate-";
const EXTRA_PREFIX = "impersonate-extra-";
const UNAUTHENTICATED_GROUP = "system:unauthenticated";

/** Who is wanted, as the headers say. */
interface Wanted {
  name: string;
  uid: string;
  groups: string[];
  extra: Record<string, string[]>;
}

/**
 * The user that a request runs as: the one of its headers when it has some, else the one who sends it.
 *
 * @throws {ApiError} 400 for headers without a user's name, 403 when the sender may not
 */
export function impersonated(
  authorizer: Authorizer,
  sender: User,
  headers: Headers,
): User {
  const wanted = readHeaders(headers);
  if (wanted === undefined) return sender;
  const check = (resource: Partial<AccessResource>) => {
    const request = {
      user: sender,
      verb: "impersonate",
      path: "",
      fieldSelector: "",
      resource: {
        group: "",
        version: "v1",
        plural: "",
        subresource: "",
        namespace: "",
        name: "",
        ...resource,
      },
    };
    const decision = authorizer.authorize(request);
    if (!decision.allowed) throw accessForbidden(request, decision.reason);
  };
  const { name, uid, extra } = wanted;
  let { groups } = wanted;
  const account = splitServiceAccountUser(name);
  if (account === undefined) check({ plural: "users", name });
  else {
    check({ plural: "serviceaccounts", ...account });
    if (groups.length === 0) groups = serviceAccountGroups(account.namespace);
  }
  const group = "authentication.k8s.io";
  if (uid !== "") check({ group, plural: "uids", name: uid });
  for (const name of wanted.groups) check({ plural: "groups", name });
  for (const [subresource, values] of Object.entries(extra)) {
    for (const name of values) {
      check({ group, plural: "userextras", subresource, name });
    }
  }
  return {
    name,
    groups: withImpliedGroup(name, groups),
    ...(uid === "" ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** Everybody but the anonymous is authenticated, unless the sender says that the user is not. */
function withImpliedGroup(name: string, groups: readonly string[]): string[] {
  const implied = name === ANONYMOUS.name
    ? UNAUTHENTICATED_GROUP
    : AUTHENTICATED_GROUP;
  const said = groups.includes(implied) ||
    groups.includes(UNAUTHENTICATED_GROUP);
  return said ? [...groups] : [...groups, implied];
}

/** @throws {ApiError} 400 when somebody is described but not named */
function readHeaders(headers: Headers): Wanted | undefined {
  if (!areMeant(headers)) return undefined;
  const name = headers.get(`${PREFIX}user`) ?? "";
  const uid = headers.get(`${PREFIX}uid`) ?? "";
  // Several headers of one name come joined; group names with a comma and a space cannot be told from two.
  const groups = values(headers.get(`${PREFIX}group`));
  const extra: Record<string, string[]> = {};
  for (const [header, value] of headers) {
    if (!header.startsWith(EXTRA_PREFIX)) continue;
    const key = unescapeKey(header.slice(EXTRA_PREFIX.length));
    (extra[key] ??= []).push(...values(value));
  }
  if (name !== "") return { name, uid, groups, extra };
  if (uid === "" && groups.length === 0 && Object.keys(extra).length === 0) {
    return undefined;
  }
  const list = Object.entries(extra).map(([key, value]) =>
    `${JSON.stringify(key)}:[]string{${
      value.map((v) => JSON.stringify(v)).join(", ")
    }}`
  );
  const groupText = groups.length === 0
    ? "[]string(nil)"
    : `[]string{${groups.map((v) => JSON.stringify(v)).join(", ")}}`;
  const extraText = list.length === 0
    ? "map[string][]string(nil)"
    : `map[string][]string{${list.join(", ")}}`;
  throw badRequest(
    `requested &user.DefaultInfo{Name:"", UID:${
      JSON.stringify(uid)
    }, Groups:${groupText}, Extra:${extraText}} without impersonating a user name`,
  );
}

/** Most requests impersonate nobody, and pay for a walk over the names of a dozen headers. */
function areMeant(headers: Headers): boolean {
  for (const name of headers.keys()) {
    if (name.startsWith(PREFIX)) return true;
  }
  return false;
}

function values(header: string | null): string[] {
  return header === null || header === "" ? [] : header.split(", ");
}

/** Keys are percent-encoded where header names have no letter for them. */
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
