/**
 * Checks the documentation: doc comments by `deno doc --lint`, and links between pages.
 *
 * Run by `deno task ok`. Exit status 1 when something is wrong.
 *
 * @module
 */
import { join, relative } from "node:path";
import {
  type DocFinding,
  isFault,
  parseFindings,
} from "./docs/doc_findings.ts";
import { brokenLinks } from "./docs/markdown_links.ts";
import { isTest } from "./lint/source_path.ts";

/** Folders that are not ours to check. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  ".git",
  "coverage",
  "dist",
  "node_modules",
]);
const SOURCE_FOLDERS = ["src", "agent", "tools"];

/** Checks a repository; what is wrong, one line each, and how many doc comments members still lack. */
export async function checkDocs(
  root: string,
): Promise<{ faults: string[]; undocumentedMembers: number }> {
  const faults: string[] = [];
  for await (const path of filesBelow(root, ".md")) {
    const page = { path, text: await Deno.readTextFile(path) };
    for (const { target, line } of await brokenLinks(page, PAGES)) {
      faults.push(
        `${
          relative(root, path)
        }:${line} links to "${target}", which is not there`,
      );
    }
  }
  let undocumentedMembers = 0;
  for (const finding of await docFindings(root)) {
    const path = relative(root, finding.file);
    if (isFault(finding, path)) {
      faults.push(`${path}:${finding.line} ${finding.message}`);
    } else if (finding.rule === "missing-jsdoc") {
      undocumentedMembers++;
    }
  }
  return { faults, undocumentedMembers };
}

const PAGES = {
  async read(path: string): Promise<string | undefined> {
    try {
      return await Deno.readTextFile(path);
    } catch {
      return undefined;
    }
  },
  async exists(path: string): Promise<boolean> {
    try {
      await Deno.stat(path);
      return true;
    } catch {
      return false;
    }
  },
};

async function docFindings(root: string): Promise<DocFinding[]> {
  const modules: string[] = [];
  for (const folder of SOURCE_FOLDERS) {
    for await (const path of filesBelow(join(root, folder), ".ts")) {
      const isGenerated = path.endsWith("_pb.ts") ||
        path.includes("/generated/");
      if (!isTest(relative(root, path)) && !isGenerated) modules.push(path);
    }
  }
  if (modules.length === 0) return [];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...modules],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const output = new TextDecoder().decode(stderr);
  const findings = parseFindings(output);
  if (code !== 0 && findings.length === 0) {
    throw new Error(`Cannot run deno doc: ${output}`);
  }
  return findings;
}

async function* filesBelow(
  folder: string,
  ending: string,
): AsyncGenerator<string> {
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory && !SKIPPED_FOLDERS.has(entry.name)) {
      yield* filesBelow(path, ending);
    } else if (entry.isFile && entry.name.endsWith(ending)) {
      yield path;
    }
  }
}

if (import.meta.main) {
  const root = new URL("..", import.meta.url).pathname;
  const { faults, undocumentedMembers } = await checkDocs(root);
  for (const fault of faults) console.error(fault);
  console.error(
    `Docs: ${faults.length} faults; ${undocumentedMembers} members of exported symbols without a doc comment`,
  );
  if (faults.length > 0) Deno.exit(1);
}
