import {
  type CrossVersionObjectReference,
  crossVersionObjectReference,
  type MetricIdentifier,
  metricIdentifier,
} from "./metric.ts";
import {
  type Field,
  int32,
  named,
  needed,
  object,
  pointer,
  quantity,
  str,
} from "../schema/words.ts";

/** The value that was found. */
export interface MetricValueStatus {
  /** The value itself. */
  value?: string;
  /** The value divided by the number of Pods. */
  averageValue?: string;
  /** Average use, as a percentage of what is requested. */
  averageUtilization?: number;
}

/** Schema of {@linkcode MetricValueStatus}. */
export const metricValueStatus: Field<MetricValueStatus> = object<
  MetricValueStatus
>(
  "io.k8s.api.autoscaling.v2.MetricValueStatus",
  () => ({
    value: pointer(quantity),
    averageValue: pointer(quantity),
    averageUtilization: pointer(int32),
  }),
);

/** What was found of one object. */
export interface ObjectMetricStatus {
  /** The metric. */
  metric: MetricIdentifier;
  /** Its value. */
  current: MetricValueStatus;
  /** The object. */
  describedObject: CrossVersionObjectReference;
}

/** Schema of {@linkcode ObjectMetricStatus}. */
export const objectMetricStatus: Field<ObjectMetricStatus> = object<
  ObjectMetricStatus
>(
  "io.k8s.api.autoscaling.v2.ObjectMetricStatus",
  () => ({
    metric: needed(metricIdentifier),
    current: needed(metricValueStatus),
    describedObject: needed(crossVersionObjectReference),
  }),
);

/** What was found of the Pods. */
export interface PodsMetricStatus {
  /** The metric. */
  metric: MetricIdentifier;
  /** Its value. */
  current: MetricValueStatus;
}

/** Schema of {@linkcode PodsMetricStatus}. */
export const podsMetricStatus: Field<PodsMetricStatus> = object<
  PodsMetricStatus
>(
  "io.k8s.api.autoscaling.v2.PodsMetricStatus",
  () => ({
    metric: needed(metricIdentifier),
    current: needed(metricValueStatus),
  }),
);

/** What was found of a resource. */
export interface ResourceMetricStatus {
  /** The resource. */
  name: string;
  /** How much is used. */
  current: MetricValueStatus;
}

/** Schema of {@linkcode ResourceMetricStatus}. */
export const resourceMetricStatus: Field<ResourceMetricStatus> = object<
  ResourceMetricStatus
>(
  "io.k8s.api.autoscaling.v2.ResourceMetricStatus",
  () => ({
    name: named("v1.ResourceName"),
    current: needed(metricValueStatus),
  }),
);

/** What was found of a resource of one container. */
export interface ContainerResourceMetricStatus {
  /** The resource. */
  name: string;
  /** How much is used. */
  current: MetricValueStatus;
  /** Name of the container. */
  container: string;
}

/** Schema of {@linkcode ContainerResourceMetricStatus}. */
export const containerResourceMetricStatus: Field<
  ContainerResourceMetricStatus
> = object<ContainerResourceMetricStatus>(
  "io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus",
  () => ({
    name: named("v1.ResourceName"),
    current: needed(metricValueStatus),
    container: str,
  }),
);

/** What was found outside the cluster. */
export interface ExternalMetricStatus {
  /** The metric. */
  metric: MetricIdentifier;
  /** Its value. */
  current: MetricValueStatus;
}

/** Schema of {@linkcode ExternalMetricStatus}. */
export const externalMetricStatus: Field<ExternalMetricStatus> = object<
  ExternalMetricStatus
>(
  "io.k8s.api.autoscaling.v2.ExternalMetricStatus",
  () => ({
    metric: needed(metricIdentifier),
    current: needed(metricValueStatus),
  }),
);

/** What was found of a metric. */
export interface MetricStatus {
  /** Which one is set: `ContainerResource`, `External`, `Object`, `Pods` or `Resource`. */
  type: string;
  /** A metric of one object. */
  object?: ObjectMetricStatus;
  /** A metric that each Pod has. */
  pods?: PodsMetricStatus;
  /** A resource that Pods request. */
  resource?: ResourceMetricStatus;
  /** A resource that one container of each Pod requests. */
  containerResource?: ContainerResourceMetricStatus;
  /** A metric from outside the cluster. */
  external?: ExternalMetricStatus;
}

/** Schema of {@linkcode MetricStatus}. */
export const metricStatus: Field<MetricStatus> = object<MetricStatus>(
  "io.k8s.api.autoscaling.v2.MetricStatus",
  () => ({
    type: named("v2.MetricSourceType"),
    object: pointer(objectMetricStatus),
    pods: pointer(podsMetricStatus),
    resource: pointer(resourceMetricStatus),
    containerResource: pointer(containerResourceMetricStatus),
    external: pointer(externalMetricStatus),
  }),
);
