/**
 * Makes a bundle the same on every machine: names of its sources do not tell where they lie, and its source map carries no copy of them and is of the
 * program's own sources only, not of packages'.
 *
 * @module
 */
import { keepSources } from "./mappings.ts";
import {
  decodeBase64,
  decodeText,
  encodeBase64,
  encodeText,
} from "../../base/bytes.ts";

const MAP_LINE =
  /\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]*)\s*$/;
/** Where Deno keeps packages: `…/npm/HOST/NAME/VERSION/FILE`. */
const PACKAGE =
  /^.*\/npm\/[^/]+\/((?:@[^/]+\/)?[^/@]+)\/(\d+\.\d+\.\d+[^/]*)\/(.+)$/;

/** The part of a source map that is read here. @see {@link https://tc39.es/ecma426/} */
interface SourceMap {
  readonly sources: readonly string[];
  readonly names?: readonly string[];
  readonly mappings: string;
}

/** `npm:hono@4.13.19/dist/hono.js` for a file of a package; others stay as they are, below the module's folder. */
export function portableSource(source: string): string {
  const [, name, version, file] = PACKAGE.exec(source) ?? [];
  return name === undefined ? source : `npm:${name}@${version}/${file}`;
}

function isPackage(source: string): boolean {
  return PACKAGE.test(source);
}

/**
 * Rewrites a bundle with an inline source map.
 *
 * @param options.keepMap else the map is dropped: then traces name lines of the bundle
 */
export function portableBundle(
  text: string,
  options: { readonly keepMap: boolean },
): string {
  const found = MAP_LINE.exec(text);
  if (!found) return text;
  const map = JSON.parse(decodeText(decodeBase64(found[1]!))) as SourceMap;
  const code = renameSources(text.slice(0, found.index), map.sources);
  if (!options.keepMap) return code;
  // Packages are many times as large as what uses them, and nobody looks for a fault there first.
  const own = map.sources.filter((source) => !isPackage(source));
  const kept = {
    version: 3,
    sources: own,
    names: map.names ?? [],
    mappings: keepSources(
      map.mappings,
      map.sources.map((source) =>
        isPackage(source) ? undefined : own.indexOf(source)
      ),
    ),
  };
  const data = encodeBase64(encodeText(JSON.stringify(kept)));
  return `${code}//# sourceMappingURL=data:application/json;base64,${data}\n`;
}

/** The bundler notes a module's name in a comment before it, and CommonJS modules under it as a key. Lines stay lines, so the map still fits. */
function renameSources(code: string, sources: readonly string[]): string {
  const moved = new Map(
    sources.map((source) => [source, portableSource(source)] as const).filter(
      ([source, portable]) => source !== portable,
    ),
  );
  if (moved.size === 0) return code;
  return code
    .replace(
      /^( *)\/\/ (.+)$/gm,
      (line, indent: string, name: string) =>
        moved.has(name) ? `${indent}// ${moved.get(name)}` : line,
    )
    .replace(
      /^( *)"([^"\n]+)"(?=\()/gm,
      (key, indent: string, name: string) =>
        moved.has(name) ? `${indent}"${moved.get(name)}"` : key,
    );
}
