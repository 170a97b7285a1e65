/**
 * Who sends a request: bearer tokens.
 *
 * @module
 */
import type { Cryptography } from "../../base/host.ts";
import { unauthorized } from "../../api/status.ts";
import { ANONYMOUS, AUTHENTICATED_GROUP, type User } from "./user.ts";

/** Recognises one sort of token. */
export interface TokenAuthenticator {
  /** The user of a token; undefined when it is none of this sort. */
  authenticate(token: string): User | undefined;
}

/** Finds the identity behind a request's credentials. */
export class Authenticator {
  readonly #tokens: readonly TokenAuthenticator[];

  constructor(tokens: readonly TokenAuthenticator[]) {
    this.#tokens = tokens;
  }

  /** The user of a request; anonymous when it shows no credentials. @throws {ApiError} 401 when they are wrong */
  authenticate(request: Request): User {
    const header = request.headers.get("authorization");
    if (header === null) return ANONYMOUS;
    const space = header.indexOf(" ");
    if (header.slice(0, space).toLowerCase() !== "bearer") return ANONYMOUS;
    const token = header.slice(space + 1).trim();
    if (token === "") return ANONYMOUS;
    const user = this.userOfToken(token);
    if (user === undefined) throw unauthorized();
    return user;
  }

  /** The user of a bare token. */
  userOfToken(token: string): User | undefined {
    for (const authenticator of this.#tokens) {
      const user = authenticator.authenticate(token);
      if (user !== undefined) return user;
    }
    return undefined;
  }
}

/** A token that is told to the server when it starts. */
export interface StaticToken {
  readonly token: string;
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
}

/**
 * Tokens from a file in Kubernetes' form. They are looked up by their SHA-256, so that the time of a look-up tells nothing about a token.
 */
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

/** Reads Kubernetes' token file: `token,user,uid,"group1,group2"` a line. */
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
