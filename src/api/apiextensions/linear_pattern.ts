/**
 * Whether a text matches, in time that grows with the text alone.
 *
 * @module
 */
import type { Assertion, Program, Step } from "./pattern_program.ts";

/** What stands beside a place in a text, as assertions see it. */
type Beside = "edge" | "newline" | "word" | "other";

/** Where a program can be after what was read. */
interface State {
  readonly at: readonly number[];
  readonly before: Beside;
  /** By the next code point; true is a match. */
  readonly then: Map<number, State | true>;
}

/** So many places of states and steps between them are kept; then all are found anew. */
const KEPT = 100_000;
/** Stands for the end of the text. */
const END = -1;

/** Runs a program: all its ways at once, each set of places that it can be at found once. */
export class LinearPattern {
  readonly #program: Program;
  #states = new Map<string, State>();
  #kept = 0;

  constructor(program: Program) {
    this.#program = program;
  }

  /** Whether some part of the text matches. */
  test(text: string): boolean {
    let state: State | true = this.#state([], "edge");
    for (let i = 0; i < text.length;) {
      const point: number = text.codePointAt(i)!;
      i += point > 0xffff ? 2 : 1;
      state = state.then.get(point) ?? this.#read(state, point);
      if (state === true) return true;
    }
    return (state.then.get(END) ?? this.#read(state, END)) === true;
  }

  #state(at: readonly number[], before: Beside): State {
    const key = `${before} ${at.join(" ")}`;
    let state = this.#states.get(key);
    if (state === undefined) {
      state = { at, before, then: new Map() };
      this.#states.set(key, state);
    }
    return state;
  }

  #read(from: State, point: number): State | true {
    this.#kept += 1 + from.at.length;
    if (this.#kept > KEPT) {
      this.#kept = 0;
      this.#states = new Map();
      from.then.clear();
    }
    const reached = this.#reach(from, point);
    const then = reached === true
      ? true
      : this.#state(reached, besideOf(point));
    from.then.set(point, then);
    return then;
  }

  /** The places after a code point, in order; true when there is a match before it. */
  #reach({ at, before }: State, point: number): number[] | true {
    const after = besideOf(point);
    const seen = new Set<number>();
    // A match may begin anywhere.
    const open = [this.#program.start, ...at];
    const reached = new Set<number>();
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (seen.has(place)) continue;
      seen.add(place);
      const step: Step = this.#program.steps[place]!;
      switch (step.op) {
        case "match":
          return true;
        case "split":
          open.push(...step.ways);
          break;
        case "assert":
          if (holds(step.that, before, after)) open.push(step.next);
          break;
        case "char":
          if (point !== END && step.set.has(point)) reached.add(step.next);
      }
    }
    return [...reached].sort((a, b) => a - b);
  }
}

function holds(that: Assertion, before: Beside, after: Beside): boolean {
  switch (that) {
    case "start":
      return before === "edge";
    case "end":
      return after === "edge";
    case "line-start":
      return before === "edge" || before === "newline";
    case "line-end":
      return after === "edge" || after === "newline";
    case "b":
      return (before === "word") !== (after === "word");
    case "B":
      return (before === "word") === (after === "word");
  }
}

function besideOf(point: number): Beside {
  if (point === END) return "edge";
  if (point === 0x0a) return "newline";
  const isWord = point >= 0x30 && point <= 0x39 ||
    point >= 0x41 && point <= 0x5a || point >= 0x61 && point <= 0x7a ||
    point === 0x5f;
  return isWord ? "word" : "other";
}
