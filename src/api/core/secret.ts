import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import { validateSecret, validateSecretUpdate } from "../validation/data.ts";
import type { Kind } from "../kind.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  bool,
  bytes,
  type Field,
  map,
  named,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";

/** Confidential data for Pods. */
export interface Secret extends KubeObject {
  /** Whether the data can never change again. */
  immutable?: boolean;
  /** The entries, as base64. */
  data?: Record<string, string>;
  /** Entries as text, for writing only; they win over `data`. */
  stringData?: Record<string, string>;
  /** What the data is for. Default: Opaque; cannot change. */
  type?: string;
}

/** Schema of {@linkcode Secret}. */
export const secret: Field<Secret> = object<Secret>(
  "io.k8s.api.core.v1.Secret",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    immutable: pointer(bool),
    data: optional(map(bytes)),
    stringData: optional(map(str)),
    type: optional(named("v1.SecretType")),
  }),
);

function base64(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) {
    binary += String.fromCharCode(byte);
  }
  return btoa(binary);
}

/** Confidential data for Pods. */
export const secrets: Kind<Secret> = defineKind({
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
  type: secret,
  setDefaults(object) {
    object.type ??= "Opaque";
    const { stringData } = object;
    if (stringData === undefined) return;
    object.data ??= {};
    for (const [key, text] of Object.entries(stringData)) {
      object.data[key] = base64(text);
    }
    // Write-only: it never comes back.
    delete object.stringData;
  },
  fieldSelectors: ["type"],
  selectableFields: ({ type = "" }) => ({ type }),
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
  columns: [
    nameColumn(),
    column("Type", ({ type }) => type ?? "", {
      description: "What the data is for",
    }),
    column("Data", ({ data }) => Object.keys(data ?? {}).length, {
      description: "Number of entries",
    }),
    ageColumn(),
  ],
});
