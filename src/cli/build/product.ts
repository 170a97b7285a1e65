/**
 * From a file of any kind to what a node can run.
 *
 * @module
 */
import { basename } from "node:path";
import { decodeText, encodeText } from "../../base/bytes.ts";
import type { Host } from "../../base/host.ts";
import { CliFailure, EXIT_USAGE } from "../failure.ts";
import { bundle, type Entry, entryOf } from "./bundle.ts";
import { importsOf, requireFile } from "./deno_tool.ts";
import { isWasm, readWasm, WasmError, type WasmFile } from "./wasm_file.ts";
import { watToWasm } from "./wat.ts";

/** What a node can run, and the engine that runs it. */
export type Product =
  | {
    readonly kind: "deno";
    readonly content: Uint8Array<ArrayBuffer>;
    readonly entry: Entry;
  }
  | {
    readonly kind: "wasm";
    readonly content: Uint8Array<ArrayBuffer>;
    readonly entry: Entry;
    readonly wasm: WasmFile;
  };

/** How it is made. */
export interface ProductOptions {
  /** The file as it was typed. */
  readonly shown: string;
  readonly minify?: boolean;
  readonly sourceMap?: boolean;
  /** Of a bundle. @default by its exports */
  readonly entry?: Entry;
}

/** The machine, as far as it is needed. */
export type BuildHost = Pick<
  Host,
  "processes" | "disk" | "crypto" | "random"
>;

/** What a file is by its name. */
export type SourceKind = "script" | "wasm" | "wat";

const KINDS: Readonly<Record<string, SourceKind>> = {
  ts: "script",
  tsx: "script",
  mts: "script",
  js: "script",
  jsx: "script",
  mjs: "script",
  wasm: "wasm",
  wat: "wat",
};

/** Exports of components that answer HTTP requests, of WASI 0.2 and 0.3. */
const HTTP_HANDLER = /^wasi:http\/(?:incoming-handler@0\.2|handler@0\.3)\.\d+$/;
/** Exports of components that are programs. */
const COMMAND = /^wasi:cli\/run@0\.[23]\.\d+$/;

/** What a file is by its name; undefined for what cannot be built. */
export function sourceKind(path: string): SourceKind | undefined {
  return KINDS[/\.([a-z]+)$/.exec(path)?.[1] ?? ""];
}

/** What a file is by its name. @throws {CliFailure} for one that cannot be built */
export function requireSourceKind(path: string, shown: string): SourceKind {
  const kind = sourceKind(path);
  if (kind) return kind;
  throw new CliFailure(
    `cannot tell what "${shown}" is: its name must end in ${
      Object.keys(KINDS).map((ending) => `.${ending}`).join(", ")
    }`,
    { exitCode: EXIT_USAGE },
  );
}

/**
 * Builds what needs building, and looks at the rest.
 *
 * @param path absolute
 * @throws {CliFailure} with the place when the source is wrong
 */
export async function makeProduct(
  host: BuildHost,
  path: string,
  options: ProductOptions,
): Promise<Product> {
  const kind = requireSourceKind(path, options.shown);
  await requireFile(host, path, options.shown);
  if (kind === "script") return await script(host, path, options);
  return wasmProduct(
    kind === "wat" ? await watToWasm(host, path) : await host.disk.read(path),
    path,
  );
}

async function script(
  host: BuildHost,
  path: string,
  options: ProductOptions,
): Promise<Product> {
  // A bundle, or what needs none, is what it is.
  if (/\.m?js$/.test(path) && !options.minify) {
    const imports = await importsOf(host, path);
    if (imports.every((name) => name.startsWith("node:"))) {
      const content = await host.disk.read(path);
      const entry = options.entry ?? await entryOf(decodeText(content));
      return { kind: "deno", content, entry };
    }
  }
  const { text, entry } = await bundle(host, path, options);
  return { kind: "deno", content: encodeText(text), entry };
}

/** Looks at a binary. @throws {CliFailure} when no node could run it */
export function wasmProduct(
  content: Uint8Array<ArrayBuffer>,
  path: string,
): Product & { kind: "wasm" } {
  const name = basename(path);
  let wasm: WasmFile;
  try {
    wasm = readWasm(content);
  } catch (error) {
    if (!(error instanceof WasmError)) throw error;
    const { message } = error;
    const hint = !isWasm(content) && /^\s*[(;]/.test(
        decodeText(content.subarray(0, 100)),
      )
      ? ": it looks like text, whose name ends in .wat"
      : "";
    throw new CliFailure(
      `cannot use "${name}": ${message[0]!.toLowerCase()}${
        message.slice(1)
      }${hint}`,
    );
  }
  return { kind: "wasm", content, wasm, entry: wasmEntry(wasm, name) };
}

function wasmEntry({ isComponent, exports }: WasmFile, name: string): Entry {
  if (!isComponent) return "run";
  const entry = entryOfExports(exports);
  if (entry !== undefined) return entry;
  throw new CliFailure(
    `cannot use "${name}": it is a component that exports neither "wasi:http/incoming-handler" nor "wasi:http/handler" nor "wasi:cli/run" of WASI 0.2 or 0.3, only ${
      exports.map((text) => `"${text}"`).join(", ") || "nothing"
    }`,
  );
}

/** How a component with these exports is run; undefined when it cannot be. */
export function entryOfExports(
  exports: readonly unknown[],
): Entry | undefined {
  const has = (pattern: RegExp) =>
    exports.some((text) => typeof text === "string" && pattern.test(text));
  return has(HTTP_HANDLER) ? "serve" : has(COMMAND) ? "run" : undefined;
}
