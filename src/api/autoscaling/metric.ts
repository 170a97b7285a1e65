import { type LabelSelector, labelSelector } from "../meta.ts";
import {
  type Field,
  int32,
  named,
  needed,
  object,
  optional,
  pointer,
  quantity,
  str,
} from "../schema/words.ts";

/** An object that is scaled or measured. */
export interface CrossVersionObjectReference {
  /** Its kind. */
  kind: string;
  /** Its name. */
  name: string;
  /** Its group and version. */
  apiVersion?: string;
}

/** Schema of {@linkcode CrossVersionObjectReference}. */
export const crossVersionObjectReference: Field<CrossVersionObjectReference> =
  object<CrossVersionObjectReference>(
    "io.k8s.api.autoscaling.v2.CrossVersionObjectReference",
    () => ({
      kind: str,
      name: str,
      apiVersion: optional(str),
    }),
  );

/** Names a metric. */
export interface MetricIdentifier {
  /** Its name. */
  name: string;
  /** Labels of the series that count. Default: all of that name. */
  selector?: LabelSelector;
}

/** Schema of {@linkcode MetricIdentifier}. */
export const metricIdentifier: Field<MetricIdentifier> = object<
  MetricIdentifier
>(
  "io.k8s.api.autoscaling.v2.MetricIdentifier",
  () => ({
    name: str,
    selector: pointer(labelSelector),
  }),
);

/** The value that is aimed at. */
export interface MetricTarget {
  /** `Utilization`, `Value` or `AverageValue`. */
  type: string;
  /** The value itself. */
  value?: string;
  /** The value divided by the number of Pods. */
  averageValue?: string;
  /** Average use, as a percentage of what is requested; for resources only. */
  averageUtilization?: number;
}

/** Schema of {@linkcode MetricTarget}. */
export const metricTarget: Field<MetricTarget> = object<MetricTarget>(
  "io.k8s.api.autoscaling.v2.MetricTarget",
  () => ({
    type: named("v2.MetricTargetType"),
    value: pointer(quantity),
    averageValue: pointer(quantity),
    averageUtilization: pointer(int32),
  }),
);

/** A metric of one object. */
export interface ObjectMetricSource {
  /** The object. */
  describedObject: CrossVersionObjectReference;
  /** The value that is aimed at. */
  target: MetricTarget;
  /** The metric. */
  metric: MetricIdentifier;
}

/** Schema of {@linkcode ObjectMetricSource}. */
export const objectMetricSource: Field<ObjectMetricSource> = object<
  ObjectMetricSource
>(
  "io.k8s.api.autoscaling.v2.ObjectMetricSource",
  () => ({
    describedObject: needed(crossVersionObjectReference),
    target: needed(metricTarget),
    metric: needed(metricIdentifier),
  }),
);

/** A metric that each Pod has; the average counts. */
export interface PodsMetricSource {
  /** The metric. */
  metric: MetricIdentifier;
  /** The value that is aimed at. */
  target: MetricTarget;
}

/** Schema of {@linkcode PodsMetricSource}. */
export const podsMetricSource: Field<PodsMetricSource> = object<
  PodsMetricSource
>(
  "io.k8s.api.autoscaling.v2.PodsMetricSource",
  () => ({
    metric: needed(metricIdentifier),
    target: needed(metricTarget),
  }),
);

/** A resource that Pods request, such as CPU. */
export interface ResourceMetricSource {
  /** The resource. */
  name: string;
  /** The value that is aimed at. */
  target: MetricTarget;
}

/** Schema of {@linkcode ResourceMetricSource}. */
export const resourceMetricSource: Field<ResourceMetricSource> = object<
  ResourceMetricSource
>(
  "io.k8s.api.autoscaling.v2.ResourceMetricSource",
  () => ({
    name: named("v1.ResourceName"),
    target: needed(metricTarget),
  }),
);

/** A resource that one container of each Pod requests. */
export interface ContainerResourceMetricSource {
  /** The resource. */
  name: string;
  /** The value that is aimed at. */
  target: MetricTarget;
  /** Name of the container. */
  container: string;
}

/** Schema of {@linkcode ContainerResourceMetricSource}. */
export const containerResourceMetricSource: Field<
  ContainerResourceMetricSource
> = object<ContainerResourceMetricSource>(
  "io.k8s.api.autoscaling.v2.ContainerResourceMetricSource",
  () => ({
    name: named("v1.ResourceName"),
    target: needed(metricTarget),
    container: str,
  }),
);

/** A metric from outside the cluster. */
export interface ExternalMetricSource {
  /** The metric. */
  metric: MetricIdentifier;
  /** The value that is aimed at. */
  target: MetricTarget;
}

/** Schema of {@linkcode ExternalMetricSource}. */
export const externalMetricSource: Field<ExternalMetricSource> = object<
  ExternalMetricSource
>(
  "io.k8s.api.autoscaling.v2.ExternalMetricSource",
  () => ({
    metric: needed(metricIdentifier),
    target: needed(metricTarget),
  }),
);

/** A metric to scale by. */
export interface MetricSpec {
  /** Which one is set: `ContainerResource`, `External`, `Object`, `Pods` or `Resource`. */
  type: string;
  /** A metric of one object. */
  object?: ObjectMetricSource;
  /** A metric that each Pod has. */
  pods?: PodsMetricSource;
  /** A resource that Pods request. */
  resource?: ResourceMetricSource;
  /** A resource that one container of each Pod requests. */
  containerResource?: ContainerResourceMetricSource;
  /** A metric from outside the cluster. */
  external?: ExternalMetricSource;
}

/** Schema of {@linkcode MetricSpec}. */
export const metricSpec: Field<MetricSpec> = object<MetricSpec>(
  "io.k8s.api.autoscaling.v2.MetricSpec",
  () => ({
    type: named("v2.MetricSourceType"),
    object: pointer(objectMetricSource),
    pods: pointer(podsMetricSource),
    resource: pointer(resourceMetricSource),
    containerResource: pointer(containerResourceMetricSource),
    external: pointer(externalMetricSource),
  }),
);
