/**
 * `wherry build`: from source to one file that nodes run.
 *
 * @module
 */
import { basename } from "node:path";
import { digestOf } from "../../base/oci/digest.ts";
import type { Entry } from "../build/bundle.ts";
import { checkTypes } from "../build/deno_tool.ts";
import {
  makeProduct,
  type Product,
  requireSourceKind,
  sourceKind,
} from "../build/product.ts";
import { componentize } from "../build/wasi_http.ts";
import type { CliContext } from "../context.ts";
import { CliFailure, EXIT_OK, EXIT_USAGE } from "../failure.ts";
import { sizeText } from "../size_text.ts";

/** Flags of `build`. */
export interface BuildFlags {
  readonly output?: string;
  /** @default by the ending of the output, else deno */
  readonly target?: "deno" | "wasi-http";
  readonly minify?: boolean;
  readonly sourcemap?: boolean;
  readonly check?: boolean;
  readonly entry?: Entry;
  /** Fetches what is large without asking. */
  readonly yes?: boolean;
}

/** Builds a file and says what came of it. */
export async function build(
  context: CliContext,
  file: string,
  flags: BuildFlags,
): Promise<number> {
  const { host, terminal } = context;
  const product = await buildProduct(context, file, flags);
  if (flags.output === undefined && sourceKind(file) === "wasm") {
    // There is nothing to build: it is looked at.
    terminal.err(`${file}: ${describeProduct(product)}`);
    await context.print(digestOf(host, product.content));
    return EXIT_OK;
  }
  const output = flags.output ?? defaultOutput(file, product);
  const path = context.path(output);
  requireEnding(output, product);
  if (path === context.path(file)) {
    throw new CliFailure(
      `"${file}" would be written over: say another name with -o`,
      { exitCode: EXIT_USAGE },
    );
  }
  await host.disk.writeAtomic(path, product.content);
  terminal.err(`${output}: ${describeProduct(product)}`);
  await context.print(digestOf(host, product.content));
  return EXIT_OK;
}

/** Checks the types of a script and makes what nodes run. @throws {CliFailure} when the source is wrong */
export async function buildProduct(
  context: CliContext,
  file: string,
  flags: BuildFlags & { readonly quiet?: boolean },
): Promise<Product> {
  const path = context.path(file);
  const kind = requireSourceKind(path, file);
  const target = flags.target ??
    (flags.output?.endsWith(".wasm") && kind === "script"
      ? "wasi-http"
      : "deno");
  if (kind !== "script" && flags.target !== undefined) {
    throw new CliFailure(
      `--target is for TypeScript and JavaScript: "${file}" is WebAssembly`,
      { exitCode: EXIT_USAGE },
    );
  }
  const checking = kind === "script" && (flags.check ?? true)
    ? checkTypes(context.host, path)
    : undefined;
  const making = target === "wasi-http"
    ? componentize(context, path, { shown: file, yes: flags.yes ?? false })
    : makeProduct(context.host, path, {
      shown: file,
      minify: flags.minify ?? false,
      sourceMap: flags.sourcemap ?? true,
      ...flags.entry && { entry: flags.entry },
    });
  // Both at once; a bundler's error is the better one where both have one.
  const [made, problem] = await Promise.allSettled([making, checking]);
  if (made.status === "rejected") throw made.reason;
  if (problem.status === "rejected") throw problem.reason;
  if (problem.value !== undefined) {
    throw new CliFailure(
      `the types in "${file}" do not fit (--no-check builds all the same):\n${problem.value}`,
    );
  }
  return made.value;
}

/** `2.1 KB, a Deno bundle that serves HTTP`. */
export function describeProduct(product: Product): string {
  return `${sizeText(product.content.length)}, ${kindText(product)}`;
}

function kindText(product: Product): string {
  const does = product.entry === "serve"
    ? "that serves HTTP"
    : "that runs to its end";
  if (product.kind === "deno") {
    return `a module for Deno ${
      product.entry === "serve"
        ? "that serves HTTP"
        : "that is run as a program"
    }`;
  }
  const { isComponent } = product.wasm;
  return isComponent ? `a WASM component ${does}` : "a WASM module";
}

/** Nodes and this program tell by the name what a file is. @throws {CliFailure} */
export function requireEnding(
  output: string,
  { kind }: Pick<Product, "kind">,
): void {
  const isWasm = /\.wasm$/i.test(output);
  const isScript = /\.m?[jt]sx?$/i.test(output);
  if (kind === "wasm" ? !isScript : !isWasm) return;
  throw new CliFailure(
    kind === "wasm"
      ? `"${output}" would hold WebAssembly: say a name with .wasm`
      : `"${output}" would hold JavaScript: say a name with .js, or --target wasi-http`,
    { exitCode: EXIT_USAGE },
  );
}

function defaultOutput(file: string, { kind }: Product): string {
  const stem = basename(file).replace(/\.[^.]*$/, "");
  return kind === "wasm" ? `${stem}.wasm` : `${stem}.js`;
}
