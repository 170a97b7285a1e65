/**
 * PEM, the text form of keys and certificates (RFC 7468).
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "./bytes.ts";

/** One block of a PEM text. */
export interface PemBlock {
  /** For example `CERTIFICATE` or `PRIVATE KEY`. */
  readonly label: string;
  /** What the block holds, DER as a rule. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const BLOCK =
  /-----BEGIN ([A-Z0-9 ]+)-----\s*([A-Za-z0-9+/=\s]*?)\s*-----END \1-----/g;

/** A block as text, with lines of 64 characters. */
export function encodePem(block: {
  readonly label: string;
  readonly bytes: Uint8Array;
}): string {
  const lines = encodeBase64(block.bytes).match(/.{1,64}/g) ?? [];
  return [
    `-----BEGIN ${block.label}-----`,
    ...lines,
    `-----END ${block.label}-----`,
    "",
  ].join("\n");
}

/** All blocks of a text, in order; what stands between them is skipped. @throws {SyntaxError} when a block is not base64 */
export function decodePem(text: string): PemBlock[] {
  return Array.from(
    text.matchAll(BLOCK),
    ([, label = "", body = ""]) => ({ label, bytes: decodeBase64(body) }),
  );
}

/** The first block with this label. @throws {Error} when there is none */
export function decodePemBlock(
  text: string,
  label: string,
): Uint8Array<ArrayBuffer> {
  const block = decodePem(text).find((block) => block.label === label);
  if (block === undefined) {
    throw new Error(`Cannot read PEM: no "${label}" block`);
  }
  return block.bytes;
}
