/**
 * What a bundle is, found out by reading its text: nothing of it is run.
 *
 * @module
 */

/** How a bundle is started: by `deno serve` or by `deno run`. */
export type Entry = "serve" | "run";

/** What {@linkcode readBundle} finds: how it is started, or why it cannot be, in words that go behind a colon. */
export type BundleLook =
  | { readonly entry: Entry }
  | { readonly problem: string };

/**
 * Reads a module's text.
 *
 * Deno asks for no permission when the main module imports a file by its name, so a bundle that does is refused. (That this check be mistaken would not
 * matter: where such a file would be, there is none.)
 *
 * @param config the artifact's config, which may name the entry: `{ "entry": "serve" | "run" }`. By default what has a default export is served
 */
export async function readBundle(
  text: string,
  config?: unknown,
): Promise<BundleLook> {
  const { parse } = await import("es-module-lexer");
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(text);
  } catch (error) {
    const { idx } = error as { idx?: number };
    const line = idx === undefined ? "" : ` in line ${lineOf(text, idx)}`;
    return {
      problem: `it is not a JavaScript module: there is an error${line}`,
    };
  }
  const [imports, exports] = parsed;
  for (const { n: name, d: dynamic } of imports) {
    if (dynamic !== -1 || name === undefined || name.startsWith("node:")) {
      continue;
    }
    return {
      problem: `it imports "${
        name.slice(0, 200)
      }", and a bundle imports nothing but "node:" modules: bundle it with "wherry build --target deno"`,
    };
  }
  const hasDefault = exports.some(({ n: name }) => name === "default");
  return namedEntry(config) ?? { entry: hasDefault ? "serve" : "run" };
}

function namedEntry(config: unknown): BundleLook | undefined {
  if (typeof config !== "object" || config === null) return undefined;
  const { entry } = config as { entry?: unknown };
  if (entry === undefined) return undefined;
  if (entry === "serve" || entry === "run") return { entry };
  const named = JSON.stringify(entry).slice(0, 200);
  return {
    problem:
      `its config's entry is ${named}, but there are only "serve" and "run"`,
  };
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
