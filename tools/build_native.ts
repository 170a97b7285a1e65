/**
 * Compiles the programs of `native/` into `agent/runtime/process/gen/`: `deno task native`, with Rust and its targets
 * `x86_64-unknown-none` and `aarch64-unknown-none`. The agent carries them, because a node has no compiler.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";

/** Programs, by file name without `.rs`. */
export const PROGRAMS = ["log_writer", "enter_root", "supervise"] as const;

const TARGETS = {
  amd64: "x86_64-unknown-none",
  arm64: "aarch64-unknown-none",
} as const;

const ROOT = new URL("../", import.meta.url);

const LINK = [
  "-nostdlib",
  "-znorelro",
  "--build-id=none",
  "--no-eh-frame-hdr",
];

/** What a program is made of, as one digest: a generated file names the one that it was made of. */
export async function sourceDigest(name: string): Promise<string> {
  const hash = createHash("sha256");
  const files = [name];
  for (const file of files) {
    const text = await Deno.readTextFile(new URL(`native/${file}.rs`, ROOT));
    hash.update(text);
    for (const [, part = ""] of text.matchAll(/^mod (\w+);$/gm)) {
      files.push(part);
    }
  }
  return hash.digest("hex");
}

/** Where a program's generated module is. */
export function generatedPath(name: string): URL {
  return new URL(`agent/runtime/process/gen/${name}.ts`, ROOT);
}

async function compile(name: string, target: string): Promise<string> {
  const path = await Deno.makeTempFile();
  const { success } = await new Deno.Command("rustc", {
    args: [
      ...["--edition", "2021", "--target", target, "-o", path],
      ...["opt-level=s", "panic=abort", "force-unwind-tables=no"]
        .flatMap((option) => ["-C", option]),
      ...["relocation-model=static", "strip=symbols"]
        .flatMap((option) => ["-C", option]),
      ...LINK.flatMap((option) => ["-C", `link-arg=${option}`]),
      `${name}.rs`,
    ],
    cwd: new URL("native/", ROOT),
  }).output();
  if (!success) throw new Error(`Can not compile "${name}" for "${target}"`);
  const bytes = await Deno.readFile(path);
  await Deno.remove(path);
  return deflateRawSync(bytes, { level: 9 }).toString("base64");
}

if (import.meta.main) {
  for (const name of PROGRAMS) {
    const lines = [
      `/** \`native/${name}.rs\` as programs, made by \`deno task native\`: do not edit. @module */`,
      "",
      "/** The sources' digest. */",
      `export const SOURCE = "${await sourceDigest(name)}";`,
      "",
      "/** An executable (ELF) for each architecture: deflated, in base64. */",
      "export const PROGRAM = {",
    ];
    for (const [architecture, target] of Object.entries(TARGETS)) {
      lines.push(`  ${architecture}: "${await compile(name, target)}",`);
    }
    await Deno.writeTextFile(
      generatedPath(name),
      `${lines.join("\n")}\n} as const;\n`,
    );
  }
}
