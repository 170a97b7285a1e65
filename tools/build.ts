/**
 * `deno task build`: bundles the program and the agent into plain JavaScript. What is bundled starts faster and is smaller in memory than the
 * TypeScript (the transpiler is not loaded), so footprints are measured on it and releases ship it.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";

/** What Deno has to be told to run a bundle; deno.json, which says so in the checkout, is not there then. */
export const RUNTIME_FLAGS: readonly string[] = [
  "--unstable-kv",
  "--unstable-no-legacy-abort",
];

/** The bundled programs. */
export interface Bundles {
  /** The `wherry` program. */
  readonly wherry: string;
}

/**
 * Bundles into a folder.
 *
 * @throws {Error} with the bundler's words when it fails
 */
export async function build(
  folder: string,
  options: {
    /** What is bundled, below the checkout. @default "src/main.ts" */
    readonly entry?: string;
  } = {},
): Promise<Bundles> {
  const { entry = "src/main.ts" } = options;
  const root = dirname(import.meta.dirname!);
  await Deno.mkdir(folder, { recursive: true });
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform=deno",
      "--code-splitting",
      `--outdir=${folder}`,
      join(root, entry),
    ],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) {
    throw new Error(
      `Cannot bundle: ${new TextDecoder().decode(stderr).trim()}`,
    );
  }
  return { wherry: join(folder, basename(entry).replace(/\.ts$/, ".js")) };
}

if (import.meta.main) {
  const folder = join(dirname(import.meta.dirname!), "dist");
  const { wherry } = await build(folder);
  console.log(wherry);
}
