/**
 * Any object as indented, readable text: what is shown of kinds that have no description of their own. Texts have tabs between columns.
 *
 * @module
 */

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
      if (Object.keys(inner).length === 0) return `${title}\t<none>\n`;
      return `${title}\n${describeFields(inner, indent + 2)}`;
    }).join("");
}

/** `podIPs` becomes `Pod IPs`, `nodeName` `Node Name`; a key with dots or dashes is data and stays. */
export function titleOf(key: string): string {
  if (/[^a-zA-Z0-9]/.test(key)) return key;
  const spaced = key.replace(/([a-z0-9])([A-Z])/g, "$1 $2");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function scalarLines(title: string, value: unknown, indent: number): string {
  const text = String(value);
  if (!text.includes("\n")) return `${title}\t${text}\n`;
  const pad = " ".repeat(indent + 2);
  return `${title}\n` +
    text.trimEnd().split("\n").map((part) => `${pad}${part}\n`).join("");
}

function listLines(
  title: string,
  items: readonly unknown[],
  indent: number,
): string {
  if (items.length === 0) return `${title}\t<none>\n`;
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
