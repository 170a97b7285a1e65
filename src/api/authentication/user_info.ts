import {
  type Field,
  list,
  map,
  object,
  optional,
  str,
} from "../schema/words.ts";

/** Who somebody is. */
export interface UserInfo {
  /** The name. */
  username?: string;
  /** What tells this user from others who had the same name. */
  uid?: string;
  /** Groups of the user. */
  groups?: string[];
  /** What else the authenticator knows. */
  extra?: Record<string, string[]>;
}

/** Schema of {@linkcode UserInfo}. */
export const userInfo: Field<UserInfo> = object<UserInfo>(
  "io.k8s.api.authentication.v1.UserInfo",
  () => ({
    username: optional(str),
    uid: optional(str),
    groups: optional(list(str, { type: "atomic" })),
    extra: optional(map(list(str))),
  }),
);
