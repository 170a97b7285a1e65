/**
 * Writes DER, the byte form of X.509's data (ITU-T X.690). Only what {@linkcode ./certificates.ts} needs.
 *
 * @module
 */
import { concat, encodeText } from "./bytes.ts";

/** DER of one value. */
export type Der = Uint8Array<ArrayBuffer>;

/** A value with any tag. */
export function tagged(tag: number, content: Uint8Array): Der {
  return concat([new Uint8Array([tag, ...lengthOf(content)]), content]);
}

/** SEQUENCE. */
export function sequence(...items: Uint8Array[]): Der {
  return tagged(0x30, concat(items));
}

/** SET. The caller gives the items in DER's order. */
export function set(...items: Uint8Array[]): Der {
  return tagged(0x31, concat(items));
}

/** INTEGER that is not negative, from its big-endian bytes. */
export function unsignedInteger(bytes: Uint8Array): Der {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  // a set top bit would make it negative
  const pad = (digits[0] ?? 0) >= 0x80 || digits.length === 0 ? [0] : [];
  return tagged(0x02, concat([new Uint8Array(pad), digits]));
}

/** BOOLEAN true; false is a default everywhere, and DER leaves defaults out. */
export const TRUE: Der = new Uint8Array([0x01, 0x01, 0xff]);

/** OBJECT IDENTIFIER from its dotted form. */
export function objectId(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tagged(
    0x06,
    new Uint8Array([first * 40 + second, ...rest.flatMap(base128)]),
  );
}

/** BIT STRING of whole bytes, or with `unusedBits` left out at the end. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Der {
  return tagged(0x03, concat([new Uint8Array([unusedBits]), bytes]));
}

/** OCTET STRING. */
export function octetString(bytes: Uint8Array): Der {
  return tagged(0x04, bytes);
}

/** UTF8String. */
export function utf8String(text: string): Der {
  return tagged(0x0c, encodeText(text));
}

/** A point in time, from `YYYYMMDDHHMMSSZ`: UTCTime through 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
export function time(text: string): Der {
  return text < "2050"
    ? tagged(0x17, encodeText(text.slice(2)))
    : tagged(0x18, encodeText(text));
}

function lengthOf(content: Uint8Array): number[] {
  const length = content.length;
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return [0x80 | bytes.length, ...bytes];
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0;) {
    bytes.unshift(0x80 | (rest % 128));
    rest = Math.floor(rest / 128);
  }
  return bytes;
}
