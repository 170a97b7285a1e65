import { column, containerColumns, nameColumn } from "../columns/common.ts";
import { defaultPodSpec } from "../defaults/pod_spec.ts";
import { defineKind } from "../define.ts";
import { formatLabels } from "../selector.ts";
import { validatePodTemplate } from "../validation/pod_spec.ts";
import { warnOfPodTemplate } from "../warnings/pod.ts";
import type { Kind } from "../kind.ts";
import { type PodTemplateSpec, podTemplateSpec } from "./pod_template.ts";
import { type KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { type Field, object, typeMeta } from "../schema/words.ts";

/** A template of Pods that is kept for others to use. */
export interface PodTemplate extends KubeObject {
  /** The template. */
  template: PodTemplateSpec;
}

/** Schema of {@linkcode PodTemplate}. */
export const podTemplate: Field<PodTemplate> = object<PodTemplate>(
  "io.k8s.api.core.v1.PodTemplate",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    template: podTemplateSpec,
  }),
);

/** Templates of Pods that are kept for others to use. */
export const podTemplates: Kind<PodTemplate> = defineKind({
  group: "",
  version: "v1",
  kind: "PodTemplate",
  plural: "podtemplates",
  namespaced: true,
  type: podTemplate,
  setDefaults: ({ template }) => defaultPodSpec(template.spec),
  validate: ({ template }) => validatePodTemplate(template, "template"),
  generationOf: ({ template }) => template,
  warnings: warnOfPodTemplate,
  columns: [
    nameColumn(),
    ...containerColumns<PodTemplate>(({ template }) => template.spec.containers)
      .map((shown) => ({ ...shown, priority: 0 })),
    column(
      "Pod Labels",
      ({ template }) => formatLabels(template.metadata?.labels),
      { description: "Labels of the Pods" },
    ),
  ],
});
