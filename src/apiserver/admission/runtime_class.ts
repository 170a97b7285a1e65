/**
 * RuntimeClass: a pod of a class gets the class's overhead, and goes where the class can run.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { Toleration } from "../../api/core/toleration.ts";
import { sameJson } from "../../api/equal.ts";
import type { RuntimeClass } from "../../api/node/runtime_class.ts";
import type { Store } from "../../store/store.ts";
import {
  type AdmissionAttributes,
  type AdmissionPlugin,
  refusal,
} from "./admission.ts";
import { RowCache } from "./row_cache.ts";

const MISMATCH =
  "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

/** Makes the plugin. */
export function runtimeClass(store: Store): AdmissionPlugin {
  const classes = new RowCache<RuntimeClass>(store);
  const classOf = (attributes: AdmissionAttributes) => {
    const name = (attributes.object as Pod).spec.runtimeClassName;
    if (name === undefined) return undefined;
    const found = classes.get(`node/runtimeclasses/${name}`);
    if (found !== undefined) return found;
    throw refusal(
      attributes,
      `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`,
    );
  };
  return {
    name: "RuntimeClass",
    mutate(attributes) {
      if (!concerns(attributes)) return;
      const found = classOf(attributes);
      if (found === undefined) return;
      setOverhead(attributes, found);
      setScheduling(attributes, found);
    },
    validate(attributes) {
      if (!concerns(attributes)) return;
      const { overhead } = (attributes.object as Pod).spec;
      const wanted = classOf(attributes)?.overhead;
      if (wanted !== undefined) {
        if (sameJson(overhead ?? {}, wanted.podFixed ?? {})) return;
        throw refusal(attributes, MISMATCH);
      }
      if (overhead === undefined) return;
      throw refusal(
        attributes,
        "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
      );
    },
  };
}

function concerns(
  { operation, kind, subresource }: AdmissionAttributes,
): boolean {
  return operation === "CREATE" && kind.storagePrefix === "pods" &&
    subresource === "";
}

function setOverhead(
  attributes: AdmissionAttributes,
  { overhead: wanted }: RuntimeClass,
): void {
  if (wanted === undefined) return;
  const { spec } = attributes.object as Pod;
  const own = spec.overhead ?? {};
  const { podFixed = {} } = wanted;
  if (Object.keys(own).length > 0 && !sameJson(own, podFixed)) {
    throw refusal(attributes, MISMATCH);
  }
  if (Object.keys(podFixed).length > 0) spec.overhead = { ...podFixed };
}

function setScheduling(
  attributes: AdmissionAttributes,
  { scheduling }: RuntimeClass,
): void {
  if (scheduling === undefined) return;
  const { spec } = attributes.object as Pod;
  const { nodeSelector = {}, tolerations = [] } = scheduling;
  for (const [key, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) {
      throw refusal(
        attributes,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      );
    }
  }
  if (Object.keys(nodeSelector).length > 0) {
    spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  }
  const own = spec.tolerations ?? [];
  const merged = mergeTolerations(own, tolerations);
  if (merged.length > 0) spec.tolerations = merged;
}

/** Both lists, without those that another one covers. Of equal ones the first stays. */
export function mergeTolerations(
  first: readonly Toleration[],
  second: readonly Toleration[],
): Toleration[] {
  const all = [...first, ...second];
  const merged: Toleration[] = [];
  for (const [index, one] of all.entries()) {
    const covered = merged.some((other) => covers(other, one)) ||
      all.slice(index + 1).some((other) =>
        !sameJson(one, other) && covers(other, one)
      );
    if (!covered) merged.push(one);
  }
  return merged;
}

/** Whether what the second tolerates, the first does too, for as long. */
function covers(wide: Toleration, narrow: Toleration): boolean {
  if (sameJson(wide, narrow)) return true;
  const all = !wide.key && wide.operator === "Exists";
  if ((wide.key ?? "") !== (narrow.key ?? "") && !all) return false;
  if (wide.effect && wide.effect !== narrow.effect) return false;
  if (wide.effect === "NoExecute" && wide.tolerationSeconds !== undefined) {
    const { tolerationSeconds: short } = narrow;
    if (short === undefined || short > wide.tolerationSeconds) return false;
  }
  if (wide.operator === "Exists") return true;
  return (wide.operator ?? "Equal") === "Equal" &&
    narrow.operator === "Equal" && (wide.value ?? "") === (narrow.value ?? "");
}
