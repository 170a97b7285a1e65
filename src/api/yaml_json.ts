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

/** Keys and other strings of valid JSON; group 1 tells which are keys. */
const STRINGS = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

function keysInText(text: string): number {
  let count = 0;
  for (const match of text.matchAll(STRINGS)) {
    if (match[1] !== undefined) count++;
  }
  return count;
}

/** Keys in a value; -1 when it is nested too deeply. */
function keysInValue(value: unknown): number {
  let count = 0;
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= MAX_DEPTH) return -1;
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      const parts = Object.values(item);
      if (!Array.isArray(item)) count += parts.length;
      for (const part of parts) {
        if (typeof part === "object" && part !== null) next.push(part);
      }
    }
    level = next;
  }
  return count;
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
  if (keys >= 0 && (!strict || keys === keysInText(text))) {
    return { value, duplicates: [] };
  }
  return { value, duplicates: new JsonScanner(text).scan() };
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
    if (keysInValue(value) < 0) throw new TextError("exceeded max depth");
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

function repeatedKeys(document: Document.Parsed, text: string): string[] {
  const found: string[] = [];
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
          const before = text.slice(0, key.range?.[0] ?? 0);
          const line = before.split("\n").length;
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
