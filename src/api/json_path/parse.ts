/**
 * Reads JSON paths as kubectl and the printer columns of custom resources write them: `.spec.containers[?(@.name=="main")].image`.
 *
 * Follows https://kubernetes.io/docs/reference/kubectl/jsonpath/.
 *
 * @module
 */

/** A path that cannot be read. */
export class JsonPathError extends Error {
  /** For tests by name. */
  override readonly name = "JsonPathError";
}

/** One step of a path. */
export type Step =
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "all" }
  | { readonly type: "recursive" }
  | {
    readonly type: "slice";
    readonly start?: number;
    readonly end?: number;
    readonly step: number;
    /** One index rather than a range. */
    readonly single: boolean;
  }
  | { readonly type: "union"; readonly steps: readonly Step[] }
  | {
    readonly type: "filter";
    readonly left: Operand;
    readonly operator: "exists" | "==" | "!=" | "<" | "<=" | ">" | ">=";
    readonly right?: Operand;
  };

/** A side of a comparison. */
export type Operand =
  | { readonly path: readonly Step[] }
  | { readonly value: string | number | boolean };

/** Reads a path. @throws {JsonPathError} */
export function parseJsonPath(path: string): readonly Step[] {
  const inside = /^\{(.*)\}$/s.exec(path.trim())?.[1] ?? path.trim();
  return new Parser(inside.replace(/^\$/, "")).steps();
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  steps(): Step[] {
    const steps: Step[] = [];
    while (this.#at < this.#text.length) steps.push(this.#step());
    return steps;
  }

  #step(): Step {
    const char = this.#text[this.#at];
    if (char === "[") return this.#bracket();
    if (this.#text.startsWith("..", this.#at)) {
      // The name that follows is a step of its own.
      this.#at += this.#text[this.#at + 2] === "[" ? 2 : 1;
      return { type: "recursive" };
    }
    if (char === ".") this.#at++;
    else if (this.#at > 0) throw this.#unexpected();
    return this.#name();
  }

  #name(): Step {
    let name = "";
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!;
      if (char === "\\") name += this.#text[++this.#at] ?? "";
      else if (char === "." || char === "[" || char === " ") break;
      else name += char;
    }
    if (name === "*") return { type: "all" };
    if (name === "" && this.#at < this.#text.length) throw this.#unexpected();
    return { type: "field", name };
  }

  #unexpected(): JsonPathError {
    const what = this.#text[this.#at] ?? "end";
    return new JsonPathError(
      `Cannot read JSON path ${JSON.stringify(this.#text)}: unexpected ${
        JSON.stringify(what)
      }`,
    );
  }

  /** What stands in brackets, without them. */
  #inner(): string {
    let depth = 0;
    let quote = "";
    const start = this.#at + 1;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!;
      if (quote !== "") {
        if (char === "\\") this.#at++;
        else if (char === quote) quote = "";
      } else if (char === '"' || char === "'") quote = char;
      else if (char === "[") depth++;
      else if (char === "]" && --depth === 0) {
        return this.#text.slice(start, this.#at++).trim();
      }
    }
    throw new JsonPathError(
      `Cannot read JSON path ${JSON.stringify(this.#text)}: unterminated array`,
    );
  }

  #bracket(): Step {
    const inner = this.#inner();
    if (inner === "*") {
      return { type: "slice", step: 1, single: false };
    }
    const filter = /^\?\((.*)\)$/s.exec(inner);
    if (filter !== null) return parseFilter(filter[1]!.trim());
    const parts = splitOutside(inner, ",");
    if (parts.length === 1) return bracketPart(parts[0]!.trim(), this.#text);
    return {
      type: "union",
      steps: parts.map((part) => bracketPart(part.trim(), this.#text)),
    };
  }
}

function bracketPart(text: string, path: string): Step {
  const quoted = /^'(.*)'$|^"(.*)"$/s.exec(text);
  if (quoted !== null) {
    return {
      type: "field",
      name: (quoted[1] ?? quoted[2] ?? "").replace(/\\(.)/gs, "$1"),
    };
  }
  const range = /^(-?\d+)?(?::(-?\d+)?(?::(-?\d+)?)?)?$/.exec(text);
  if (range === null || text === "") {
    throw new JsonPathError(
      `Cannot read JSON path ${
        JSON.stringify(path)
      }: invalid array index ${text}`,
    );
  }
  const number = (at: number) =>
    range[at] === undefined ? undefined : Number(range[at]);
  const [start, end] = [number(1), number(2)];
  const single = !text.includes(":");
  return {
    type: "slice",
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    step: number(3) ?? 1,
    single,
  };
}

/** Splits where no quote and no bracket is open. */
function splitOutside(text: string, separator: string): string[] {
  const parts = [""];
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote !== "") {
      if (char === "\\") parts[parts.length - 1] += char + text[++at];
      else {
        if (char === quote) quote = "";
        parts[parts.length - 1] += char;
      }
      continue;
    }
    if (char === '"' || char === "'") quote = char;
    if (char === separator) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return parts;
}

const OPERATORS = ["==", "!=", "<=", ">=", "<", ">"] as const;

function parseFilter(text: string): Step {
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote !== "") {
      if (char === "\\") at++;
      else if (char === quote) quote = "";
      continue;
    }
    if (char === '"' || char === "'") quote = char;
    const operator = OPERATORS.find((one) => text.startsWith(one, at));
    if (operator === undefined) continue;
    return {
      type: "filter",
      left: operand(text.slice(0, at).trim()),
      operator,
      right: operand(text.slice(at + operator.length).trim()),
    };
  }
  return { type: "filter", left: operand(text), operator: "exists" };
}

function operand(text: string): Operand {
  if (text.startsWith("@") || text.startsWith("$")) {
    return { path: parseJsonPath(text.slice(1)) };
  }
  if (text.startsWith(".")) return { path: parseJsonPath(text) };
  const quoted = /^'(.*)'$|^"(.*)"$/s.exec(text);
  if (quoted !== null) {
    return { value: (quoted[1] ?? quoted[2] ?? "").replace(/\\(.)/gs, "$1") };
  }
  if (text === "true" || text === "false") return { value: text === "true" };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { value: Number(text) };
  throw new JsonPathError(
    `Cannot read JSON path filter: unrecognized operand ${
      JSON.stringify(text)
    }`,
  );
}
