/**
 * Regular expressions as little programs that all ways are walked through at once: a text is read once, whatever the expression.
 *
 * JavaScript's own engine tries one way after the other, which for expressions like `^(a+)+$` takes longer than anybody lives. Authors of definitions
 * may rely on Go's, which knows no such expressions.
 *
 * @module
 */

/** What must be true between two characters. */
export type Assertion = "start" | "end" | "line-start" | "line-end" | "b" | "B";

/** One step of a program; the numbers are those of the steps that follow. */
export type Step =
  | { readonly op: "char"; readonly set: CharSet; readonly next: number }
  | { readonly op: "split"; readonly ways: readonly number[] }
  | { readonly op: "assert"; readonly that: Assertion; readonly next: number }
  | { readonly op: "match" };

/** A program: where it begins, and its steps. */
export interface Program {
  readonly start: number;
  readonly steps: readonly Step[];
}

/** As Go has it. */
const MAX_DEPTH = 1000;
const MAX_REPEAT = 1000;
/** A fraction of what Go allows: `[a-z]{1,1000}` twenty times. */
const MAX_STEPS = 20_000;

/** Characters, as one part of an expression means them. */
export class CharSet {
  readonly #expression: RegExp;
  /** ASCII: 0 not asked yet, 1 no, 2 yes. */
  readonly #known = new Uint8Array(128);

  /** @param text a class, an escape or one character, in JavaScript's words */
  constructor(text: string, flags: string) {
    this.#expression = new RegExp(`^${text}$`, flags);
  }

  /** Whether a code point is one of them. */
  has(point: number): boolean {
    if (point >= 128) return this.#ask(point);
    this.#known[point] ||= this.#ask(point) ? 2 : 1;
    return this.#known[point] === 2;
  }

  #ask(point: number): boolean {
    return this.#expression.test(String.fromCodePoint(point));
  }
}

/** Makes the program of an expression that JavaScript has accepted. @param flags of `i`, `m`, `s` @throws {SyntaxError} when it is too large */
export function makeProgram(source: string, flags: string): Program {
  return new Maker(source).make(flags);
}

/** Writes the steps of a part before those that follow it. @returns where the part begins */
type Part = (next: number) => number;

class Maker {
  readonly #source: string;
  readonly #steps: Step[] = [];
  readonly #sets = new Map<string, CharSet>();
  #at = 0;
  #depth = 0;
  #work = 0;

  constructor(source: string) {
    this.#source = source;
  }

  make(flags: string): Program {
    const whole = this.#choice(flags);
    const end = this.#add({ op: "match" });
    return { start: whole(end), steps: this.#steps };
  }

  #add(step: Step): number {
    this.#spend();
    return this.#steps.push(step) - 1;
  }

  /** Counts parts too: one that is empty costs time as well when it is repeated. */
  #spend(): void {
    if (++this.#work > MAX_STEPS) {
      throw new SyntaxError("Expression too large");
    }
  }

  #choice(flags: string): Part {
    if (++this.#depth > MAX_DEPTH) {
      throw new SyntaxError("Expression nests too deeply");
    }
    const parts = [this.#sequence(flags)];
    while (this.#source[this.#at] === "|") {
      this.#at++;
      parts.push(this.#sequence(flags));
    }
    this.#depth--;
    if (parts.length === 1) return parts[0]!;
    return (next) =>
      this.#add({ op: "split", ways: parts.map((part) => part(next)) });
  }

  #sequence(flags: string): Part {
    const parts: Part[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#next())) {
      parts.push(this.#repeated(this.#atom(flags)));
    }
    return (next) => {
      this.#spend();
      return parts.reduceRight((follows, part) => part(follows), next);
    };
  }

  #next(): string {
    return this.#source[this.#at]!;
  }

  #repeated(part: Part): Part {
    const count = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})/.exec(
      this.#source.slice(this.#at, this.#at + 24),
    );
    if (count === null) return part;
    this.#at += count[0].length;
    // How much is taken says nothing about whether there is a match.
    if (this.#source[this.#at] === "?") this.#at++;
    const [sign, least = "", comma, most = ""] = count;
    switch (sign) {
      case "*":
        return this.#times(part, 0, Infinity);
      case "+":
        return this.#times(part, 1, Infinity);
      case "?":
        return this.#times(part, 0, 1);
    }
    const low = Number(least);
    const high = comma === "" ? low : most === "" ? Infinity : Number(most);
    if (low > MAX_REPEAT || (high > MAX_REPEAT && high !== Infinity)) {
      throw new SyntaxError(`Invalid repeat count: \`${sign}\``);
    }
    return this.#times(part, low, high);
  }

  #times(part: Part, low: number, high: number): Part {
    return (next) => {
      let start = next;
      if (high === Infinity) {
        const ways = [next];
        start = this.#add({ op: "split", ways });
        ways.unshift(part(start));
      } else {
        for (let i = low; i < high; i++) {
          start = this.#add({ op: "split", ways: [part(start), next] });
        }
      }
      for (let i = 0; i < low; i++) {
        this.#spend();
        start = part(start);
      }
      return start;
    };
  }

  #atom(flags: string): Part {
    const rest = this.#source.slice(this.#at, this.#at + 64);
    switch (rest[0]) {
      case "(":
        return this.#group(rest, flags);
      case "^":
        return this.#assertion(flags.includes("m") ? "line-start" : "start");
      case "$":
        return this.#assertion(flags.includes("m") ? "line-end" : "end");
      case ".":
        // Where JavaScript knows four ends of a line, Go knows one.
        this.#at++;
        return this.#chars(flags.includes("s") ? "[^]" : "[^\\n]", "");
      case "[":
        return this.#chars(this.#take(this.#classEnd()), flags);
      case "\\": {
        if (rest[1] === "b" || rest[1] === "B") {
          this.#at++;
          return this.#assertion(rest[1]);
        }
        const escape =
          /^\\(?:[pPu]\{[^}]*\}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|.)/us
            .exec(rest)!;
        return this.#chars(this.#take(escape[0].length), flags);
      }
    }
    const char = String.fromCodePoint(rest.codePointAt(0)!);
    return this.#chars(this.#take(char.length), flags);
  }

  #take(length: number): string {
    return this.#source.slice(this.#at, this.#at += length);
  }

  #classEnd(): number {
    let end = this.#at + 1;
    while (this.#source[end] !== "]") {
      end += this.#source[end] === "\\" ? 2 : 1;
    }
    return end + 1 - this.#at;
  }

  #group(rest: string, outer: string): Part {
    const head = /^\((?:\?(?:<[^>]*>|([ims]*)(?:-([ims]+))?:))?/.exec(rest)!;
    const [text, more = "", less = ""] = head;
    this.#at += text.length;
    const flags = [...new Set(outer + more)]
      .filter((flag) => !less.includes(flag)).join("");
    const inside = this.#choice(flags);
    this.#at++; // the closing bracket
    return inside;
  }

  #assertion(that: Assertion): Part {
    this.#at++;
    return (next) => this.#add({ op: "assert", that, next });
  }

  #chars(text: string, flags: string): Part {
    const key = `${flags.includes("i") ? "iu" : "u"} ${text}`;
    const set = this.#sets.get(key) ??
      new CharSet(text, flags.includes("i") ? "iu" : "u");
    this.#sets.set(key, set);
    return (next) => this.#add({ op: "char", set, next });
  }
}
