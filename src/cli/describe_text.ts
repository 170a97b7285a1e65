/**
 * Any object as indented, readable text, in the manner of `kubectl describe`.
 *
 * @module
 */

/** Two columns: how far the second one stands to the right at the top level. */
const VALUE_COLUMN = 14;

/** An object's fields as `Title Case:  value` lines, nested ones indented by two. */
export function describeFields(
  fields: Readonly<Record<string, unknown>>,
  indent = 0,
): string {
  const pad = " ".repeat(indent);
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => {
      const title = `${pad}${titleOf(key)}:`;
      if (isScalar(value)) return scalarLines(title, value, indent);
      if (Array.isArray(value)) return listLines(title, value, indent);
      const inner = value as Record<string, unknown>;
      if (Object.keys(inner).length === 0) return `${title}  <none>\n`;
      return `${title}\n${describeFields(inner, indent + 2)}`;
    }).join("");
}

/** Key=value pairs, one a line under the first, `<none>` without any. */
export function describePairs(
  title: string,
  pairs: Readonly<Record<string, string>> | undefined,
  separator: "=" | ": ",
): string {
  const entries = Object.entries(pairs ?? {}).sort();
  if (entries.length === 0) return line(title, "<none>");
  return entries.map(([key, value], index) =>
    line(index === 0 ? title : "", `${key}${separator}${value}`)
  ).join("");
}

/** `Title:        value`. */
export function line(title: string, value: string): string {
  const head = title === "" ? "" : `${title}:`;
  return `${head.padEnd(VALUE_COLUMN)} ${value}`.trimEnd() + "\n";
}

/** `podIPs` becomes `Pod IPs`, `nodeName` `Node Name`. */
export function titleOf(key: string): string {
  const spaced = key.replace(/([a-z0-9])([A-Z])/g, "$1 $2");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function scalarLines(title: string, value: unknown, indent: number): string {
  const text = String(value);
  if (!text.includes("\n")) return `${title.padEnd(VALUE_COLUMN)} ${text}\n`;
  const pad = " ".repeat(indent + 2);
  return `${title}\n` +
    text.trimEnd().split("\n").map((part) => `${pad}${part}\n`).join("");
}

function listLines(
  title: string,
  items: readonly unknown[],
  indent: number,
): string {
  if (items.length === 0) return `${title}  <none>\n`;
  const pad = " ".repeat(indent + 2);
  return `${title}\n` + items.map((item) => {
    if (isScalar(item)) return `${pad}${item}\n`;
    const fields = describeFields(item as Record<string, unknown>, indent + 4);
    return `${pad}- ${fields.trimStart()}`;
  }).join("");
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object";
}
