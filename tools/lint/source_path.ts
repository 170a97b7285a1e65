/**
 * Where a source file stands in the repository.
 *
 * @module
 */

/** Folders that hold source, below the repository's root. */
const ROOTS = ["src", "agent", "tests", "tools"];

/** Where this repository lies. */
const REPOSITORY = new URL("../../", import.meta.url).pathname;

/** The path below the repository's root, or undefined for a file that is none of ours. */
export function sourcePath(fileName: string): string | undefined {
  const path = fileName.replaceAll("\\", "/");
  const parts = path.startsWith(REPOSITORY)
    ? path.slice(REPOSITORY.length).split("/")
    : afterRoot(path.split("/"));
  return parts.length > 1 && ROOTS.includes(parts[0]!)
    ? parts.join("/")
    : undefined;
}

/** A copy of the repository elsewhere: what follows, from the first folder that looks like ours. */
function afterRoot(parts: string[]): string[] {
  const at = parts.findIndex((part) => ROOTS.includes(part));
  return at === -1 ? [] : parts.slice(at);
}

/** Whether a file exists for tests alone. */
export function isTest(path: string): boolean {
  return path.startsWith("tests/") || /\/(testing|contract)\//.test(path) ||
    /_(test|contract|rig)\.ts$/.test(path);
}

/** Whether a file is no part of the product (tests and tools), and so may use anything. */
export function isTesting(path: string): boolean {
  return path.startsWith("tools/") || isTest(path);
}
