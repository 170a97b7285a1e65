/**
 * Reads what `deno doc --lint` prints.
 *
 * @module
 */

/** One finding. */
export interface DocFinding {
  /** For example `missing-jsdoc`. */
  readonly rule: string;
  /** What is wrong, in the tool's words. */
  readonly message: string;
  /** Absolute path. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Whether the finding is about an exported symbol itself, not about a member of one. */
  readonly isSymbol: boolean;
}

const FINDING =
  /^error\[([a-z-]+)\]: (.*)\n\s*--> (.+?):(\d+):\d+\n.*\n\s*\d+ \| (.*)$/gm;

/** The findings in the tool's output. */
export function parseFindings(output: string): DocFinding[] {
  // deno-lint-ignore no-control-regex -- colours
  const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, "");
  return Array.from(
    plain.matchAll(FINDING),
    ([, rule = "", message = "", file = "", line = "", source = ""]) => ({
      rule,
      message,
      file,
      line: Number(line),
      isSymbol: source.startsWith("export "),
    }),
  );
}

/** Folders in which members of exported symbols are documented too, without exception. It only grows. */
const FULLY_DOCUMENTED = /^(src\/base|tools\/(lint|docs))\//;

/**
 * Whether a finding is a fault: every exported symbol has a doc comment and explicit types; in fully documented folders so has
 * each of its members.
 *
 * @param path of the file, below the repository's root
 */
export function isFault(finding: DocFinding, path: string): boolean {
  if (FULLY_DOCUMENTED.test(path)) return true;
  return finding.rule === "missing-jsdoc" && finding.isSymbol;
}
