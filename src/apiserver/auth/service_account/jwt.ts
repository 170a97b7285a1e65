/**
 * JSON Web Tokens signed with ES256 (RFC 7519, RFC 7518 §3.4).
 *
 * @module
 */
import {
  concat,
  decodeBase64Url,
  decodeText,
  encodeBase64Url,
  encodeText,
} from "../../../base/bytes.ts";
import type { Cryptography } from "../../../base/host.ts";

/** A token that has been taken apart; nothing of it has been checked. */
export interface ParsedJwt {
  /** Which algorithm and key it names. */
  readonly header: Readonly<Record<string, unknown>>;
  /** What it says. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the signature is over. */
  readonly signed: Uint8Array;
  /** 64 bytes, when it is ours. */
  readonly signature: Uint8Array;
}

/** Signs claims. @param key `kid` names it to those who check */
export function signJwt(
  crypto: Cryptography,
  claims: object,
  key: { readonly privatePem: string; readonly kid: string },
): string {
  const head = encodePart({ alg: "ES256", kid: key.kid });
  const signed = `${head}.${encodePart(claims)}`;
  const signature = crypto.sign(key.privatePem, encodeText(signed));
  return `${signed}.${encodeBase64Url(signature)}`;
}

/** Takes a token apart; undefined when it is none. */
export function parseJwt(token: string): ParsedJwt | undefined {
  const [head, body, signature, ...more] = token.split(".");
  if (signature === undefined || more.length > 0) return undefined;
  try {
    const header = decodePart(head!);
    const claims = decodePart(body!);
    if (header === undefined || claims === undefined) return undefined;
    return {
      header,
      claims,
      signed: concat([encodeText(head!), encodeText("."), encodeText(body!)]),
      signature: decodeBase64Url(signature),
    };
  } catch {
    // Not base64url, or not JSON.
    return undefined;
  }
}

function encodePart(value: object): string {
  return encodeBase64Url(encodeText(JSON.stringify(value)));
}

function decodePart(text: string): Record<string, unknown> | undefined {
  const value: unknown = JSON.parse(decodeText(decodeBase64Url(text)));
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}
