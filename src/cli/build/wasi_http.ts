/**
 * TypeScript and JavaScript into a component that answers HTTP requests, for wasmtime: StarlingMonkey with the source inside.
 *
 * The same source as for Deno, `export default { fetch(request) {…} }`, or one with `addEventListener("fetch", …)`. There is no `Deno` and no `node:` in it.
 *
 * @see {@link https://github.com/bytecodealliance/ComponentizeJS}
 *
 * @module
 */
import { basename } from "node:path";
import { encodeHex } from "../../base/bytes.ts";
import type { CliContext } from "../context.ts";
import { CliFailure } from "../failure.ts";
import { bundle } from "./bundle.ts";
import { requireFile } from "./deno_tool.ts";
import { type Product, wasmProduct } from "./product.ts";
import { BuiltComponents } from "./built_components.ts";
import { cacheFolder, componentizer } from "./componentizer.ts";
import { withFolder } from "./work_folder.ts";

/** Hands requests to the default export. */
const BRIDGE = `import app from "./app.js";
addEventListener("fetch", (event) =>
  event.respondWith((async () => await app.fetch(event.request))())
);
`;

const WORLD = "wherry";
/** jco's newer interfaces, under the version that componentize-js knows. */
const WIT = { there: "0.2.12", known: "0.2.10" } as const;
const WIT_PACKAGES = [
  "cli",
  "clocks",
  "filesystem",
  "http",
  "io",
  "random",
  "sockets",
] as const;

/**
 * All that the engine sees while it is filled stays in the component, to be read by whoever has it: so it sees no variable of ours, and no path that
 * is another one each time.
 */
const ENVIRONMENT = {
  HOME: "/",
  TMPDIR: "/tmp",
  DENO_DIR: "/nonexistent",
  NO_COLOR: "1",
} as const;

/** The tool works in a folder with a name by chance; here it follows from the source. */
const SCRIPT = `import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";
const [path, witPath, output] = process.argv.slice(2);
const source = await readFile(path, "utf8");
const digest = (text) => createHash("sha256").update(text).digest("hex");
const chance = parseInt(digest(source).slice(0, 12), 16) / 2 ** 48;
Math.random = () => chance;
await rm("/tmp/" + digest(String(chance)).slice(0, 12), { recursive: true, force: true });
const { component } = await componentize(source, {
  witPath,
  worldName: "${WORLD}",
  sourceName: "app.js",
});
await writeFile(output, component);
`;

/**
 * Makes the component.
 *
 * @param path absolute
 * @throws {CliFailure} when the source is wrong, or the tool is not there and may not be fetched
 */
export async function componentize(
  context: CliContext,
  path: string,
  options: { readonly shown: string; readonly yes: boolean },
): Promise<Product> {
  const { host } = context;
  const name = basename(path);
  await requireFile(host, path, options.shown);
  const app = await bundle(host, path, {
    sourceMap: false,
    platform: "browser",
  });
  const node = /^import\b[^"';]*"(node:[^"]+)"/m.exec(app.text)?.[1];
  if (node !== undefined || /\bDeno\.\w/.test(app.text)) {
    throw new CliFailure(
      `cannot build "${name}" for wasi-http: it uses ${
        node ?? "Deno"
      }, which there is only with --target deno`,
    );
  }
  const built = new BuiltComponents(host, cacheFolder(host));
  const key = encodeHex(host.crypto.sha256(BRIDGE + SCRIPT + app.text));
  const known = await built.get(key);
  if (known) return wasmProduct(known, path);
  const tool = await componentizer(context, { yes: options.yes });
  context.terminal.err(`Building a component of "${options.shown}" …`);
  const content = await withFolder(
    host,
    (folder) => fill(context, folder, { tool, name, text: app.text }),
  );
  await built.put(key, content);
  return wasmProduct(content, path);
}

/** The engine with the source in it. */
async function fill(
  context: CliContext,
  folder: string,
  { tool, name, text }: {
    readonly tool: string;
    readonly name: string;
    readonly text: string;
  },
): Promise<Uint8Array<ArrayBuffer>> {
  const { host } = context;
  const source = await bridged(context, folder, text);
  await writeWit(context, tool, `${folder}/wit`);
  const output = `${folder}/out.wasm`;
  const script = `${tool}/componentize.mjs`;
  await host.disk.writeAtomic(script, SCRIPT, { sync: false });
  const { code, stderr } = await host.processes.run(host.processes.denoPath, {
    args: [
      ...["run", "-A", "--quiet", "--no-lock", "--no-prompt"],
      ...["--node-modules-dir=manual", script],
      ...[source, `${folder}/wit`, output],
    ],
    cwd: folder,
    clearEnv: true,
    env: ENVIRONMENT,
  });
  if (code === 0) return await host.disk.read(output);
  throw new CliFailure(
    `cannot build "${name}" for wasi-http: ${stderr.trim()}`,
  );
}

/** The source with a listener for requests, where it has none of its own. */
async function bridged(
  { host }: CliContext,
  folder: string,
  text: string,
): Promise<string> {
  const path = `${folder}/app.js`;
  await host.disk.writeAtomic(path, text, { sync: false });
  if (/\baddEventListener\(\s*["']fetch["']/.test(text)) return path;
  const entry = `${folder}/entry.js`;
  await host.disk.writeAtomic(entry, BRIDGE, { sync: false });
  const whole = await bundle(host, entry, {
    sourceMap: false,
    platform: "browser",
  });
  await host.disk.writeAtomic(entry, whole.text, { sync: false });
  return entry;
}

async function writeWit(
  { host }: CliContext,
  tool: string,
  folder: string,
): Promise<void> {
  const from =
    `${tool}/node_modules/@bytecodealliance/jco/lib/wit/builtin/${WIT.there}`;
  for (const name of WIT_PACKAGES) {
    const text = await host.disk.readText(`${from}/wasi-${name}/package.wit`);
    const to = `${folder}/deps/wasi-${name}`;
    await host.disk.mkdir(to);
    await host.disk.writeAtomic(
      `${to}/package.wit`,
      text.replaceAll(WIT.there, WIT.known),
      { sync: false },
    );
  }
  await host.disk.writeAtomic(
    `${folder}/world.wit`,
    `package wherry:build;\nworld ${WORLD} {\n  include wasi:http/proxy@${WIT.known};\n}\n`,
    { sync: false },
  );
}
