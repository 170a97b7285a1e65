import {
  defaulted,
  type Field,
  int64,
  map,
  named,
  object,
  optional,
  pointer,
  type Quantity,
  quantity,
  str,
} from "../schema/words.ts";

/** A condition on a device, in CEL. */
export interface CELDeviceSelector {
  /** The expression; it says whether the device fits. */
  expression: string;
}

/** Schema of {@linkcode CELDeviceSelector}. */
export const celDeviceSelector: Field<CELDeviceSelector> = object<
  CELDeviceSelector
>(
  "io.k8s.api.resource.v1.CELDeviceSelector",
  () => ({
    expression: str,
  }),
);

/** A condition on a device; exactly one field. */
export interface DeviceSelector {
  /** In CEL. */
  cel?: CELDeviceSelector;
}

/** Schema of {@linkcode DeviceSelector}. */
export const deviceSelector: Field<DeviceSelector> = object<DeviceSelector>(
  "io.k8s.api.resource.v1.DeviceSelector",
  () => ({
    cel: pointer(celDeviceSelector),
  }),
);

/** Taints that a request puts up with. */
export interface DeviceToleration {
  /** Key of the taint; absent means all, with the operator `Exists`. */
  key?: string;
  /** `Equal` or `Exists`. Default: Equal. */
  operator?: string;
  /** Value of the taint, for `Equal`. */
  value?: string;
  /** Effect of the taint: `None`, `NoSchedule` or `NoExecute`; absent means all. */
  effect?: string;
  /** How long a taint with the effect `NoExecute` is put up with; absent means for ever. */
  tolerationSeconds?: number;
}

/** Schema of {@linkcode DeviceToleration}. */
export const deviceToleration: Field<DeviceToleration> = object<
  DeviceToleration
>(
  "io.k8s.api.resource.v1.DeviceToleration",
  () => ({
    key: optional(str),
    operator: defaulted(
      optional(named("v1.DeviceTolerationOperator")),
      "Equal",
    ),
    value: optional(str),
    effect: optional(named("v1.DeviceTaintEffect")),
    tolerationSeconds: pointer(int64),
  }),
);

/** How much of a device is wished for. */
export interface CapacityRequirements {
  /** The amounts, by name. */
  requests?: Record<string, Quantity>;
}

/** Schema of {@linkcode CapacityRequirements}. */
export const capacityRequirements: Field<CapacityRequirements> = object<
  CapacityRequirements
>(
  "io.k8s.api.resource.v1.CapacityRequirements",
  () => ({
    requests: optional(map(quantity)),
  }),
);
