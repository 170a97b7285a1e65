/**
 * Aligns cells that end in tabs, as Go's text/tabwriter does for kubectl: a column is as wide as its widest cell in a run of lines that have it.
 *
 * @module
 */

/** Blanks between columns. */
const PADDING = 2;

/** The text with tabs replaced by blanks. Trailing blanks of lines go too. */
export function alignTabs(text: string): string {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const widths: number[][] = lines.map(() => []);
  for (let column = 0;; column++) {
    let found = false;
    for (let from = 0; from < lines.length;) {
      // The last cell of a line has no tab behind it, so it is no part of a column.
      let to = from;
      while (to < lines.length && lines[to]!.length > column + 1) to++;
      if (to === from) {
        from++;
        continue;
      }
      found = true;
      const run = lines.slice(from, to).map((cells) => cells[column]!.length);
      for (let at = from; at < to; at++) {
        widths[at]![column] = Math.max(...run) + PADDING;
      }
      from = to;
    }
    if (!found) break;
  }
  return lines.map((cells, at) =>
    cells.map((cell, column) => cell.padEnd(widths[at]![column] ?? 0)).join("")
      .trimEnd()
  ).join("\n");
}
