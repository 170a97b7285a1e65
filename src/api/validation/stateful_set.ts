/**
 * The rules of StatefulSets.
 *
 * @module
 */
import type {
  StatefulSet,
  StatefulSetSpec,
  StatefulSetStatus,
} from "../apps/stateful_set.ts";
import type { PodTemplateSpec } from "../core/pod_template.ts";
import type { Volume } from "../core/volume.ts";
import { sameJson } from "../equal.ts";
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import {
  SelectorError,
  selectorOf,
  validateLabelSelector,
} from "../selector.ts";
import { notDecremented } from "./daemon_set.ts";
import { atMostWhole, isNone, validateIntOrPercent } from "./int_or_percent.ts";
import { isDnsLabel } from "./names.ts";
import { validateClaimSpec } from "./persistent_volume_claim.ts";
import { validatePodTemplate } from "./pod_spec.ts";
import { each, notNegative } from "./values.ts";
import { alwaysRestarted } from "./workload.ts";

function validateStrategy({ updateStrategy }: StatefulSetSpec): FieldError[] {
  const field = "spec.updateStrategy";
  const { type = "", rollingUpdate } = updateStrategy;
  // Kubernetes shows its internal form, whose fields are upper-case.
  const internal = rollingUpdate === undefined ? null : {
    Partition: rollingUpdate.partition ?? 0,
    MaxUnavailable: rollingUpdate.maxUnavailable ?? null,
  };
  if (type === "OnDelete") {
    return rollingUpdate === undefined ? [] : [
      invalidValue(
        `${field}.rollingUpdate`,
        internal,
        "only allowed for updateStrategy 'RollingUpdate'",
      ),
    ];
  }
  if (type !== "RollingUpdate") {
    return [
      invalidValue(
        field,
        { Type: type, RollingUpdate: internal },
        "must be 'RollingUpdate' or 'OnDelete'",
      ),
    ];
  }
  if (rollingUpdate === undefined) return [];
  const { partition, maxUnavailable } = rollingUpdate;
  const at = `${field}.rollingUpdate.maxUnavailable`;
  return [
    ...notNegative(`${field}.rollingUpdate.partition`, partition),
    ...(maxUnavailable === undefined ? [] : [
      ...validateIntOrPercent(at, maxUnavailable),
      ...(isNone(maxUnavailable)
        ? [invalidValue(at, maxUnavailable, "cannot be 0")]
        : []),
      ...atMostWhole(at, maxUnavailable),
    ]),
  ];
}

function validateRetention(spec: StatefulSetSpec): FieldError[] {
  const policy = spec.persistentVolumeClaimRetentionPolicy ?? {};
  return (["whenDeleted", "whenScaled"] as const).flatMap((name) => {
    const value = policy[name] ?? "";
    return value === "Retain" || value === "Delete" ? [] : [
      notSupported(
        `spec.persistentVolumeClaimRetentionPolicy.${name}`,
        value,
        ["Retain", "Delete"],
      ),
    ];
  });
}

/** The template as its Pods will be: the controller names them, and adds the volumes of their claims. */
function templateOfPods(
  { template, volumeClaimTemplates = [] }: StatefulSetSpec,
): PodTemplateSpec {
  const { subdomain: _, hostname: __, ...spec } = template.spec;
  if (volumeClaimTemplates.length === 0) return { ...template, spec };
  const claims = new Map<string, Volume>(
    volumeClaimTemplates.map(({ metadata: { name = "" } }) => [
      name,
      { name, persistentVolumeClaim: { claimName: name } },
    ]),
  );
  const own = (spec.volumes ?? []).filter(({ name }) => !claims.has(name));
  return {
    ...template,
    spec: { ...spec, volumes: [...claims.values(), ...own] },
  };
}

