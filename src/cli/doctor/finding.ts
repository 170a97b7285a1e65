/**
 * What `doctor` finds.
 *
 * @module
 */

/** How good it is: `warn` restricts something, `fail` keeps a role that was asked about from working. */
export type Level = "ok" | "warn" | "fail";

/** What a machine may be there for. */
export type Role = "cli" | "agent" | "server";

/** One line. */
export interface Finding {
  /** The part of the machine: `Deno`, `cgroups`. */
  readonly what: string;
  readonly level: Level;
  /** What is so. */
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
  /** Further facts, for programs. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
}

/** Findings about one thing that the machine may be there for. */
export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}
