/**
 * What a WebAssembly binary says of itself: module or component, and what it imports and exports.
 *
 * Follows https://webassembly.github.io/spec/core/binary/modules.html and the component model's Binary.md.
 *
 * @module
 */
import { decodeText } from "../../base/bytes.ts";

/** A binary in short. */
export interface WasmFile {
  readonly isComponent: boolean;
  /** Of a module: the modules that it imports from; of a component: interfaces. Each once, in order. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

/** What {@linkcode readWasm} throws: the text says what is wrong with the file. */
export class WasmError extends Error {
  override readonly name = "WasmError";
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const MODULE = { imports: 2, exports: 7 } as const;
const COMPONENT = { imports: 10, exports: 11 } as const;

/** Whether a file begins as binaries do. */
export function isWasm(content: Uint8Array): boolean {
  return MAGIC.every((byte, i) => content[i] === byte);
}

/** Reads a binary. @throws {WasmError} when it is none */
export function readWasm(content: Uint8Array): WasmFile {
  if (!isWasm(content)) throw new WasmError("It is not WebAssembly");
  const [version, , layer] = content.subarray(4, 8);
  if (content.length < 8) throw new WasmError("It is cut short");
  if (layer === 1) return readComponent(content);
  if (layer === 0 && version === 1) return readModule(content);
  throw new WasmError("It is of an unknown WebAssembly version");
}

function readModule(content: Uint8Array): WasmFile {
  const imports: string[] = [];
  const exports: string[] = [];
  for (const { id, reader } of sections(content)) {
    if (id === MODULE.imports) {
      for (let left = reader.number(); left > 0; left--) {
        imports.push(reader.text());
        reader.text();
        skipModuleImport(reader);
      }
    } else if (id === MODULE.exports) {
      for (let left = reader.number(); left > 0; left--) {
        exports.push(reader.text());
        reader.byte();
        reader.number();
      }
    }
  }
  return { isComponent: false, imports: unique(imports), exports };
}

/** A function's type, a table's, a memory's, a global's or a tag's. */
function skipModuleImport(reader: Reader): void {
  const kind = reader.byte();
  if (kind === 0x00) reader.number();
  else if (kind === 0x01) {
    skipValueType(reader);
    skipLimits(reader);
  } else if (kind === 0x02) skipLimits(reader);
  else if (kind === 0x03) {
    skipValueType(reader);
    reader.byte();
  } else if (kind === 0x04) {
    reader.byte();
    reader.number();
  } else throw new WasmError(`It has an import of the unknown kind ${kind}`);
}

function skipValueType(reader: Reader): void {
  const type = reader.byte();
  // (ref null ht), (ref ht)
  if (type === 0x63 || type === 0x64) reader.number();
}

function skipLimits(reader: Reader): void {
  const flags = reader.byte();
  reader.number();
  if (flags & 1) reader.number();
  if (flags & 8) reader.number();
}

function readComponent(content: Uint8Array): WasmFile {
  const imports: string[] = [];
  const exports: string[] = [];
  for (const { id, reader } of sections(content)) {
    if (id === COMPONENT.imports) {
      for (let left = reader.number(); left > 0; left--) {
        imports.push(externName(reader));
        skipExtern(reader);
      }
    } else if (id === COMPONENT.exports) {
      for (let left = reader.number(); left > 0; left--) {
        exports.push(externName(reader));
        reader.byte(); // what sort of thing it is; a core one has a second byte
        reader.number();
        if (reader.byte() === 1) skipExtern(reader);
      }
    }
  }
  return { isComponent: true, imports, exports };
}

function externName(reader: Reader): string {
  const form = reader.byte();
  const name = reader.text();
  if (form === 0x02) reader.text(); // the version's suffix
  return name;
}

function skipExtern(reader: Reader): void {
  const kind = reader.byte();
  if (kind === 0x00) reader.byte(); // a core module's second byte
  if (kind === 0x02 || kind === 0x03) {
    // a value's or a type's bound: equal to one, or new
    if (reader.byte() === 0x01 && kind === 0x03) return;
  }
  reader.number();
}

/** The sections on the top level. */
function* sections(
  content: Uint8Array,
): Generator<{ id: number; reader: Reader }> {
  const reader = new Reader(content, 8);
  while (!reader.atEnd) {
    const id = reader.byte();
    yield { id, reader: new Reader(reader.bytes(reader.number())) };
  }
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** Reads what stands in binaries, one after the other. */
class Reader {
  readonly #content: Uint8Array;
  #at: number;

  constructor(content: Uint8Array, at = 0) {
    this.#content = content;
    this.#at = at;
  }

  get atEnd(): boolean {
    return this.#at >= this.#content.length;
  }

  byte(): number {
    const byte = this.#content[this.#at++];
    if (byte === undefined) throw new WasmError("It is cut short");
    return byte;
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#content.length) throw new WasmError("It is cut short");
    const part = this.#content.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  /** LEB128, unsigned; of a 64-bit one the number may be rounded. */
  number(): number {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new WasmError("It has a number that is too long");
  }

  text(): string {
    return decodeText(this.bytes(this.number()));
  }
}
