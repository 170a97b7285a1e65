/**
 * Prints the server's Table form as aligned columns, as kubectl does.
 *
 * @module
 */

/** `meta.k8s.io/v1` Table, as far as printing needs it. */
export interface Table {
  readonly kind?: string;
  readonly metadata?: {
    readonly resourceVersion?: string;
    readonly continue?: string;
  };
  readonly columnDefinitions: readonly {
    readonly name: string;
    readonly priority?: number;
  }[];
  readonly rows: readonly TableRow[];
}

/** One row; `object` is at least its metadata. */
export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object?: {
    readonly metadata?: {
      readonly name?: string;
      readonly namespace?: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
  };
}

/** How a table is shown. */
export interface TableStyle {
  /** Also columns of lesser importance. */
  readonly wide: boolean;
  readonly headers: boolean;
  readonly withNamespace: boolean;
  readonly showLabels: boolean;
  /** Put before each name, `pod/`, when several kinds are shown. */
  readonly namePrefix?: string;
}

/** Blanks between columns, and the least width of a column with them: kubectl's. */
const PADDING = 3;
const MIN_WIDTH = 6;

/** Header and rows as cells. */
export function tableCells(table: Table, style: TableStyle): string[][] {
  const columns = table.columnDefinitions
    .map((column, index) => ({ ...column, index }))
    .filter((column) => style.wide || !column.priority);
  const header = columns.map((column) => column.name.toUpperCase());
  if (style.withNamespace) header.unshift("NAMESPACE");
  if (style.showLabels) header.push("LABELS");
  const rows = table.rows.map((row) => {
    const cells = columns.map(({ index, name }) => {
      const text = cellText(row.cells[index]);
      return name === "Name" && style.namePrefix
        ? style.namePrefix + text
        : text;
    });
    if (style.withNamespace) {
      cells.unshift(row.object?.metadata?.namespace ?? "");
    }
    if (style.showLabels) cells.push(labelsText(row.object?.metadata?.labels));
    return cells;
  });
  return style.headers ? [header, ...rows] : rows;
}

/**
 * Left-aligned columns three spaces apart, as Go's tabwriter lays them out for kubectl.
 *
 * @param widths of earlier rows, which later ones keep to; grows
 */
export function alignCells(
  rows: readonly (readonly string[])[],
  widths: number[] = [],
): string {
  for (const row of rows) {
    row.forEach((cell, index) => {
      const width = Math.max(cell.length + PADDING, MIN_WIDTH);
      widths[index] = Math.max(widths[index] ?? 0, width);
    });
  }
  return rows.map((row) =>
    row.map((cell, index) =>
      index === row.length - 1 ? cell : cell.padEnd(widths[index]!)
    ).join("").trimEnd() + "\n"
  ).join("");
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "<none>";
  return String(cell);
}

function labelsText(
  labels: Readonly<Record<string, string>> | undefined,
): string {
  const entries = Object.entries(labels ?? {}).sort();
  return entries.map(([key, value]) => `${key}=${value}`).join(",") ||
    "<none>";
}
