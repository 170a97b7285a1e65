/**
 * What benchmarks print: one row a figure, each with its goal and with what it is compared with in the same run.
 *
 * @module
 */
import { alignCells } from "../../src/cli/table.ts";

/** One figure. */
export interface Figure {
  /** What was measured, with the load. */
  readonly name: string;
  /** The measurement, in `unit`. */
  readonly value: number;
  readonly unit: string;
  /** What it should be, for example `< 2`. */
  readonly goal?: string;
  /** Whether it is; absent without a goal. */
  readonly met?: boolean;
  /** What it is compared with, measured in the same run (or a public figure, marked as such). */
  readonly comparedWith?: string;
}

/** A benchmark: its name on the command line, and its work. */
export interface Bench {
  readonly name: string;
  readonly run: (options: BenchOptions) => Promise<readonly Figure[]>;
}

/** What all benchmarks get. */
export interface BenchOptions {
  /** Takes progress lines. */
  readonly say: (line: string) => void;
  /** Smaller loads and shorter waits: shows that the benchmark works, not what it would measure. */
  readonly quick: boolean;
}

/** The figures as a table. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, goal, met, comparedWith }) => [
    name,
    `${round(value)} ${unit}`,
    goal === undefined ? "" : `${goal}${met ? "" : "  MISSED"}`,
    comparedWith ?? "",
  ]);
  return alignCells([["FIGURE", "MEASURED", "GOAL", "COMPARED WITH"], ...rows]);
}

/** A figure with an upper bound. */
export function atMost(
  figure: Omit<Figure, "goal" | "met">,
  bound: number,
): Figure {
  return { ...figure, goal: `≤ ${bound}`, met: figure.value <= bound };
}

/** A figure with a lower bound. */
export function atLeast(
  figure: Omit<Figure, "goal" | "met">,
  bound: number,
): Figure {
  return { ...figure, goal: `≥ ${bound}`, met: figure.value >= bound };
}

/** The value below which a share of the samples lies (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))] ?? NaN;
}

/** Three significant digits, as far as they say something. */
export function round(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
