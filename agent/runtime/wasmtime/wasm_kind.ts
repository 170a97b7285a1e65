/**
 * How a WebAssembly file is to be run, or why it cannot be.
 *
 * @module
 */
import {
  type ByteSource,
  readOutline,
  type WasmOutline,
} from "./wasm_outline.ts";

/** How a file is run: `serve` answers HTTP requests, `run` is a program that begins and ends. */
export type WasmKind = "serve" | "run";

/** What {@linkcode wasmKind} finds. */
export type WasmLook =
  | {
    readonly kind: WasmKind;
    readonly isComponent: boolean;
    /** It asks for its configuration by `wasi:config`. */
    readonly wantsConfig?: true;
    /** It sends HTTP requests, by an interface that the engine gives to services without asking its rules for the network. */
    readonly sendsRequests?: true;
  }
  /** Why it cannot be run. */
  | { readonly problem: string };

/** The exports that make a component run, and how; patch releases are compatible. */
const ENTRIES: readonly (readonly [RegExp, WasmKind])[] = [
  [/^wasi:http\/incoming-handler@0\.2\.\d+$/, "serve"],
  [/^wasi:http\/handler@0\.3\.\d+$/, "serve"],
  [/^wasi:cli\/run@0\.[23]\.\d+$/, "run"],
];

/** The same of versions that came before or come after those that engines have. */
const OTHER_ENTRY = /^wasi:(?:http\/(?:incoming-)?handler|cli\/run)(?:@.*)?$/;

/** Interfaces that the engine gives a component. What has a `-draft` or is gone with the process (wasi:keyvalue, wasi:nn, wasi:tls) is none of them. */
const GIVEN =
  /^wasi:(?:(?:cli|clocks|filesystem|http|io|random|sockets)\/[a-z-]+@0\.2\.\d+|(?:cli|clocks|filesystem|http|random|sockets)\/[a-z-]+@0\.3\.\d+)$/;

const SENDS = /^wasi:http\/(?:outgoing-handler|client)@/;

const CONFIG = /^wasi:config\/store@0\.2\.0-rc\.1$/;

/** WASI 0.1 and what came before it. */
const MODULE_GIVEN = /^(?:wasi_snapshot_preview1|wasi_unstable)\./;

/** How the imports begin of what was built for something else, and what that is. */
const OTHER_HOSTS: readonly (readonly [RegExp, string])[] = [
  [/^(?:wbg|__wbindgen_\w+|\.\/\w+_bg\.js)\./, "wasm-bindgen, for JavaScript"],
  [/^(?:gojs|go)\./, `Go's "js" target, for browsers`],
  [/^env\.(?:abort|seed)$/, "AssemblyScript, for JavaScript"],
  [
    /^env\.(?:emscripten_|__syscall_|_emscripten_|invoke_|__cxa_|_abort_js)/,
    "emscripten, for JavaScript",
  ],
  [/^wasi\.thread-spawn$/, "threads of WASI 0.1, which the engine has not"],
  [/^wasi_snapshot_preview2/, "an early draft of WASI 0.2"],
];

/** Names in a message; the rest is counted. */
const SHOWN = 4;

/** Looks at a file. */
export async function wasmKind(source: ByteSource): Promise<WasmLook> {
  const outline = await readOutline(source);
  if ("problem" in outline) return outline;
  return outline.isComponent ? componentKind(outline) : moduleKind(outline);
}

function moduleKind({ imports, exports }: WasmOutline): WasmLook {
  const missing = imports.filter((name) => !MODULE_GIVEN.test(name));
  if (missing.length > 0) {
    const host = OTHER_HOSTS.find(([form]) =>
      missing.some((name) => form.test(name))
    )?.[1];
    return {
      problem: `it imports ${some(missing)}, which no WASI engine has${
        host ? `: it was built for ${host}` : ""
      }; build it for wasm32-wasip1 or wasm32-wasip2`,
    };
  }
  if (exports.includes("_start")) return { kind: "run", isComponent: false };
  return {
    problem: exports.includes("_initialize")
      ? `it is a library (a WASI reactor): it exports "_initialize" and no "_start"`
      : `it is no program: it exports no "_start"`,
  };
}

function componentKind({ imports, exports }: WasmOutline): WasmLook {
  const missing = imports.filter((name) =>
    !GIVEN.test(name) && !CONFIG.test(name)
  );
  if (missing.length > 0) {
    return {
      problem: `it needs ${
        missing.length === 1 ? "an interface" : "interfaces"
      } that the engine has not: ${some(missing)}`,
    };
  }
  for (const [entry, kind] of ENTRIES) {
    if (!exports.some((name) => entry.test(name))) continue;
    return {
      kind,
      isComponent: true,
      ...(imports.some((name) => CONFIG.test(name)) && { wantsConfig: true }),
      ...(imports.some((name) => SENDS.test(name)) && { sendsRequests: true }),
    };
  }
  const other = exports.find((name) => OTHER_ENTRY.test(name));
  return {
    problem: other
      ? `it is a component that exports ${
        some([other])
      }, a version that the engine has not; it has 0.2 and 0.3.0 and what is compatible with them`
      : `it is a component that exports neither "wasi:http/incoming-handler" nor "wasi:http/handler" nor "wasi:cli/run"${
        exports.length > 0 ? `, but ${some(exports)}` : ""
      }`,
  };
}

function some(names: readonly string[]): string {
  const shown = [...new Set(names)];
  const rest = shown.length - SHOWN;
  return shown.slice(0, SHOWN).map((name) => `"${name.slice(0, 100)}"`)
    .join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
