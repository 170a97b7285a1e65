/**
 * Tokens that the server is told when it starts.
 *
 * @module
 */
import type { Cryptography } from "../../base/host.ts";
import type { TokenAuthenticator } from "./authenticator.ts";
import { AUTHENTICATED_GROUP, type User } from "./user.ts";

/** One token and whose it is. */
export interface StaticToken {
  /** As clients send it. */
  readonly token: string;
  /** The user's name. */
  readonly user: string;
  /** The user's UID. */
  readonly uid: string;
  /** The user's groups, beside that of all who are known. */
  readonly groups: readonly string[];
}

/** Looked up by their SHA-256, so that the time of a look-up tells nothing about a token. */
export class StaticTokens implements TokenAuthenticator {
  readonly #users = new Map<string, User>();
  readonly #crypto: Cryptography;

  constructor(crypto: Cryptography, tokens: readonly StaticToken[]) {
    this.#crypto = crypto;
    for (const { token, user, uid, groups } of tokens) {
      this.#users.set(this.#digest(token), {
        name: user,
        uid,
        groups: [...groups, AUTHENTICATED_GROUP],
      });
    }
  }

  authenticate(token: string): User | undefined {
    return this.#users.get(this.#digest(token));
  }

  #digest(token: string): string {
    return String.fromCharCode(...this.#crypto.sha256(token));
  }
}

/** Reads Kubernetes' token file: `token,user,uid,"group1,group2"` a line. @throws {Error} for a line of another form */
export function parseTokenFile(text: string): StaticToken[] {
  const tokens: StaticToken[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const match = /^([^,"]+),([^,"]+),([^,"]+)(?:,(?:"([^"]*)"|([^,"]+)))?$/
      .exec(line.trim());
    if (match === null) {
      throw new Error(`Cannot read the token file: bad line "${line[0]}…"`);
    }
    const [, token, user, uid, quoted, plain] = match;
    const groups = (quoted ?? plain ?? "").split(",").map((group) =>
      group.trim()
    ).filter((group) => group !== "");
    tokens.push({ token: token!, user: user!, uid: uid!, groups });
  }
  return tokens;
}
