/**
 * What the descriptions of all kinds are made of. Texts have tabs between columns; `alignTabs` lays them out.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import { compareText } from "../compare_text.ts";

/** Annotations that are there for programs. */
const HIDDEN = ["kubectl.kubernetes.io/last-applied-configuration"];

const NONE = "<none>";

/** `Title:\tvalue`. */
export function field(title: string, value: unknown): string {
  return `${title}:\t${value ?? ""}\n`;
}

/** Key and value pairs, one a line under the first. */
export function pairs(
  title: string,
  values: Readonly<Record<string, string>> | undefined,
  separator: "=" | ": ",
): string {
  const entries = Object.entries(values ?? {})
    .filter(([key]) => !HIDDEN.includes(key))
    .sort(([a], [b]) => compareText(a, b));
  if (entries.length === 0) return field(title, NONE);
  return entries.map(([key, value], index) =>
    `${index === 0 ? `${title}:` : ""}\t${key}${separator}${value}\n`
  ).join("");
}

/** A table under its title, set in by two. */
export function table(
  title: string,
  rows: readonly [
    header: readonly string[],
    ...rows: (readonly string[])[],
  ],
): string {
  const [header, ...body] = rows;
  if (body.length === 0) return field(title, NONE);
  const rule = header.map((word) => "-".repeat(word.length));
  return `${title}:\n` +
    [header, rule, ...body].map((cells) => `  ${cells.join("\t")}\n`).join("");
}

/** Each line set in by `blanks`. */
export function indent(text: string, blanks = 2): string {
  return text.replace(/^(?=.)/gm, " ".repeat(blanks));
}

/** A list in words. */
export function joined(
  values: readonly string[] | undefined,
  separator = ", ",
): string {
  return values?.length ? values.join(separator) : NONE;
}

/** `Sat, 21 Nov 2026 08:49:52 +0000`. */
export function timeText(time: string | null | undefined): string {
  if (!time) return "<unset>";
  return new Date(time).toUTCString().replace(/GMT$/, "+0000");
}

/** Name and namespace. */
export function nameLines({ metadata }: KubeObject): string {
  return field("Name", metadata.name) +
    (metadata.namespace === undefined
      ? ""
      : field("Namespace", metadata.namespace));
}

/** Labels and annotations. */
export function labelLines({ metadata }: KubeObject): string {
  return pairs("Labels", metadata.labels, "=") +
    pairs("Annotations", metadata.annotations, ": ");
}

/** Who made it, if somebody did. */
export function ownerLine({ metadata }: KubeObject): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return owner ? field("Controlled By", `${owner.kind}/${owner.name}`) : "";
}

/** Conditions with their reasons, where they have any. */
export function conditionLines(
  conditions:
    | readonly {
      type: string;
      status: string;
      reason?: string;
      message?: string;
    }[]
    | undefined,
): string {
  if (!conditions?.length) return "";
  const explained = conditions.some(({ reason, message }) => reason || message);
  const rows = conditions.map(({ type, status, reason, message }) =>
    explained
      ? [type, status, reason ?? "", firstLine(message)]
      : [type, status]
  );
  const header = explained
    ? ["Type", "Status", "Reason", "Message"]
    : ["Type", "Status"];
  return table("Conditions", [header, ...rows]);
}

function firstLine(text: string | undefined): string {
  return (text ?? "").trim().split("\n")[0]!;
}
