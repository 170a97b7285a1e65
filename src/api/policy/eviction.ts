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
