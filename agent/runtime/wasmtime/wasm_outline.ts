/**
 * What a WebAssembly file asks for and offers: the names of its imports and exports. Nothing else of it is read, so that the largest file costs no memory.
 *
 * Follows https://webassembly.github.io/spec/core/binary/modules.html and the component model's Binary.md and Explainer.md.
 *
 * @module
 */
import { ByteReader } from "./byte_reader.ts";
import { seemsText, textOutline } from "./wasm_text.ts";

/** Names of a file's imports and exports. */
export interface WasmOutline {
  readonly isComponent: boolean;
  /** Of a module `<module>.<name>`, of a component an interface: `wasi:cli/run@0.2.0`. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

/** A file, or why it is none that runs. */
export type OutlineResult = WasmOutline | { readonly problem: string };

/** A file that is read in parts. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** At most `length` bytes from `offset`. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const MODULE_VERSION = [0x01, 0x00, 0x00, 0x00];
const COMPONENT_LAYER = [0x01, 0x00];

const MODULE_IMPORTS = 2;
const MODULE_EXPORTS = 7;
const COMPONENT_IMPORTS = 10;
const COMPONENT_EXPORTS = 11;

/** Names longer than this in all are nobody's; all of them are in memory. */
const MAX_NAMES_BYTES = 4 * 1024 * 1024;

/** Components have hundreds. Each costs a read: a file of nothing but empty ones would keep the agent busy for hours. */
const MAX_SECTIONS = 20_000;

/** The largest text that is looked at. */
const MAX_TEXT_BYTES = 32 * 1024 * 1024;

/** How much of a longer one is looked at. */
const BEGINNING_BYTES = 64 * 1024;

/** Reads the names of a binary (`.wasm`) or text (`.wat`) file. What is between them is the engine's to check, when it compiles. */
export async function readOutline(source: ByteSource): Promise<OutlineResult> {
  const head = await source.read(0, 8);
  if (!begins(head, MAGIC)) return await readText(source);
  if (head.length < 8) return { problem: "it is cut short" };
  if (begins(head.subarray(4), MODULE_VERSION)) {
    return await readSections(source, {
      isComponent: false,
      imports: MODULE_IMPORTS,
      exports: MODULE_EXPORTS,
    });
  }
  if (begins(head.subarray(6), COMPONENT_LAYER)) {
    return await readSections(source, {
      isComponent: true,
      imports: COMPONENT_IMPORTS,
      exports: COMPONENT_EXPORTS,
    });
  }
  return { problem: "it is of an unknown WebAssembly version" };
}

async function readSections(
  source: ByteSource,
  want: { isComponent: boolean; imports: number; exports: number },
): Promise<OutlineResult> {
  const { isComponent } = want;
  const imports: string[] = [];
  const exports: string[] = [];
  let namesBytes = 0;
  for (let at = 8, sections = 0; at < source.sizeBytes; sections++) {
    if (sections === MAX_SECTIONS) {
      return { problem: "it has too many sections" };
    }
    const header = new ByteReader(await source.read(at, 6));
    const id = header.byte();
    const size = header.number();
    if (header.isBroken) return { problem: "it is cut short" };
    const start = at + header.at;
    at = start + size;
    if (at > source.sizeBytes) return { problem: "it is cut short" };
    if (id !== want.imports && id !== want.exports) continue;
    namesBytes += size;
    if (namesBytes > MAX_NAMES_BYTES) {
      return { problem: "its list of imports or exports is too long" };
    }
    const section = new ByteReader(await source.read(start, size));
    if (id === want.imports) {
      const read = isComponent ? componentImports : moduleImports;
      for (const name of read(section)) imports.push(name);
    } else {
      const read = isComponent ? componentExports : moduleExports;
      for (const name of read(section)) exports.push(name);
    }
  }
  return { isComponent, imports, exports };
}

async function readText(source: ByteSource): Promise<OutlineResult> {
  if (source.sizeBytes > MAX_TEXT_BYTES) {
    return await readTooLong(source);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(
      await source.read(0, source.sizeBytes),
    );
  } catch {
    return { problem: "it is neither binary nor text WebAssembly" };
  }
  return textOutline(text) ?? { problem: "it is not WebAssembly" };
}

/** A text of which only the beginning is looked at: enough to tell what somebody has to do about it. */
async function readTooLong(source: ByteSource): Promise<OutlineResult> {
  const bytes = await source.read(0, BEGINNING_BYTES);
  // A character that is cut in two is left out.
  const text = new TextDecoder().decode(bytes, { stream: true });
  return {
    problem: seemsText(text)
      ? `it is a WebAssembly text of more than ${
        MAX_TEXT_BYTES / 1024 / 1024
      } MiB: make a binary of it (wasm-tools parse, wat2wasm)`
      : "it is not WebAssembly",
  };
}

/** What cannot be made out (a proposal of later years) ends the list: the engine knows it, or refuses it when it compiles. */
function moduleImports(reader: ByteReader): string[] {
  const names: string[] = [];
  for (let left = reader.number(); left > 0; left--) {
    const name = `${reader.name()}.${reader.name()}`;
    if (reader.isBroken) break;
    names.push(name);
    const kind = reader.byte();
    if (kind === 0) reader.number();
    else if (kind === 1) {
      reader.valueType();
      reader.limits();
    } else if (kind === 2) reader.limits();
    else if (kind === 3) {
      reader.valueType();
      reader.byte();
    } else if (kind === 4) {
      reader.byte();
      reader.number();
    } else break;
  }
  return names;
}

function moduleExports(reader: ByteReader): string[] {
  const names: string[] = [];
  for (let left = reader.number(); left > 0; left--) {
    const name = reader.name();
    reader.byte();
    reader.number();
    if (reader.isBroken) break;
    names.push(name);
  }
  return names;
}

function componentImports(reader: ByteReader): string[] {
  const names: string[] = [];
  for (let left = reader.number(); left > 0; left--) {
    const name = externalName(reader);
    if (reader.isBroken) break;
    names.push(name);
    externalType(reader);
  }
  return names;
}

function componentExports(reader: ByteReader): string[] {
  const names: string[] = [];
  for (let left = reader.number(); left > 0; left--) {
    const name = externalName(reader);
    if (reader.isBroken) break;
    names.push(name);
    if (reader.byte() === 0) reader.byte(); // a core sort has a second byte
    reader.number();
    if (reader.byte() === 1) externalType(reader);
  }
  return names;
}

function externalName(reader: ByteReader): string {
  const form = reader.byte();
  const name = reader.name();
  if (form === 2) reader.name(); // the rest of its version
  return name;
}

function externalType(reader: ByteReader): void {
  const sort = reader.byte();
  if (sort === 0) reader.byte();
  if (sort === 2 || sort === 3) {
    const bound = reader.byte();
    if (sort === 3 && bound === 1) return; // some resource
  }
  reader.number();
}

function begins(bytes: Uint8Array, with_: readonly number[]): boolean {
  return with_.every((byte, i) => bytes[i] === byte);
}
