/**
 * Defaults of autoscalers.
 *
 * @module
 */
import type { HPAScalingRules } from "../autoscaling/behavior.ts";
import type { HorizontalPodAutoscaler } from "../autoscaling/horizontal_pod_autoscaler.ts";

/** Use of CPU that is aimed at when nothing else is, as a percentage of what is requested. */
export const DEFAULT_CPU_PERCENT = 80;

/** Seconds in which {@linkcode MAX_PERCENT} may change. */
const PERIOD_SECONDS = 15;
const MAX_PERCENT = 100;
const MAX_PODS_UP = 4;

function upRules(): HPAScalingRules {
  return {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: MAX_PODS_UP, periodSeconds: PERIOD_SECONDS },
      { type: "Percent", value: MAX_PERCENT, periodSeconds: PERIOD_SECONDS },
    ],
  };
}

function downRules(): HPAScalingRules {
  return {
    selectPolicy: "Max",
    policies: [
      { type: "Percent", value: MAX_PERCENT, periodSeconds: PERIOD_SECONDS },
    ],
  };
}

/** Fills in what an autoscaler leaves open. */
export function defaultAutoscaler({ spec }: HorizontalPodAutoscaler): void {
  spec.minReplicas ??= 1;
  if ((spec.metrics?.length ?? 0) === 0) {
    spec.metrics = [{
      type: "Resource",
      resource: {
        name: "cpu",
        target: {
          type: "Utilization",
          averageUtilization: DEFAULT_CPU_PERCENT,
        },
      },
    }];
  }
  const { behavior } = spec;
  if (behavior === undefined) return;
  behavior.scaleUp = { ...upRules(), ...behavior.scaleUp };
  behavior.scaleDown = { ...downRules(), ...behavior.scaleDown };
}
