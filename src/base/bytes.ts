/**
 * Bytes: joining them, and their text forms.
 *
 * @module
 */

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** Joins byte strings into one new one. */
export function concat(
  parts: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** UTF-8 bytes of a text. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(text);
}

/** Text of UTF-8 bytes; a byte that is not UTF-8 becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

/** Lower-case hexadecimal. */
export function encodeHex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** Bytes of hexadecimal text. @throws {SyntaxError} when it is not hexadecimal */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(text);
}

/** Base64 with padding (RFC 4648 §4), as Secrets carry it. */
export function encodeBase64(bytes: Uint8Array): string {
  return bytes.toBase64();
}

/** Bytes of base64 text (RFC 4648 §4; white space is skipped). @throws {SyntaxError} when it is not base64 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text);
}

/** Base64 in the URL alphabet without padding (RFC 4648 §5), as JWTs carry it. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Bytes of base64url text, with or without padding. @throws {SyntaxError} when it is not base64url */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}
