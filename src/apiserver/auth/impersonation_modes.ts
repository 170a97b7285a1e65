/**
 * The ways in which somebody may be allowed to act as another: by a right to impersonate (`impersonate`), or by two narrower ones, to impersonate such a
 * user (`impersonate:MODE`) and to do this while being one (`impersonate-on:MODE:VERB`).
 *
 * @see {@link https://github.com/kubernetes/enhancements/tree/master/keps/sig-auth/5284-constrained-impersonation}
 * @module
 */
import {
  type AccessRequest,
  type AccessResource,
  type Authorizer,
} from "./authorizer.ts";
import { accessForbidden } from "./forbidden.ts";
import {
  serviceAccountGroups,
  splitServiceAccountUser,
} from "./service_account/names.ts";
import {
  ANONYMOUS,
  AUTHENTICATED_GROUP,
  MASTERS_GROUP,
  NODE_USER_PREFIX,
  NODES_GROUP,
  type User,
} from "./user.ts";

/** Who is wanted, as the headers say. */
export interface WantedUser {
  readonly name: string;
  /** "" when none is said. */
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** One way. */
export interface ImpersonationMode {
  /** Absent for the old way, which knows no limits. */
  readonly name?: string;
  /** Whether it is meant for this user, and for this sender. */
  concerns(wanted: WantedUser, sender: User): boolean;
}

/** In the order in which they are tried. */
export const IMPERSONATION_MODES: readonly ImpersonationMode[] = [
  {
    name: "associated-node",
    concerns: (wanted, sender) =>
      isNameOnly(wanted) && nodeNameOf(wanted.name) !== undefined &&
      splitServiceAccountUser(sender.name) !== undefined &&
      sender.extra?.[NODE_NAME]?.length === 1 &&
      sender.extra[NODE_NAME][0] === nodeNameOf(wanted.name),
  },
  {
    name: "arbitrary-node",
    concerns: (wanted) =>
      isNameOnly(wanted) && nodeNameOf(wanted.name) !== undefined,
  },
  {
    name: "serviceaccount",
    concerns: (wanted) =>
      isNameOnly(wanted) && splitServiceAccountUser(wanted.name) !== undefined,
  },
  {
    name: "user-info",
    concerns: ({ name }) =>
      nodeNameOf(name) === undefined &&
      splitServiceAccountUser(name) === undefined,
  },
  { concerns: () => true },
];

const GROUP = "authentication.k8s.io";
const UNAUTHENTICATED_GROUP = "system:unauthenticated";
/** What a ServiceAccount's token says of its pod's node. */
const NODE_NAME = "authentication.kubernetes.io/node-name";
const DOMAIN =
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** The wanted user. @throws {ApiError} 403 when the sender may not, in this way */
export function impersonateIn(
  mode: ImpersonationMode,
  authorizer: Authorizer,
  { sender, wanted, asked }: {
    readonly sender: User;
    readonly wanted: WantedUser;
    readonly asked: () => AccessRequest;
  },
): User {
  const { name, uid, extra } = wanted;
  const limited = mode.name !== undefined;
  if (limited) {
    const request = asked();
    const verb = `impersonate-on:${mode.name}:${request.verb}`;
    check(authorizer, { ...request, verb });
  }
  const rights = (resource: Partial<AccessResource>): AccessRequest => ({
    user: sender,
    verb: limited ? `impersonate:${mode.name}` : "impersonate",
    path: "",
    fieldSelector: "",
    resource: { ...NOTHING, group: limited ? GROUP : "", ...resource },
  });
  const may = (resource: Partial<AccessResource>) =>
    check(authorizer, rights(resource));
  const implied = mayBe(mode, wanted, may);
  if (uid !== "") may({ group: GROUP, plural: "uids", name: uid });
  if (limited) refuseGroups(wanted, rights);
  for (const name of wanted.groups) may({ plural: "groups", name });
  if (limited) refuseExtra(wanted, rights);
  for (const [subresource, values] of Object.entries(extra)) {
    for (const name of values) {
      may({ group: GROUP, plural: "userextras", subresource, name });
    }
  }
  return {
    name,
    groups: withImpliedGroup(name, implied ?? wanted.groups),
    ...(uid === "" ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

const NOTHING: AccessResource = {
  group: "",
  version: "v1",
  plural: "",
  subresource: "",
  namespace: "",
  name: "",
};

/** Asks for the right to the name. @returns the groups that come with it, if any do */
function mayBe(
  mode: ImpersonationMode,
  { name, groups }: WantedUser,
  may: (resource: Partial<AccessResource>) => void,
): readonly string[] | undefined {
  const node = mode.name === undefined ? undefined : nodeNameOf(name);
  if (node !== undefined) {
    // A sender's own node is one of many: the right is to whichever it is.
    const own = mode.name === "associated-node";
    may({ plural: "nodes", name: own ? "*" : node });
    return [NODES_GROUP];
  }
  const account = splitServiceAccountUser(name);
  if (account === undefined) {
    may({ plural: "users", name });
    return undefined;
  }
  may({ plural: "serviceaccounts", ...account });
  return groups.length === 0
    ? serviceAccountGroups(account.namespace)
    : undefined;
}

type Rights = (resource: Partial<AccessResource>) => AccessRequest;

/** @throws {ApiError} 403 for groups that no limited right gives */
function refuseGroups({ groups }: WantedUser, rights: Rights): void {
  if (groups.includes("")) {
    throw accessForbidden(
      rights({ plural: "groups" }),
      "impersonating the empty string group is not allowed",
    );
  }
  if (groups.includes(MASTERS_GROUP)) {
    throw accessForbidden(
      rights({ plural: "groups", name: MASTERS_GROUP }),
      `impersonating the ${MASTERS_GROUP} group is not allowed`,
    );
  }
}

/** @throws {ApiError} 403 for keys and values that no limited right gives */
function refuseExtra({ extra }: WantedUser, rights: Rights): void {
  const refuse = (why: string) =>
    accessForbidden(rights({ group: GROUP, plural: "userextras" }), why);
  for (const [key, values] of Object.entries(extra)) {
    const [domain = "", ...path] = key.split("/");
    if (key === "") {
      throw refuse(
        "impersonating the empty string key in extra is not allowed",
      );
    }
    if (
      path.length === 0 || !DOMAIN.test(domain) || !PATH.test(path.join("/"))
    ) {
      throw refuse(
        `impersonating an invalid key in extra is not allowed: extra.key: Invalid value: ${
          JSON.stringify(key)
        }: must be a domain-prefixed path (such as "acme.io/foo")`,
      );
    }
    if (values.length === 0 || values.includes("")) {
      throw refuse(
        values.length === 0
          ? "impersonating empty values in extra is not allowed"
          : "impersonating the empty string value in extra is not allowed",
      );
    }
  }
}

/** @throws {ApiError} 403 */
function check(authorizer: Authorizer, request: AccessRequest): void {
  const decision = authorizer.authorize(request);
  if (!decision.allowed) throw accessForbidden(request, decision.reason);
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

function isNameOnly({ uid, groups, extra }: WantedUser): boolean {
  return uid === "" && groups.length === 0 && Object.keys(extra).length === 0;
}

function nodeNameOf(user: string): string | undefined {
  if (!user.startsWith(NODE_USER_PREFIX)) return undefined;
  const name = user.slice(NODE_USER_PREFIX.length);
  return DOMAIN.test(name) && name.length <= 253 ? name : undefined;
}
