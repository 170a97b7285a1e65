/**
 * Reads JSON and YAML bodies: repeated keys are named, nesting and aliases are bounded, broken text is told in Kubernetes' words.
 *
 * @module
 */
import {
  Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  parseAllDocuments,
  type Tags,
  type YAMLError,
} from "yaml";
import { JsonScanner, MAX_DEPTH, TextError } from "./json_text.ts";

export { MAX_DEPTH, TextError } from "./json_text.ts";

/** What a text says. */
export interface ReadText {
  /** The value. */
  readonly value: unknown;
  /** `duplicate field "spec.foo"` (JSON) or `line 3: key "foo" already set in map` (YAML); the last one counts. */
  readonly duplicates: readonly string[];
}

/** Keys in a valid JSON text: strings that a colon follows. */
function keysInText(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    let end = text.indexOf('"', at + 1);
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
    at = end + 1;
    while (" \t\r\n".includes(text.charAt(at) || "x")) at++;
    if (text.charAt(at) === ":") count++;
  }
  return count;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charAt(at - 1 - slashes) === "\\") slashes++;
  return slashes % 2 === 1;
}

/** From this depth on the exact reader has a look, which needs no stack. */
const UNUSUAL_DEPTH = 500;

/** Keys in a value; NaN when it is nested unusually deeply. */
function keysInValue(value: unknown, depth = 0): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth > UNUSUAL_DEPTH) return NaN;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += keysInValue(item, depth + 1);
    return count;
  }
  for (const key in value) {
    count += 1 +
      keysInValue((value as Record<string, unknown>)[key], depth + 1);
  }
  return count;
}

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((item) =>
      typeof item === "object" && item !== null ? Object.values(item) : []
    );
  }
  return false;
}

/**
 * Reads JSON.
 *
 * @param options.strict also look for repeated keys (nesting is always bounded) @default true
 * @throws {TextError} when it is not JSON, or nested more than 10,000 deep
 */
export function parseJson(
  text: string,
  { strict = true }: { strict?: boolean } = {},
): ReadText {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    new JsonScanner(text).scan();
    throw new TextError(error instanceof Error ? error.message : String(error));
  }
  const keys = keysInValue(value);
  if (strict ? keys === keysInText(text) : !Number.isNaN(keys)) {
    return { value, duplicates: [] };
  }
  const duplicates = new JsonScanner(text).scan();
  return { value, duplicates: strict ? duplicates : [] };
}

/** Aliases that one document may use; what they stand for is bounded as well. */
const MAX_ALIASES = 100;

/** YAML 1.1 as Go's reader has it: octal `0644` and `yes` count, times and base-60 numbers do not. */
function customTags(tags: Tags): Tags {
  return tags.filter((tag) =>
    typeof tag === "string" ||
    !(tag.format === "TIME" || tag.tag === "tag:yaml.org,2002:timestamp")
  );
}

function wrongYaml(error: YAMLError): TextError {
  const line = error.linePos?.[0].line;
  const text = error.message.split("\n")[0]!.replace(/ at line .*$/, "")
    .replace(/:$/, "");
  const where = line === undefined ? "" : `line ${line}: `;
  return new TextError(
    `error converting YAML to JSON: yaml: ${where}${lowered(text)}`,
  );
}

function lowered(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function parsed(text: string): Document.Parsed[] {
  const all = parseAllDocuments(text, {
    version: "1.1",
    customTags,
    merge: true,
    uniqueKeys: false,
    strict: false,
    prettyErrors: true,
    logLevel: "silent",
  });
  return "empty" in all ? [] : all as Document.Parsed[];
}

function toValue(document: Document.Parsed, text: string): ReadText {
  const error = document.errors[0];
  if (error !== undefined) throw wrongYaml(error);
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (isTooDeep(value)) throw new TextError("exceeded max depth");
    return { value: value ?? null, duplicates: repeatedKeys(document, text) };
  } catch (error) {
    if (error instanceof TextError) throw error;
    if (error instanceof ReferenceError) {
      throw new TextError(
        "error converting YAML to JSON: yaml: document contains excessive aliasing",
      );
    }
    throw error;
  }
}

/** Tells line numbers of places in a text, each found from the one asked for before: places mostly come in order. */
function lineCounter(text: string): (place: number) => number {
  let [at, line] = [0, 1];
  return (place) => {
    if (place < at) [at, line] = [0, 1];
    for (
      let end = text.indexOf("\n", at);
      end >= 0 && end < place;
      end = text.indexOf("\n", at)
    ) {
      at = end + 1;
      line++;
    }
    return line;
  };
}

function repeatedKeys(document: Document.Parsed, text: string): string[] {
  const found: string[] = [];
  const lineOf = lineCounter(text);
  const visit = (node: unknown): void => {
    if (!isCollection(node) || isAlias(node)) return;
    const seen = new Set<string>();
    for (const item of node.items) {
      if (!isMap(node)) {
        visit(item);
        continue;
      }
      const { key, value } = item as { key: unknown; value: unknown };
      if (isScalar(key)) {
        const name = String(key.value);
        if (seen.has(name)) {
          const line = lineOf(key.range?.[0] ?? 0);
          found.push(
            `line ${line}: key ${JSON.stringify(name)} already set in map`,
          );
        }
        seen.add(name);
      }
      visit(value);
    }
  };
  visit(document.contents);
  return found;
}

/**
 * Reads one YAML document (the first one; an empty text is null).
 *
 * @throws {TextError} when it is not YAML, or its aliases stand for too much
 */
export function parseYaml(text: string): ReadText {
  const [first] = parsed(text);
  return first === undefined
    ? { value: null, duplicates: [] }
    : toValue(first, text);
}

/**
 * Reads all documents of a YAML (or JSON) text, empty ones left out.
 *
 * @throws {TextError} when one is broken
 */
export function parseYamlDocuments(text: string): ReadText[] {
  return parsed(text).map((document) => toValue(document, text)).filter((
    { value },
  ) => value !== null);
}

/** The start of a body, as Kubernetes adds it to the error about one that has no kind. */
export function summarize(text: string, maxLength = 30): string {
  if (text === "") return "<empty>";
  return text.length > maxLength ? `${text.slice(0, maxLength)} ...` : text;
}
