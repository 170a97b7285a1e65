/**
 * Who sends a request: client certificates and bearer tokens.
 *
 * @module
 */
import { decodeBase64, decodeText } from "../../base/bytes.ts";
import type { ConnectionInfo } from "../../base/host.ts";
import { unauthorized } from "../../api/status.ts";
import type { ClientCertificates } from "./client_certificates.ts";
import { TokenRefused } from "./service_account/bound_objects.ts";
import {
  ISSUER,
  type KnownToken,
  type ServiceAccountTokens,
} from "./service_account/service_account_tokens.ts";
import { ANONYMOUS, type User } from "./user.ts";

/** Recognises one sort of token, whoever it is shown to. */
export interface TokenAuthenticator {
  /** The user of a token; undefined when it is none of this sort. */
  authenticate(token: string): User | undefined;
}

/** Where identities come from. */
export interface AuthenticatorParts {
  /** Tokens of ServiceAccounts. */
  readonly accounts: ServiceAccountTokens;
  /** Tokens without an audience of their own. */
  readonly tokens: readonly TokenAuthenticator[];
  /** What the TLS handshake showed. */
  readonly certificates: ClientCertificates;
}

/** Whom tokens must be for to be used here. */
export const API_AUDIENCES: readonly string[] = [ISSUER];

/** WebSocket clients that cannot send headers send their token as a subprotocol. */
const TOKEN_PROTOCOL = "base64url.bearer.authorization.k8s.io.";

/** Finds the identity behind a request's credentials. */
export class Authenticator {
  readonly #parts: AuthenticatorParts;

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts;
  }

  /**
   * The user of a request; anonymous when it shows no credentials.
   *
   * @param options.basic whether the token may be the password of HTTP's Basic scheme, with any user's name; @default false
   * @throws {ApiError} 401 when they are wrong
   */
  authenticate(
    request: Request,
    connection?: ConnectionInfo,
    options: { readonly basic?: boolean } = {},
  ): User {
    const certificate = connection?.clientCertificate;
    if (certificate !== undefined) {
      const user = this.#parts.certificates.userOf(certificate);
      if (user !== undefined) return user;
    }
    const token = bearerToken(request.headers) ?? protocolToken(request) ??
      (options.basic ? basicPassword(request.headers) : undefined);
    if (token === undefined) return ANONYMOUS;
    try {
      return this.review(token, API_AUDIENCES).user;
    } catch (error) {
      if (error instanceof TokenRefused) throw unauthorized();
      throw error;
    }
  }

  /** The user of a bare token that is shown to one of the audiences. @throws {TokenRefused} in Kubernetes' words */
  review(token: string, audiences: readonly string[]): KnownToken {
    const { accounts, tokens } = this.#parts;
    const known = accounts.authenticate(token, audiences);
    if (known !== undefined) return known;
    const common = API_AUDIENCES.filter((own) => audiences.includes(own));
    if (common.length > 0) {
      for (const source of tokens) {
        const user = source.authenticate(token);
        if (user !== undefined) return { user, audiences: common };
      }
    }
    throw new TokenRefused("invalid bearer token");
  }
}

/** The token of an `Authorization` header. As in Kubernetes, a header of another form counts as none. */
function bearerToken(headers: Headers): string | undefined {
  return credentials(headers, "bearer");
}

/** The password of an `Authorization` header (RFC 7617). @throws {ApiError} 401 when there is none */
function basicPassword(headers: Headers): string | undefined {
  const encoded = credentials(headers, "basic");
  if (encoded === undefined) return undefined;
  let text: string;
  try {
    text = decodeText(decodeBase64(encoded));
  } catch {
    throw unauthorized();
  }
  const colon = text.indexOf(":");
  if (colon < 0) throw unauthorized();
  return text.slice(colon + 1);
}

function credentials(headers: Headers, scheme: string): string | undefined {
  const header = headers.get("authorization")?.trim();
  if (header === undefined) return undefined;
  const space = header.indexOf(" ");
  if (header.slice(0, space).toLowerCase() !== scheme) return undefined;
  const told = header.slice(space + 1).trim();
  return told === "" ? undefined : told;
}

function protocolToken(request: Request): string | undefined {
  const protocols = request.headers.get("sec-websocket-protocol");
  if (protocols === null || !protocols.includes(TOKEN_PROTOCOL)) {
    return undefined;
  }
  for (const protocol of protocols.split(",").map((part) => part.trim())) {
    if (!protocol.startsWith(TOKEN_PROTOCOL)) continue;
    try {
      const base64 = protocol.slice(TOKEN_PROTOCOL.length)
        .replaceAll("-", "+").replaceAll("_", "/");
      return atob(base64);
    } catch {
      throw unauthorized();
    }
  }
  return undefined;
}
