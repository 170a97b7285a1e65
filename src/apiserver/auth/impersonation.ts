/**
 * Acting as somebody else: `Impersonate-*` headers, for those who are allowed to.
 *
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/}
 * @module
 */
import { ApiError, badRequest } from "../../api/status.ts";
import type { AccessRequest, Authorizer } from "./authorizer.ts";
import {
  impersonateIn,
  IMPERSONATION_MODES,
  type WantedUser,
} from "./impersonation_modes.ts";
import type { User } from "./user.ts";

const PREFIX = "impersonate-";
const EXTRA_PREFIX = "impersonate-extra-";

/** A request that may want to run as somebody else. */
export interface Impersonation {
  readonly sender: User;
  readonly headers: Headers;
  /** What the request wants, as its sender; made only when it is asked. */
  readonly asked: () => AccessRequest;
}

/**
 * The user that a request runs as: the one of its headers when it has some, else the one who sends it. There are several ways to be allowed to, narrow
 * ones first; one is enough, and when there is none the first that could have been tells why not.
 *
 * @throws {ApiError} 400 for headers without a user's name, 403 when the sender may not
 */
export function impersonated(
  authorizer: Authorizer,
  { sender, headers, asked }: Impersonation,
): User {
  const wanted = readHeaders(headers);
  if (wanted === undefined) return sender;
  let first: ApiError | undefined;
  for (const mode of IMPERSONATION_MODES) {
    if (!mode.concerns(wanted, sender)) continue;
    try {
      return impersonateIn(mode, authorizer, { sender, wanted, asked });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      first ??= error;
    }
  }
  throw first!;
}

/** @throws {ApiError} 400 when somebody is described but not named */
function readHeaders(headers: Headers): WantedUser | undefined {
  if (!areMeant(headers)) return undefined;
  const name = headers.get(`${PREFIX}user`) ?? "";
  const uid = headers.get(`${PREFIX}uid`) ?? "";
  // Several headers of one name come joined; group names with a comma and a space cannot be told from two.
  const groups = values(headers.get(`${PREFIX}group`));
  // Without a prototype: a key may be called like something that every object has.
  const extra: Record<string, string[]> = Object.create(null);
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
