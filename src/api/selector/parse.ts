/**
 * Reads label selectors from text: `app=web,tier in (a,b),!old`.
 *
 * @module
 */
import { isQualifiedName } from "../validation/names.ts";
import {
  checkRequirement,
  type Operator,
  type Requirement,
  Selector,
  SelectorError,
} from "./requirement.ts";

type TokenKind = "word" | "end" | "error" | Operator | "(" | ")" | ",";

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const SYMBOLS: Readonly<Record<string, TokenKind>> = {
  ")": ")",
  ",": ",",
  "!": "!",
  "==": "==",
  "=": "=",
  ">": "gt",
  "<": "lt",
  "!=": "!=",
  "(": "(",
};
const BINARY: Readonly<Record<string, Operator>> = {
  "in": "in",
  "notin": "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  "gt": "gt",
  "lt": "lt",
};
const OPERATORS_TEXT = "in, notin, =, ==, !=, gt, lt";

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const space = /^[ \t\r\n]+/.exec(rest);
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    const word = /^[^=!(),<> \t\r\n]+/.exec(rest);
    if (word !== null) {
      const kind = word[0] === "in" || word[0] === "notin" ? word[0] : "word";
      found.push({ kind, text: word[0] });
      at += word[0].length;
      continue;
    }
    const two = rest.slice(0, 2);
    const symbol = SYMBOLS[two] === undefined ? rest[0]! : two;
    found.push({ kind: SYMBOLS[symbol] ?? "error", text: symbol });
    at += symbol.length;
  }
  found.push({ kind: "end", text: "" });
  return found;
}

/** Walks the tokens; `in` and `notin` are words where a key or value is due. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokens(text);
  }

  peek(): Token {
    const token = this.#tokens[this.#at] ?? { kind: "end", text: "" };
    return token.kind === "in" || token.kind === "notin"
      ? { kind: "word", text: token.text }
      : token;
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  nextOperator(): Token {
    const token = this.#tokens[this.#at] ?? { kind: "end", text: "" };
    this.#at++;
    return token;
  }
}

function fail(found: string, expected: string, comma = ","): never {
  throw new SelectorError(`found '${found}'${comma} expected: ${expected}`);
}

function parseRequirement(parser: Parser): Requirement {
  let token = parser.next();
  const negated = token.kind === "!";
  if (negated) token = parser.next();
  if (token.kind !== "word") fail(token.text, "identifier");
  const key = token.text;
  const wrong = isQualifiedName(key);
  if (wrong.length > 0) {
    throw new SelectorError(
      `<nil>: Invalid value: ${JSON.stringify(key)}: ${wrong.join("; ")}`,
    );
  }
  const after = parser.peek().kind;
  if (negated || after === "end" || after === ",") {
    return checkRequirement({
      key,
      operator: negated ? "!" : "exists",
      values: [],
    });
  }
  const operatorToken = parser.nextOperator();
  const operator = BINARY[operatorToken.kind];
  if (operator === undefined) fail(operatorToken.text, OPERATORS_TEXT);
  const values = operator === "in" || operator === "notin"
    ? parseValues(parser)
    : [parseExact(parser)];
  return checkRequirement({ key, operator, values });
}

function parseExact(parser: Parser): string {
  const ahead = parser.peek().kind;
  if (ahead === "end" || ahead === ",") return "";
  const token = parser.next();
  if (token.kind !== "word") fail(token.text, "identifier");
  return token.text;
}

function parseValues(parser: Parser): string[] {
  const open = parser.next();
  if (open.kind !== "(") fail(open.text, "'('", "");
  const first = parser.peek();
  if (first.kind === ")") {
    parser.next();
    return [""];
  }
  if (first.kind !== "word" && first.kind !== ",") {
    fail(first.text, "',', ')' or identifier");
  }
  const values = new Set<string>();
  for (;;) {
    const token = parser.next();
    if (token.kind === "word") {
      values.add(token.text);
      const ahead = parser.peek();
      if (ahead.kind === ",") continue;
      if (ahead.kind !== ")") fail(ahead.text, "',' or ')'");
    } else if (token.kind === ",") {
      if (values.size === 0) values.add("");
      const ahead = parser.peek().kind;
      if (ahead === "," || ahead === ")") values.add("");
    } else fail(token.text, "',', or identifier");
    if (parser.peek().kind === ")") {
      parser.next();
      return [...values].sort();
    }
  }
}

/**
 * Reads a label selector; the empty text selects everything.
 *
 * @throws {SelectorError} with Kubernetes' text
 */
export function parseLabelSelector(text: string): Selector {
  const parser = new Parser(text);
  const requirements: Requirement[] = [];
  for (;;) {
    const ahead = parser.peek();
    if (ahead.kind === "end") return new Selector(requirements);
    if (ahead.kind !== "word" && ahead.kind !== "!") {
      fail(ahead.text, "!, identifier, or 'end of string'");
    }
    try {
      requirements.push(parseRequirement(parser));
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new SelectorError(
        `unable to parse requirement: ${error.message}`,
      );
    }
    const after = parser.next();
    if (after.kind === "end") return new Selector(requirements);
    if (after.kind !== ",") fail(after.text, "',' or 'end of string'");
    const following = parser.peek();
    if (following.kind !== "word" && following.kind !== "!") {
      fail(following.text, "identifier after ','");
    }
  }
}
