/**
 * Deno KV's order of keys, as strings that compare the same way: each part is a type byte and bytes that keep their order.
 *
 * The form follows Deno KV's documentation of key ordering: Uint8Array < string < number < bigint < boolean, and a key before all that it begins.
 *
 * @module
 */
import { encodeText } from "../base/bytes.ts";

const TYPE = { bytes: "\x01", string: "\x02", number: "\x21" } as const;
const FALSE = "\x26";
const TRUE = "\x27";

/** A key as a string of characters 0 to 255; its length is the key's size in bytes. @throws {TypeError} for bigints, which the store does not use */
export function orderedKey(key: Deno.KvKey): string {
  return key.map(orderedPart).join("");
}

function orderedPart(part: Deno.KvKeyPart): string {
  if (typeof part === "string") {
    return TYPE.string + terminated(encodeText(part));
  }
  if (typeof part === "number") return TYPE.number + orderedNumber(part);
  if (typeof part === "boolean") return part ? TRUE : FALSE;
  if (part instanceof Uint8Array) return TYPE.bytes + terminated(part);
  throw new TypeError(`Can not use a ${typeof part} in a key`);
}

/** Bytes with an end that sorts before every byte; a zero byte is escaped. */
function terminated(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    text += byte === 0 ? "\0\xff" : String.fromCharCode(byte);
  }
  return text + "\0";
}

/** IEEE 754 bits, flipped so that they order as the numbers do. */
function orderedNumber(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const negative = bits >> 63n === 1n;
  view.setBigUint64(
    0,
    BigInt.asUintN(64, negative ? ~bits : bits | (1n << 63n)),
  );
  return String.fromCharCode(...new Uint8Array(view.buffer));
}
