/**
 * YAML in the form that kubectl prints: lists are not indented, a text is quoted when it could be taken for something else, long ones are folded.
 *
 * @module
 */
import { Document, Scalar, visit } from "yaml";

/** Where kubectl folds plain and quoted texts, in columns. */
const WIDTH = 80;

/** A value as one YAML document. */
export function yamlText(value: unknown): string {
  const document = new Document(value, {
    version: "1.1",
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== "string") return;
      const type = styleOf(node.value);
      if (type) node.type = type;
    },
  });
  return document.toString({ indentSeq: false, lineWidth: WIDTH });
}

/**
 * Where Go's writer and the library differ: texts that YAML's syntax would break are put in single quotes, and `=` of YAML 1.1 in double ones.
 * All others the library quotes as Go does: in double quotes when they would be read as a number, a truth value, a time or nothing.
 */
function styleOf(text: string): Scalar.Type | undefined {
  if (text === "=" || hasControls(text)) {
    return text.includes("\n") ? undefined : Scalar.QUOTE_DOUBLE;
  }
  return breaksSyntax(text) ? Scalar.QUOTE_SINGLE : undefined;
}

function hasControls(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return /[\x00-\x1f\x7f-\x9f]/.test(text);
}

/** Indicators at the start, `: ` and ` #` within, space at an end. */
function breaksSyntax(text: string): boolean {
  return /^[#,[\]{}&*!|>'"%@`]|^[-?:]( |$)|^ | $|: |:$| #|^(---|\.\.\.)/.test(
    text,
  );
}