function validateSelector(spec: StatefulSetSpec): FieldError[] {
  const { selector } = spec;
  const found: FieldError[] = [];
  if (selector === undefined) found.push(required("spec.selector"));
  else {
    found.push(...validateLabelSelector(selector, "spec.selector"));
    const { matchLabels = {}, matchExpressions = [] } = selector;
    if (Object.keys(matchLabels).length + matchExpressions.length === 0) {
      found.push(
        invalidValue(
          "spec.selector",
          selector,
          "empty selector is invalid for statefulset",
        ),
      );
    }
  }
  try {
    const labels = spec.template.metadata?.labels;
    const chosen = selectorOf(selector);
    if (!chosen.isEverything && !chosen.matches(labels)) {
      found.push(
        invalidValue(
          "spec.template.metadata.labels",
          labels,
          "`selector` does not match template `labels`",
        ),
      );
    }
    found.push(...validatePodTemplate(templateOfPods(spec), "spec.template"));
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    found.push(invalidValue("spec.selector", selector, ""));
  }
  return found;
}

/** The rules of a StatefulSet, beside those of its metadata. */
export function validateStatefulSet(
  { metadata, spec }: StatefulSet,
): FieldError[] {
  const { podManagementPolicy: policy = "", serviceName = "" } = spec;
  // What can never change is looked at only when the object is new.
  const isNew = (metadata.resourceVersion ?? "") === "";
  return [
    ...(policy === ""
      ? [required("spec.podManagementPolicy")]
      : policy === "OrderedReady" || policy === "Parallel"
      ? []
      : [
        invalidValue(
          "spec.podManagementPolicy",
          policy,
          "must be 'OrderedReady' or 'Parallel'",
        ),
      ]),
    ...validateStrategy(spec),
    ...validateRetention(spec),
    ...(isNew
      ? (spec.volumeClaimTemplates ?? []).flatMap((claim, i) =>
        validateClaimSpec(claim.spec, `spec.volumeClaimTemplates[${i}].spec`)
      )
      : []),
    ...notNegative("spec.replicas", spec.replicas),
    ...notNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...notNegative("spec.ordinals.start", spec.ordinals?.start),
    ...(isNew && serviceName !== ""
      ? each("spec.serviceName", serviceName, isDnsLabel(serviceName))
      : []),
    ...validateSelector(spec),
    ...alwaysRestarted(spec.template, "StatefulSet"),
  ];
}

const CHANGEABLE = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
] as const;

/** The rules for a change of a StatefulSet. */
export function validateStatefulSetUpdate(
  next: StatefulSet,
  previous: StatefulSet,
): FieldError[] {
  const fixed = (spec: StatefulSetSpec) => {
    const rest: Partial<StatefulSetSpec> = { ...spec };
    for (const name of CHANGEABLE) delete rest[name];
    return rest;
  };
  return sameJson(fixed(next.spec), fixed(previous.spec)) ? [] : [
    forbiddenField(
      "spec",
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ),
  ];
}

const COUNTS = [
  "replicas",
  "readyReplicas",
  "currentReplicas",
  "updatedReplicas",
  "availableReplicas",
  "observedGeneration",
  "collisionCount",
] as const satisfies readonly (keyof StatefulSetStatus)[];

/** The rules for a change of a StatefulSet's status. */
export function validateStatefulSetStatus(
  next: StatefulSet,
  previous: StatefulSet,
): FieldError[] {
  const { status } = next;
  const count = (name: (typeof COUNTS)[number]) => status?.[name] ?? 0;
  const found = COUNTS.flatMap((name) =>
    notNegative(`status.${name}`, count(name))
  );
  const within = (
    name: (typeof COUNTS)[number],
    of: "replicas" | "readyReplicas",
  ) => {
    if (count(name) <= count(of)) return;
    found.push(
      invalidValue(
        `status.${name}`,
        count(name),
        `cannot be greater than status.${of}`,
      ),
    );
  };
  within("readyReplicas", "replicas");
  within("currentReplicas", "replicas");
  within("updatedReplicas", "replicas");
  within("availableReplicas", "replicas");
  within("availableReplicas", "readyReplicas");
  return [
    ...found,
    ...notDecremented(status?.collisionCount, previous.status?.collisionCount),
  ];
}
