/**
 * Priority: there are no priority classes yet but the two of the system, so every other pod has priority 0.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import { forbidden } from "../../api/status.ts";
import type { AdmissionPlugin } from "./admission.ts";

/** The classes that every cluster has. */
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

/** Sets `spec.priority` and `spec.preemptionPolicy` of new pods. */
export const priority: AdmissionPlugin = {
  name: "Priority",
  mutate({ operation, kind, subresource, name, object }) {
    if (operation !== "CREATE" || subresource !== "") return;
    if (kind.storagePrefix !== "pods") return;
    const { spec } = object as Pod;
    const asked = spec.priorityClassName ?? "";
    const value = asked === "" ? 0 : SYSTEM_CLASSES[asked];
    if (value === undefined) {
      throw forbidden(
        kind,
        name,
        `no PriorityClass with name ${asked} was found`,
      );
    }
    if (spec.priority !== undefined && spec.priority !== value) {
      throw forbidden(
        kind,
        name,
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      );
    }
    spec.priority = value;
    spec.preemptionPolicy ??= "PreemptLowerPriority";
  },
};
