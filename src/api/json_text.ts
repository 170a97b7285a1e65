/**
 * A slow, exact reader of JSON text: says what is wrong in the words of Go's `encoding/json`, and finds repeated keys. Used only when the fast way
 * (`JSON.parse`) failed or a repeated key is likely.
 *
 * @module
 */

/** Kubernetes' bound on nesting. */
export const MAX_DEPTH = 10_000;

/** Broken text; its message is Go's. */
export class TextError extends Error {
  /** For tests by name, across realms. */
  override readonly name = "TextError";
}

const ESCAPES = '"\\/bfnrtu';

function quoted(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return "'\"'";
  return `'${JSON.stringify(char).slice(1, -1)}'`;
}

interface Container {
  /** Keys so far; absent in a list. */
  readonly keys?: Set<string>;
  /** The key or index that is being read. */
  at: string | number;
}

/** Reads one text. */
export class JsonScanner {
  readonly #text: string;
  readonly #duplicates: string[] = [];
  readonly #open: Container[] = [];
  #at = 0;

  /** Takes the text to read. */
  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Reads the whole text.
   *
   * @returns `duplicate field "metadata.name"` for each key that comes twice in an object
   * @throws {TextError} when it is not JSON
   */
  scan(): readonly string[] {
    this.#space();
    let more = this.#value();
    for (;;) {
      if (!more) {
        const top = this.#open.at(-1);
        if (top === undefined) break;
        more = this.#afterValue(top);
      } else more = this.#value();
    }
    this.#space();
    if (this.#at < this.#text.length) this.#fail("after top-level value");
    return this.#duplicates;
  }

  #fail(context: string): never {
    const char = this.#text[this.#at];
    throw new TextError(
      char === undefined
        ? "unexpected end of JSON input"
        : `invalid character ${quoted(char)} ${context}`,
    );
  }

  #space(): void {
    while (" \t\r\n".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #push(container: Container): void {
    this.#open.push(container);
    if (this.#open.length > MAX_DEPTH) this.#fail("exceeded max depth");
    this.#at++;
    this.#space();
  }

  /** Reads a value or opens a container. Answers whether a value must follow. */
  #value(): boolean {
    const char = this.#text[this.#at];
    if (char === "{") {
      this.#push({ keys: new Set(), at: "" });
      if (this.#text[this.#at] === "}") return this.#close();
      this.#key();
      return true;
    }
    if (char === "[") {
      this.#push({ at: 0 });
      if (this.#text[this.#at] === "]") return this.#close();
      return true;
    }
    if (char === '"') this.#string();
    else if (char === "t") this.#literal("true");
    else if (char === "f") this.#literal("false");
    else if (char === "n") this.#literal("null");
    else if (char === "-" || (char !== undefined && /[0-9]/.test(char))) {
      this.#number();
    } else this.#fail("looking for beginning of value");
    return false;
  }

  #close(): false {
    this.#open.pop();
    this.#at++;
    return false;
  }

  /** After a value in a container: a comma and the next, or its end. Answers whether a value must follow. */
  #afterValue(top: Container): boolean {
    this.#space();
    const char = this.#text[this.#at];
    const list = top.keys === undefined;
    if (char === (list ? "]" : "}")) return this.#close();
    if (char !== ",") {
      this.#fail(list ? "after array element" : "after object key:value pair");
    }
    this.#at++;
    this.#space();
    if (list) top.at = (top.at as number) + 1;
    else this.#key();
    return true;
  }

  #key(): void {
    if (this.#text[this.#at] !== '"') {
      this.#fail("looking for beginning of object key string");
    }
    const key = this.#string();
    const top = this.#open.at(-1)!;
    top.at = key;
    if (top.keys!.has(key)) {
      this.#duplicates.push(`duplicate field "${this.#path()}"`);
    }
    top.keys!.add(key);
    this.#space();
    if (this.#text[this.#at] !== ":") this.#fail("after object key");
    this.#at++;
    this.#space();
  }

  #path(): string {
    return this.#open.map(({ at }, i) =>
      typeof at === "number" ? `[${at}]` : i === 0 ? at : `.${at}`
    ).join("");
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || char < " ") this.#fail("in string literal");
      this.#at++;
      if (char === '"') break;
      if (char === "\\") this.#escape();
    }
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #escape(): void {
    const char = this.#text[this.#at];
    if (char === undefined || !ESCAPES.includes(char)) {
      this.#fail("in string escape code");
    }
    this.#at++;
    if (char !== "u") return;
    for (let i = 0; i < 4; i++, this.#at++) {
      if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? "")) {
        this.#fail("in \\u hexadecimal character escape");
      }
    }
  }

  #literal(word: string): void {
    for (const char of word) {
      if (this.#text[this.#at] !== char) {
        this.#fail(`in literal ${word} (expecting '${char}')`);
      }
      this.#at++;
    }
  }

  #digits(context: string): void {
    if (!/[0-9]/.test(this.#text[this.#at] ?? "")) this.#fail(context);
    while (/[0-9]/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #number(): void {
    if (this.#text[this.#at] === "-") this.#at++;
    if (this.#text[this.#at] === "0") this.#at++;
    else this.#digits("in numeric literal");
    if (this.#text[this.#at] === ".") {
      this.#at++;
      this.#digits("after decimal point in numeric literal");
    }
    if (/[eE]/.test(this.#text[this.#at] ?? "")) {
      this.#at++;
      if (/[-+]/.test(this.#text[this.#at] ?? "")) this.#at++;
      this.#digits("in exponent of numeric literal");
    }
  }
}
