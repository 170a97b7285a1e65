/**
 * Holds the diagram above a state table against the table.
 *
 * @module
 */

/** A state table: where each state may lead. */
export type Transitions = Readonly<Record<string, readonly string[]>>;

/** Draws the table as the diagrams in the sources are drawn. */
export function drawStates(transitions: Transitions): string[] {
  const width = Math.max(
    ...Object.entries(transitions)
      .filter(([, next]) => next.length > 0)
      .map(([state]) => state.length),
  );
  return Object.entries(transitions).map(([state, next]) =>
    next.length === 0 ? state : `${state.padEnd(width)} --> ${next.join(" | ")}`
  );
}

/** The diagram in a source: the lines of its first `text` block. */
export function diagramIn(source: string): string[] {
  const block = /```text\n([\s\S]*?)```/.exec(source)?.[1] ?? "";
  return block.split("\n").map((line) => line.replace(/^ \* ?/, "").trimEnd())
    .filter((line) => line !== "");
}
