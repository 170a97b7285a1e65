/**
 * The layers: which folder may import which. A row may import only what stands in it, and itself.
 *
 * @module
 */
import { dirname, join } from "node:path/posix";
import { isTesting, sourcePath } from "./source_path.ts";

const LEVEL_3 = ["src/base", "src/api", "src/client", "src/loop"];

/** What each folder of `src` may import. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "src/base": [],
  "src/api": ["src/base"],
  "src/store": ["src/base"],
  "src/client": ["src/base", "src/api"],
  "src/loop": ["src/base", "src/api", "src/client"],
  "src/apiserver": ["src/base", "src/api", "src/store"],
  "src/scheduler": LEVEL_3,
  "src/controllers": LEVEL_3,
  "src/addons": LEVEL_3,
  "src/cli": LEVEL_3,
};

/** The agent's folders: each may import those on its left, and what all of the agent may. */
const AGENT_ORDER = [
  "network",
  "images",
  "runtime",
  "logs",
  "streams",
  "stats",
  "volumes",
  "dns",
  "probes",
  "container",
  "pod",
  "node",
  "proxy",
  "link",
];

/** Says what is wrong with an import, or undefined when nothing is. Paths are below the repository's root. */
export function layerViolation(
  from: string,
  to: string,
): string | undefined {
  if (isTesting(from)) return undefined;
  if (!/^(src|agent)\//.test(to)) return undefined; // for example a WASM guest's source, taken as text
  if (isTesting(to)) return `Only tests may import "${to}"`;
  const [source, target] = [folderOf(from), folderOf(to)];
  if (source === undefined || target === undefined || source === target) {
    return undefined;
  }
  const allowed = allowedFor(source);
  if (allowed === undefined || allowed.includes(target)) return undefined;
  return `"${source}" may not import "${target}": it is no layer below`;
}

/** The folder that a row of the table is about; undefined for the mains and the simulation, which wire everything. */
function folderOf(path: string): string | undefined {
  const [root, part, file] = path.split("/");
  if (root === "agent") {
    return file === undefined ? "agent" : `agent/${part}`;
  }
  return file === undefined ? "src" : `${root}/${part}`;
}

function allowedFor(source: string): readonly string[] | undefined {
  if (source in LAYERS) return LAYERS[source];
  const all = AGENT_ORDER.map((name) => `agent/${name}`);
  if (source === "agent") return [...LEVEL_3, ...all];
  if (!source.startsWith("agent/")) return undefined;
  const at = all.indexOf(source);
  return at === -1 ? LEVEL_3 : [...LEVEL_3, ...all.slice(0, at)];
}

/** Reports imports that break the table. */
export const layers: Deno.lint.Rule = {
  create(context) {
    const from = sourcePath(context.filename);
    if (from === undefined) return {};
    const check = (node: Deno.lint.Node, specifier: unknown) => {
      if (typeof specifier !== "string" || !specifier.startsWith(".")) return;
      const to = join(dirname(from), specifier);
      const message = layerViolation(from, to);
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ImportExpression: (node) =>
        check(node, "value" in node.source ? node.source.value : undefined),
    };
  },
};
