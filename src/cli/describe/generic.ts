/**
 * The description of kinds that have none of their own: all that the object says.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import { compareText } from "../compare_text.ts";
import { describeFields } from "./fields.ts";
import { field, labelLines, nameLines, ownerLine, timeText } from "./lines.ts";

/** Metadata in short, and all other fields. */
export function describeGeneric(object: KubeObject): string {
  const { metadata, kind, apiVersion: _, ...rest } = object;
  const { creationTimestamp, deletionTimestamp } = metadata;
  return nameLines(object) + labelLines(object) +
    (creationTimestamp ? field("Created", timeText(creationTimestamp)) : "") +
    (deletionTimestamp
      ? field("Status", `Terminating (since ${timeText(deletionTimestamp)})`)
      : "") +
    ownerLine(object) +
    dataLines(kind, rest as DataFields);
}

interface DataFields {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** What ConfigMaps and Secrets hold is shown under its own keys; of secrets and bytes only the size. */
function dataLines(kind: string | undefined, fields: DataFields): string {
  if (kind !== "ConfigMap" && kind !== "Secret") {
    return describeFields({ ...fields });
  }
  const { data, binaryData, ...rest } = fields;
  const secret = kind === "Secret";
  const entries = Object.entries(data ?? {}).map(([key, value]) =>
    secret ? [key, bytes(value)] : [key, value]
  );
  const binary = Object.entries(binaryData ?? {}).map(([key, value]) => [
    key,
    bytes(value),
  ]);
  const sorted = [...entries, ...binary].sort(([a = ""], [b = ""]) =>
    compareText(a, b)
  );
  const shown = sorted.map(([key, value = ""]) =>
    value.includes("\n")
      ? `  ${key}:\n` +
        value.trimEnd().split("\n").map((line) => `    ${line}\n`).join("")
      : field(`  ${key}`, value)
  );
  return describeFields(rest) +
    (shown.length ? "Data:\n" + shown.join("") : field("Data", "<none>"));
}

function bytes(base64: string): string {
  return `${atob(base64).length} bytes`;
}
