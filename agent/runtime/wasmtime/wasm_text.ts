/**
 * The imports and exports that a WebAssembly text names.
 *
 * @module
 */
import type { WasmOutline } from "./wasm_outline.ts";

/** A parenthesis that is open. */
interface Open {
  /** Its first word; undefined before it. */
  head?: string;
  readonly texts: string[];
}

/** Heads of what a module may consist of, where the text leaves out `(module …)` around it. */
const FIELDS =
  /^(func|memory|import|export|table|global|type|data|elem|start|rec|tag)$/;

/** Heads of what the names stand in. */
const NAMES = /^(import|export)$/;

/** In a component these name what is inside of them with `export`. */
const HAS_OWN_EXPORTS = /^(instance|component|core)$/;

/** Comments and strings (of strings and of comments in parentheses the beginning), parentheses and words. */
const TOKENS = /;;[^\n]*|\(;|[()"]|[^\s()";]+/g;

/** Names are no deeper than this; deeper parentheses are counted only, for a file may consist of them. */
const MOST_KEPT = 4;

/** The names in a text; undefined when it is no WebAssembly. Takes time in proportion to its length, whatever is in it. */
export function textOutline(text: string): WasmOutline | undefined {
  const imports: string[] = [];
  const exports: string[] = [];
  const open: Open[] = [];
  /** How many more parentheses are open. */
  let deeper = 0;
  let isComponent: boolean | undefined;
  /** How deep a module's parts lie: 1 without `(module …)` around them. */
  let depth = 2;
  const tokens = new RegExp(TOKENS);
  for (let found; (found = tokens.exec(text)) !== null;) {
    const [token] = found;
    if (token.startsWith(";;")) continue;
    if (token === "(;") {
      const end = endOfComment(text, tokens.lastIndex);
      if (end === undefined) return undefined;
      tokens.lastIndex = end;
      continue;
    }
    const last = open.at(-1);
    if (token === '"') {
      const from = tokens.lastIndex;
      const end = endOfString(text, from);
      if (end === undefined || !last) return undefined;
      tokens.lastIndex = end + 1;
      // Others may be megabytes of data.
      if (deeper === 0 && NAMES.test(last.head ?? "")) {
        last.texts.push(unescape(text.slice(from, end)));
      }
    } else if (token === "(") {
      if (open.length === MOST_KEPT) deeper++;
      else open.push({ texts: [] });
    } else if (token === ")" && deeper > 0) {
      deeper--;
    } else if (token === ")") {
      const done = open.pop();
      if (!done) return undefined;
      const isPart = open.length === depth - 1;
      const isInPart = open.length === depth;
      if (!isPart && !isInPart) continue;
      // of a component's parts, some name what they hold themselves
      const owner = isInPart ? open.at(-1)?.head ?? "" : "";
      if (done.head === "import") {
        if (isComponent && owner === "core") continue;
        imports.push(
          isComponent ? done.texts[0] ?? "" : done.texts.slice(0, 2).join("."),
        );
      } else if (done.head === "export") {
        if (isComponent && HAS_OWN_EXPORTS.test(owner)) continue;
        exports.push(done.texts[0] ?? "");
      }
    } else if (!last) {
      return undefined; // a word outside of all
    } else if (deeper === 0 && last.head === undefined) {
      last.head = token;
      if (open.length === 1 && isComponent === undefined) {
        if (token === "component") isComponent = true;
        else if (token === "module") isComponent = false;
        else if (FIELDS.test(token)) {
          isComponent = false;
          depth = 1;
        } else return undefined;
      }
    }
  }
  return isComponent === undefined
    ? undefined
    : { isComponent, imports, exports };
}

/** Whether the beginning of a text is that of a WebAssembly text; one that is all comment may be. */
export function seemsText(beginning: string): boolean {
  let isOpen = false;
  const tokens = new RegExp(TOKENS);
  for (let found; (found = tokens.exec(beginning)) !== null;) {
    const [token] = found;
    if (token.startsWith(";;")) continue;
    if (token === "(;") {
      const end = endOfComment(beginning, tokens.lastIndex);
      if (end === undefined) return true;
      tokens.lastIndex = end;
    } else if (isOpen) {
      return token === "module" || token === "component" || FIELDS.test(token);
    } else if (token === "(") {
      isOpen = true;
    } else return false;
  }
  return false;
}

/** Where a comment in parentheses ends, which may hold others. */
function endOfComment(text: string, from: number): number | undefined {
  const marks = /\(;|;\)/g;
  marks.lastIndex = from;
  let depth = 1;
  for (let found; (found = marks.exec(text)) !== null;) {
    depth += found[0] === "(;" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return undefined;
}

/** Where a string ends: at a quote that has no backslash of its own before it. */
function endOfString(text: string, from: number): number | undefined {
  for (let at = text.indexOf('"', from); at >= 0;) {
    let backslashes = 0;
    while (at - backslashes > from && text[at - backslashes - 1] === "\\") {
      backslashes++;
    }
    if (backslashes % 2 === 0) return at;
    at = text.indexOf('"', at + 1);
  }
  return undefined;
}

function unescape(text: string): string {
  return text.replace(
    /\\([0-9a-fA-F]{2})/g,
    (_, hex: string) => String.fromCharCode(parseInt(hex, 16)),
  );
}
