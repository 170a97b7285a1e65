/**
 * Text in double quotes, as Kubernetes writes labels and annotations into files (Go's `strconv.Quote`).
 *
 * @module
 */

/** Characters with an escape of their own. */
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** What is not written as it is: quotes, backslashes, and whatever has no shape but the blank. */
const ESCAPED = /["\\]|[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/gu;

/** Quotes it. */
export function quote(text: string): string {
  return `"${text.replace(ESCAPED, escape)}"`;
}

function escape(character: string): string {
  const code = character.codePointAt(0)!;
  const hex = (length: number) => code.toString(16).padStart(length, "0");
  return SHORT[character] ??
    (code < 0x20 || code === 0x7f
      ? `\\x${hex(2)}`
      : code < 0x10000
      ? `\\u${hex(4)}`
      : `\\U${hex(8)}`);
}
