/**
 * Messages of D-Bus, as much of them as a listener needs.
 *
 * @module
 * @see {@link https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol-messages}
 */
import { encodeText } from "../../src/base/bytes.ts";

/** What a message is. */
export const DBUS_TYPES = { call: 1, answer: 2, error: 3, signal: 4 } as const;

/** Header fields whose values are texts, by their codes. */
const TEXT_FIELDS = {
  path: 1,
  interface: 2,
  member: 3,
  destination: 6,
  sender: 7,
} as const;
const SIGNATURE_FIELD = 8;

/** Longest message that is read; the bus allows 128 MiB, and nothing that we listen for is long. */
const LIMIT_BYTES = 1024 * 1024;

/** A message. Its body holds texts and truth values only. */
export interface DbusMessage
  extends Partial<Readonly<Record<keyof typeof TEXT_FIELDS, string>>> {
  /** Of {@linkcode DBUS_TYPES}. */
  readonly type: number;
  readonly body: readonly (string | boolean | number)[];
}

/** The bytes of a message, little-endian. Numbers go as 32 bits without sign. */
export function encodeMessage(
  message: DbusMessage,
  serial: number,
): Uint8Array {
  const body = new Writer();
  let signature = "";
  for (const value of message.body) {
    if (typeof value === "string") body.text(value);
    else body.u32(Number(value));
    signature += typeof value === "string"
      ? "s"
      : typeof value === "boolean"
      ? "b"
      : "u";
  }
  const fields = new Writer();
  for (const [name, code] of Object.entries(TEXT_FIELDS)) {
    const value = message[name as keyof typeof TEXT_FIELDS];
    if (value === undefined) continue;
    fields.align(8);
    fields.byte(code);
    fields.signature(name === "path" ? "o" : "s");
    fields.text(value);
  }
  if (signature) {
    fields.align(8);
    fields.byte(SIGNATURE_FIELD);
    fields.signature("g");
    fields.signature(signature);
  }
  const whole = new Writer();
  for (const byte of ["l".charCodeAt(0), message.type, 0, 1]) whole.byte(byte);
  whole.u32(body.bytes.length);
  whole.u32(serial);
  whole.u32(fields.bytes.length);
  whole.add(fields.bytes);
  whole.align(8);
  whole.add(body.bytes);
  return Uint8Array.from(whole.bytes);
}

/**
 * How long the first message in the bytes is; undefined while that cannot be told.
 *
 * @throws {Error} when it is longer than any that we want
 */
export function messageLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < 16) return undefined;
  const view = viewOf(bytes);
  const little = bytes[0] === "l".charCodeAt(0);
  const fields = 16 + view.getUint32(12, little);
  const length = fields + (8 - fields % 8) % 8 + view.getUint32(4, little);
  if (length > LIMIT_BYTES) {
    throw new Error(`A message of the bus is too long: ${length} bytes`);
  }
  return length;
}

/** Reads a whole message. Of bodies whose types are others it reads nothing. */
export function decodeMessage(bytes: Uint8Array): DbusMessage {
  const reader = new Reader(bytes);
  reader.at = 12;
  const fieldsEnd = 16 + reader.u32();
  const texts: Record<string, string> = {};
  let signature = "";
  while (reader.at < fieldsEnd) {
    reader.align(8);
    if (reader.at >= fieldsEnd) break;
    const code = reader.byte();
    const type = reader.signature();
    const value = type === "g"
      ? reader.signature()
      : type === "u"
      ? String(reader.u32())
      : reader.text();
    if (code === SIGNATURE_FIELD) signature = value;
    const [name] = Object.entries(TEXT_FIELDS).find(([, one]) =>
      one === code
    ) ?? [];
    if (name) texts[name] = value;
  }
  reader.at = fieldsEnd;
  reader.align(8);
  const body: (string | boolean | number)[] = [];
  for (const type of /^[sbu]*$/.test(signature) ? signature : "") {
    if (type === "s") body.push(reader.text());
    else body.push(type === "b" ? reader.u32() === 1 : reader.u32());
  }
  return { type: bytes[1]!, body, ...texts };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

class Writer {
  readonly bytes: number[] = [];

  byte(value: number): void {
    this.bytes.push(value);
  }

  add(bytes: Iterable<number>): void {
    for (const byte of bytes) this.bytes.push(byte);
  }

  align(to: number): void {
    while (this.bytes.length % to !== 0) this.bytes.push(0);
  }

  u32(value: number): void {
    this.align(4);
    for (let shift = 0; shift < 32; shift += 8) {
      this.bytes.push((value >>> shift) & 0xff);
    }
  }

  text(value: string): void {
    const bytes = encodeText(value);
    this.u32(bytes.length);
    this.add(bytes);
    this.byte(0);
  }

  signature(value: string): void {
    this.byte(value.length);
    this.add(encodeText(value));
    this.byte(0);
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#little = bytes[0] === "l".charCodeAt(0);
  }

  align(to: number): void {
    this.at += (to - this.at % to) % to;
  }

  byte(): number {
    return this.#bytes[this.at++]!;
  }

  u32(): number {
    this.align(4);
    this.at += 4;
    return this.#view.getUint32(this.at - 4, this.#little);
  }

  text(): string {
    return this.#take(this.u32());
  }

  signature(): string {
    return this.#take(this.byte());
  }

  /** The text and the zero after it. */
  #take(length: number): string {
    const start = this.at;
    this.at += length + 1;
    return new TextDecoder().decode(
      this.#bytes.subarray(start, start + length),
    );
  }
}
