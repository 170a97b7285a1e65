import { defineKind } from "../define.ts";
import { required } from "../field_error.ts";
import { oneOfIfSet } from "../validation/values.ts";
import type { Kind } from "../kind.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { type ObjectReference, objectReference } from "./reference.ts";
import { type Field, needed, object, typeMeta } from "../schema/words.ts";

/** Puts a Pod on a node. */
export interface Binding extends KubeObject {
  /** The node. */
  target?: ObjectReference;
}

/** Schema of {@linkcode Binding}. */
export const binding: Field<Binding> = object<Binding>(
  "io.k8s.api.core.v1.Binding",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    target: needed(objectReference),
  }),
);

/** Binds a Pod to a Node; create only. */
export const bindings: Kind<Binding> = defineKind({
  group: "",
  version: "v1",
  kind: "Binding",
  plural: "bindings",
  namespaced: true,
  type: binding,
  verbs: ["create"],
  validate({ target }) {
    const { kind = "", name = "" } = target ?? {};
    return [
      ...oneOfIfSet("target.kind", kind === "" ? undefined : kind, [
        "Node",
        "<empty>",
      ]),
      ...(name === "" ? [required("target.name")] : []),
    ];
  },
});
