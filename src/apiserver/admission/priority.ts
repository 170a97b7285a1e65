/**
 * Priority: pods get the number of their priority class, and there is one default class at most.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { PodSpec, PreemptionPolicy } from "../../api/core/pod_spec.ts";
import type { PriorityClass } from "../../api/scheduling/priority_class.ts";
import type { Store } from "../../store/store.ts";
import {
  type AdmissionAttributes,
  type AdmissionPlugin,
  refusal,
} from "./admission.ts";
import { RowCache } from "./row_cache.ts";

const CLASSES = "scheduling/priorityclasses";

/** What a class gives a pod. */
interface Rank {
  readonly name: string;
  readonly value: number;
  readonly preemptionPolicy: string | undefined;
}

/** What pods have that name no class, when no class is the default. */
const NO_CLASS: Rank = {
  name: "",
  value: 0,
  preemptionPolicy: "PreemptLowerPriority",
};

/** Makes the plugin. */
export function priority(store: Store): AdmissionPlugin {
  const classes = new RowCache<PriorityClass>(store);
  const defaultClass = () => lowestDefault(classes.list(`${CLASSES}/`));
  return {
    name: "Priority",
    mutate(attributes) {
      const { operation, kind, subresource, previous } = attributes;
      if (kind.storagePrefix !== "pods" || subresource !== "") return;
      const { spec } = attributes.object as Pod;
      if (operation === "UPDATE") return keep(spec, (previous as Pod).spec);
      if (operation !== "CREATE") return;
      const asked = spec.priorityClassName ?? "";
      const found = asked === ""
        ? defaultClass()
        : classes.get(`${CLASSES}/${asked}`);
      if (found === undefined && asked !== "") {
        throw refusal(
          attributes,
          `no PriorityClass with name ${asked} was found`,
        );
      }
      assign(attributes, spec, found === undefined ? NO_CLASS : rankOf(found));
    },
    validate(attributes) {
      const { operation, kind, subresource, name } = attributes;
      if (kind.storagePrefix !== CLASSES || subresource !== "") return;
      if (operation === "DELETE") return;
      if ((attributes.object as PriorityClass).globalDefault !== true) return;
      const held = defaultClass()?.metadata.name;
      if (held === undefined) return;
      if (operation === "UPDATE" && held === name) return;
      throw refusal(
        attributes,
        `PriorityClass ${held} is already marked as default. Only one default can exist`,
      );
    },
  };
}

function rankOf({ metadata, value, preemptionPolicy }: PriorityClass): Rank {
  return { name: metadata.name ?? "", value, preemptionPolicy };
}

/** @throws {ApiError} 403 when the pod says otherwise */
function assign(
  attributes: AdmissionAttributes,
  spec: PodSpec,
  { name, value, preemptionPolicy }: Rank,
): void {
  if (name !== "") spec.priorityClassName = name;
  if (spec.priority !== undefined && spec.priority !== value) {
    throw refusal(
      attributes,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  spec.priority = value;
  if (preemptionPolicy === undefined) return;
  const own = spec.preemptionPolicy;
  if (own !== undefined && own !== preemptionPolicy) {
    throw refusal(
      attributes,
      `the string value of PreemptionPolicy (${own}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    );
  }
  spec.preemptionPolicy = preemptionPolicy as PreemptionPolicy;
}

/** An update that leaves them out keeps them. */
function keep(next: PodSpec, previous: PodSpec): void {
  if (previous.priority !== undefined) next.priority ??= previous.priority;
  if (previous.preemptionPolicy !== undefined) {
    next.preemptionPolicy ??= previous.preemptionPolicy;
  }
}

/** Two clients may each have made a default at the same moment: the lowest counts. */
function lowestDefault(
  classes: readonly PriorityClass[],
): PriorityClass | undefined {
  let lowest: PriorityClass | undefined;
  for (const one of classes) {
    if (one.globalDefault !== true) continue;
    if (lowest === undefined || one.value < lowest.value) lowest = one;
  }
  return lowest;
}
