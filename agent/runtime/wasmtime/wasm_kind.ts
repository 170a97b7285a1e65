/**
 * Looks at a WebAssembly file to tell how it is to be run.
 *
 * @module
 */

/** How a file is run: `serve` answers HTTP requests, `run` is a program that begins and ends. */
export type WasmKind = "serve" | "run";

/** What {@linkcode wasmKind} finds. */
export type WasmLook =
  | { readonly kind: WasmKind; readonly isComponent: boolean }
  /** Why it cannot be run. */
  | { readonly problem: string };

/** The export of a component that answers HTTP requests (WASI 0.2, any patch release). */
const HTTP_HANDLER = "wasi:http/incoming-handler@0.2.";
/** The export of a component that is a program. */
const COMMAND = "wasi:cli/run@0.2.";

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const MODULE_VERSION = [0x01, 0x00, 0x00, 0x00];
const COMPONENT_LAYER = [0x01, 0x00];
const COMPONENT_EXPORTS = 11;

/**
 * Looks at a binary (`.wasm`) or text (`.wat`) file. What is between the exports is the engine's to check, when it compiles.
 *
 * Follows https://webassembly.github.io/spec/core/binary/modules.html and the component model's Binary.md.
 */
export function wasmKind(content: Uint8Array): WasmLook {
  if (MAGIC.every((byte, i) => content[i] === byte)) {
    return lookAtBinary(content);
  }
  return lookAtText(content);
}

function lookAtBinary(content: Uint8Array): WasmLook {
  if (MODULE_VERSION.every((byte, i) => content[4 + i] === byte)) {
    return { kind: "run", isComponent: false };
  }
  if (!COMPONENT_LAYER.every((byte, i) => content[6 + i] === byte)) {
    return { problem: "it is of an unknown WebAssembly version" };
  }
  const exports: string[] = [];
  for (let at = 8; at < content.length;) {
    const id = content[at];
    const size = readSize(content, at + 1);
    if (!size) return { problem: "it is cut short" };
    const end = size.next + size.value;
    if (end > content.length) return { problem: "it is cut short" };
    if (id === COMPONENT_EXPORTS) {
      exports.push(
        new TextDecoder("latin1").decode(content.subarray(size.next, end)),
      );
    }
    at = end;
  }
  return componentOf((name) => exports.some((text) => text.includes(name)));
}

function lookAtText(content: Uint8Array): WasmLook {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return { problem: "it is neither binary nor text WebAssembly" };
  }
  const code = text.replace(
    // strings are kept as they are: comment signs may stand in them
    /("(?:[^"\\]|\\.)*")|;;[^\n]*|\(;[\s\S]*?;\)/g,
    (_, string: string | undefined) => string ?? " ",
  ).trim();
  if (/^\(\s*component\b/.test(code)) {
    return componentOf((name) =>
      new RegExp(`\\(\\s*export\\s+"${name.replaceAll(".", "\\.")}`).test(code)
    );
  }
  if (
    /^\(\s*module\b/.test(code) ||
    /^\(\s*(func|memory|import|export)\b/.test(code)
  ) {
    return { kind: "run", isComponent: false };
  }
  return { problem: "it is not WebAssembly" };
}

function componentOf(exportsOne: (name: string) => boolean): WasmLook {
  if (exportsOne(HTTP_HANDLER)) return { kind: "serve", isComponent: true };
  if (exportsOne(COMMAND)) return { kind: "run", isComponent: true };
  return {
    problem:
      `it is a component that exports neither "wasi:http/incoming-handler" nor "wasi:cli/run" of WASI 0.2`,
  };
}

/** An unsigned LEB128 number of at most 32 bits. */
function readSize(
  content: Uint8Array,
  at: number,
): { value: number; next: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = content[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  return undefined;
}
