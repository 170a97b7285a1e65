/**
 * Regular expressions as Go writes them (RE2), in JavaScript's words.
 *
 * @module
 */

import { LinearPattern } from "./linear_pattern.ts";
import { makeProgram } from "./pattern_program.ts";

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** Letters that may follow a backslash with the same meaning in both languages. */
const SHARED_ESCAPES = "dDsSwWbBfnrtvxpP0123456789";

/** What of RE2 has a meaning in JavaScript that it must not have: look-around and back references. */
const FOREIGN = /\(\?(?:[=!]|<[=!])|\\[1-9]/;

/** An expression that is ready to be used. */
export interface Pattern {
  /** Whether some part of a text matches; takes time in proportion to the text, as in Go. */
  test(text: string): boolean;
}

/** Translates an expression. @throws {SyntaxError} when it is none */
export function compilePattern(pattern: string): Pattern {
  if (FOREIGN.test(pattern.replaceAll("\\\\", ""))) {
    throw new SyntaxError("Invalid or unsupported Perl syntax");
  }
  const flags = /^\(\?([ims]+)\)/.exec(pattern);
  const rest = flags === null ? pattern : pattern.slice(flags[0].length);
  const source = translate(rest);
  // Only to learn whether it is one: JavaScript's engine would never come back from some.
  new RegExp(source, "u");
  return new LinearPattern(makeProgram(source, flags?.[1] ?? ""));
}

function translate(pattern: string): string {
  let out = "";
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === "\\") {
      const next = pattern[++at];
      if (next === undefined) {
        throw new SyntaxError("Trailing backslash at end of expression");
      }
      if (next === "A" && !inClass) out += "^";
      else if (next === "z" && !inClass) out += "$";
      else if (next === "a") out += "\\x07";
      else if (next === "Q") {
        const end = pattern.indexOf("\\E", at);
        const text = pattern.slice(at + 1, end < 0 ? undefined : end);
        out += [...text].map(literal).join("");
        at = end < 0 ? pattern.length : end + 1;
      } else if (next === "x" && pattern[at + 1] === "{") {
        out += "\\u";
      } else if ((next === "p" || next === "P") && pattern[at + 1] !== "{") {
        out += `\\${next}{${pattern[++at] ?? ""}}`;
      } else if (SHARED_ESCAPES.includes(next)) out += `\\${next}`;
      else if (/[A-Za-z]/.test(next)) {
        throw new SyntaxError(`Invalid escape sequence: \`\\${next}\``);
      } else out += literal(next);
      continue;
    }
    if (inClass) {
      const posix = /^\[:(\^?)([a-z]+):\]/.exec(pattern.slice(at));
      const known = POSIX_CLASSES[posix?.[2] ?? ""];
      if (posix !== null && known !== undefined && posix[1] === "") {
        out += known;
        at += posix[0].length - 1;
      } else if (char === "]") {
        inClass = false;
        out += "]";
      } else out += char === "[" ? "\\[" : char;
      continue;
    }
    if (char === "[") {
      inClass = true;
      out += "[";
      if (pattern[at + 1] === "^") {
        out += "^";
        at++;
      }
      // The first bracket in a class stands for itself.
      if (pattern[at + 1] === "]") {
        out += "\\]";
        at++;
      }
    } else if (pattern.startsWith("(?P<", at)) {
      out += "(?<";
      at += 3;
    } else if (char === "]" || (char === "}" && !closesCount(out))) {
      out += `\\${char}`;
    } else if (char === "{" && !/^\{\d+(,\d*)?\}/.test(pattern.slice(at))) {
      out += "\\{";
    } else out += char;
  }
  return out;
}

function closesCount(before: string): boolean {
  return /(?<!\\)\{\d+(,\d*)?$/.test(before) ||
    /\\(?:[pP]|u)\{[^}]*$/.test(before);
}

/** A character that stands for itself. */
function literal(char: string): string {
  return /[\^$\\.*+?()[\]{}|/-]/.test(char) && char !== "-"
    ? `\\${char}`
    : char === "-"
    ? "\\x2d"
    : char;
}
