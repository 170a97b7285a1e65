import { defineKind } from "../define.ts";
import type { Kind } from "../kind.ts";
import { type DeleteOptions, deleteOptions } from "../delete_options.ts";
import { type KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { type Field, object, pointer, typeMeta } from "../schema/words.ts";

/** Asks for a Pod to be taken away, if its disruption budgets allow. */
export interface Eviction extends KubeObject {
  /** How it is deleted. */
  deleteOptions?: DeleteOptions;
}

/** Schema of {@linkcode Eviction}. */
export const eviction: Field<Eviction> = object<Eviction>(
  "io.k8s.api.policy.v1.Eviction",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    deleteOptions: pointer(deleteOptions),
  }),
);

/** Asked of the subresource of a Pod; nothing is stored, so no list of kinds has it. */
export const evictions: Kind<Eviction> = defineKind({
  group: "policy",
  version: "v1",
  kind: "Eviction",
  plural: "evictions",
  namespaced: true,
  verbs: ["create"],
  type: eviction,
});
