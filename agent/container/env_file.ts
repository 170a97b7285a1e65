/**
 * Files of variables, as `fileKeyRef` reads them: a small part of what a POSIX shell would.
 *
 * @module
 */

/**
 * The value of a key: `NAME='value'`, where the value may go on over lines; undefined when the file has none, or an empty one.
 *
 * @throws {Error} when the file is malformed up to there
 * @see {@link https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-via-file/}
 */
export function envFileValue(text: string, key: string): string | undefined {
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!.replace(/^[ \t]+/, "");
    if (line === "" || line.startsWith("#")) continue;
    const [, name, blank, rest] = /^([^=]*?)([ \t]*)=(.*)$/.exec(line) ?? [];
    if (rest === undefined) throw malformed(at, "missing '='");
    if (!name) throw malformed(at, "empty variable name");
    if (blank) throw malformed(at, "whitespace before '=' is not allowed");
    if (/^[ \t]|^$/.test(rest)) {
      // To a shell, the value is empty and what follows is a command.
      if (rest === "") throw malformed(at, UNQUOTED);
      if (name === key) return undefined;
      continue;
    }
    if (!rest.startsWith("'")) throw malformed(at, UNQUOTED);
    const begin = at;
    let value = rest.slice(1);
    while (!value.includes("'")) {
      const next = lines[++at];
      if (next === undefined || at === lines.length - 1 && next === "") {
        throw malformed(begin, "unclosed single quote");
      }
      value += `\n${next}`;
    }
    const end = value.indexOf("'");
    if (!/^[ \t]*(#.*)?$/.test(value.slice(end + 1))) {
      throw malformed(at, "unexpected content after closing quote");
    }
    if (name === key) return value.slice(0, end) || undefined;
  }
  return undefined;
}

const UNQUOTED = "value must be enclosed in single quotes";

function malformed(index: number, problem: string): Error {
  return new Error(
    `Invalid environment variable format at line ${index + 1}: ${problem}`,
  );
}
