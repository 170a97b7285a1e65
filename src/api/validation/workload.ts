/**
 * The rules of ReplicationController, ReplicaSet and Deployment.
 *
 * @module
 */
import type { Deployment, DeploymentStrategy } from "../apps/deployment.ts";
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { LabelSelector } from "../meta.ts";
import type { PodTemplateSpec } from "../core/pod_template.ts";
import type { ReplicaSet } from "../apps/replica_set.ts";
import type { ReplicationController } from "../core/replication_controller.ts";
import {
  Selector,
  SelectorError,
  selectorOf,
  selectorOfLabels,
  validateLabelSelector,
} from "../selector.ts";
import { atMostWhole, isNone, validateIntOrPercent } from "./int_or_percent.ts";
import { unchanged } from "./meta.ts";
import { validatePodTemplate } from "./pod_spec.ts";
import { notNegative } from "./values.ts";

function validateTemplate(
  template: PodTemplateSpec,
  selector: Selector,
  owner: string,
): FieldError[] {
  const labels = template.metadata?.labels;
  const found: FieldError[] = [];
  if (!selector.isEverything && !selector.matches(labels)) {
    found.push(
      invalidValue(
        "spec.template.metadata.labels",
        labels,
        "`selector` does not match template `labels`",
      ),
    );
  }
  found.push(...validatePodTemplate(template, "spec.template"));
  return [...found, ...alwaysRestarted(template, owner)];
}

/** The Pods of most workloads are meant to run for ever. */
export function alwaysRestarted(
  { spec }: PodTemplateSpec,
  owner: string,
): FieldError[] {
  const { restartPolicy = "", activeDeadlineSeconds } = spec;
  return [
    ...(restartPolicy === "Always" ? [] : [
      notSupported("spec.template.spec.restartPolicy", restartPolicy, [
        "Always",
      ]),
    ]),
    ...(activeDeadlineSeconds === undefined ? [] : [
      forbiddenField(
        "spec.template.spec.activeDeadlineSeconds",
        `activeDeadlineSeconds in ${owner} is not Supported`,
      ),
    ]),
  ];
}

function validateSelected(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec,
): FieldError[] {
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
          "empty selector is invalid for deployment",
        ),
      );
    }
  }
  try {
    found.push(
      ...validateTemplate(template, selectorOf(selector), "ReplicaSet"),
    );
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    found.push(
      invalidValue("spec.selector", selector, "invalid label selector"),
    );
  }
  return found;
}

/** The rules of a ReplicaSet, beside those of its metadata. */
export function validateReplicaSet({ spec }: ReplicaSet): FieldError[] {
  return [
    ...notNegative("spec.replicas", spec.replicas),
    ...notNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...validateSelected(spec.selector, spec.template),
  ];
}

/** The rules of a ReplicationController, beside those of its metadata. */
export function validateReplicationController(
  { spec }: ReplicationController,
): FieldError[] {
  const { selector = {}, template } = spec;
  return [
    ...notNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...(Object.keys(selector).length === 0 ? [required("spec.selector")] : []),
    ...notNegative("spec.replicas", spec.replicas),
    ...(template === undefined ? [required("spec.template")] : validateTemplate(
      template,
      selectorOfLabels(selector),
      "ReplicationController",
    )),
  ];
}

function validateStrategy(strategy: DeploymentStrategy): FieldError[] {
  const { type, rollingUpdate } = strategy;
  const field = "spec.strategy.rollingUpdate";
  if (type === "Recreate") {
    return rollingUpdate === undefined ? [] : [
      forbiddenField(
        field,
        "may not be specified when strategy `type` is 'Recreate'",
      ),
    ];
  }
  if (type !== "RollingUpdate") {
    return [
      // Kubernetes shows its internal form, whose fields are upper-case.
      notSupported("spec.strategy", {
        Type: type ?? "",
        RollingUpdate: rollingUpdate === undefined ? null : {
          MaxUnavailable: rollingUpdate.maxUnavailable ?? 0,
          MaxSurge: rollingUpdate.maxSurge ?? 0,
        },
      }, ["Recreate", "RollingUpdate"]),
    ];
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  const at = `${field}.maxUnavailable`;
  const found = [
    ...validateIntOrPercent(at, maxUnavailable),
    ...validateIntOrPercent(`${field}.maxSurge`, maxSurge),
  ];
  if (isNone(maxUnavailable) && isNone(maxSurge)) {
    found.push(
      invalidValue(at, maxUnavailable, "may not be 0 when `maxSurge` is 0"),
    );
  }
  return [...found, ...atMostWhole(at, maxUnavailable)];
}

/** The rules of a Deployment, beside those of its metadata. */
export function validateDeployment({ spec }: Deployment): FieldError[] {
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  return [
    ...notNegative("spec.replicas", spec.replicas),
    ...validateSelected(spec.selector, spec.template),
    ...validateStrategy(spec.strategy ?? {}),
    ...notNegative("spec.minReadySeconds", minReadySeconds),
    ...notNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit),
    ...notNegative("spec.progressDeadlineSeconds", deadline),
    ...(deadline !== undefined && deadline <= minReadySeconds
      ? [
        invalidValue(
          "spec.progressDeadlineSeconds",
          deadline,
          "must be greater than minReadySeconds",
        ),
      ]
      : []),
  ];
}

interface WithSelector {
  readonly spec: { readonly selector?: unknown };
}

/** The selector of a ReplicaSet or Deployment stays. */
export function validateSelectorUpdate(
  next: WithSelector,
  previous: WithSelector,
): FieldError[] {
  return unchanged("spec.selector", {
    next: next.spec.selector,
    previous: previous.spec.selector,
  });
}

const COUNTS = [
  "observedGeneration",
  "replicas",
  "updatedReplicas",
  "fullyLabeledReplicas",
  "readyReplicas",
  "availableReplicas",
  "unavailableReplicas",
  "terminatingReplicas",
  "collisionCount",
] as const;

type Counts = { readonly [K in (typeof COUNTS)[number]]?: number };

/** The rules of the figures in a workload's status. */
export function validateReplicaCounts(
  { status = {} }: { readonly status?: Counts },
): FieldError[] {
  const found = COUNTS.flatMap((name) =>
    notNegative(`status.${name}`, status[name])
  );
  const { replicas = 0, readyReplicas = 0 } = status;
  for (
    const name of [
      "updatedReplicas",
      "fullyLabeledReplicas",
      "readyReplicas",
      "availableReplicas",
    ] as const
  ) {
    const value = status[name] ?? 0;
    if (value <= replicas) continue;
    found.push(
      invalidValue(
        `status.${name}`,
        value,
        "cannot be greater than status.replicas",
      ),
    );
  }
  const available = status.availableReplicas ?? 0;
  if (available > readyReplicas) {
    found.push(
      invalidValue(
        "status.availableReplicas",
        available,
        "cannot be greater than readyReplicas",
      ),
    );
  }
  return found;
}
