import {
  type Field,
  list,
  map,
  named,
  needed,
  object,
  optional,
  pointer,
  type Quantity,
  quantity,
  str,
} from "../schema/words.ts";

/** Amounts between two bounds. */
export interface CapacityRequestPolicyRange {
  /** The least. */
  min?: Quantity;
  /** The most. */
  max?: Quantity;
  /** The step from the least upward. */
  step?: Quantity;
}

/** Schema of {@linkcode CapacityRequestPolicyRange}. */
export const capacityRequestPolicyRange: Field<CapacityRequestPolicyRange> =
  object<CapacityRequestPolicyRange>(
    "io.k8s.api.resource.v1.CapacityRequestPolicyRange",
    () => ({
      min: needed(pointer(quantity)),
      max: pointer(quantity),
      step: pointer(quantity),
    }),
  );

/** Which amounts can be wished for. */
export interface CapacityRequestPolicy {
  /** What is taken when a request does not say. */
  default?: Quantity;
  /** The amounts that there are. */
  validValues?: Quantity[];
  /** Amounts between two bounds. */
  validRange?: CapacityRequestPolicyRange;
}

/** Schema of {@linkcode CapacityRequestPolicy}. */
export const capacityRequestPolicy: Field<CapacityRequestPolicy> = object<
  CapacityRequestPolicy
>(
  "io.k8s.api.resource.v1.CapacityRequestPolicy",
  () => ({
    default: pointer(quantity),
    validValues: optional(list(quantity, { type: "atomic" })),
    validRange: pointer(capacityRequestPolicyRange),
  }),
);

/** How much of something a device has. */
export interface DeviceCapacity {
  /** How much. */
  value: Quantity;
  /** Which amounts can be wished for; absent means all of it. */
  requestPolicy?: CapacityRequestPolicy;
}

/** Schema of {@linkcode DeviceCapacity}. */
export const deviceCapacity: Field<DeviceCapacity> = object<DeviceCapacity>(
  "io.k8s.api.resource.v1.DeviceCapacity",
  () => ({
    value: quantity,
    requestPolicy: pointer(capacityRequestPolicy),
  }),
);

/** How much of something there is. */
export interface Counter {
  /** How much. */
  value: Quantity;
}

/** Schema of {@linkcode Counter}. */
export const counter: Field<Counter> = object<Counter>(
  "io.k8s.api.resource.v1.Counter",
  () => ({
    value: quantity,
  }),
);

/** What devices of a pool share. */
export interface CounterSet {
  /** Its name. */
  name: string;
  /** How much there is, by name. */
  counters?: Record<string, Counter>;
}

/** Schema of {@linkcode CounterSet}. */
export const counterSet: Field<CounterSet> = object<CounterSet>(
  "io.k8s.api.resource.v1.CounterSet",
  () => ({
    name: str,
    counters: needed(optional(map(counter))),
  }),
);

/** What a device takes of what is shared. */
export interface DeviceCounterConsumption {
  /** The set that it takes from. */
  counterSet: string;
  /** How much it takes, by name. */
  counters?: Record<string, Counter>;
}

/** Schema of {@linkcode DeviceCounterConsumption}. */
export const deviceCounterConsumption: Field<DeviceCounterConsumption> = object<
  DeviceCounterConsumption
>(
  "io.k8s.api.resource.v1.DeviceCounterConsumption",
  () => ({
    counterSet: str,
    counters: needed(optional(map(counter))),
  }),
);

/** How a device counts against a node's resources. */
export interface NodeAllocatableResourceMapping {
  /** The capacity that counts; absent means each device counts as one. */
  capacityKey?: string;
  /** How much each unit counts. */
  allocationMultiplier?: Quantity;
}

/** Schema of {@linkcode NodeAllocatableResourceMapping}. */
export const nodeAllocatableResourceMapping: Field<
  NodeAllocatableResourceMapping
> = object<NodeAllocatableResourceMapping>(
  "io.k8s.api.resource.v1.NodeAllocatableResourceMapping",
  () => ({
    capacityKey: pointer(named("v1.QualifiedName")),
    allocationMultiplier: pointer(quantity),
  }),
);
