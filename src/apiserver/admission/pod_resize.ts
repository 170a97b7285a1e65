/**
 * PodResizeValidator: a running pod does not ask for more than its whole node has.
 *
 * @module
 */
import type { Node } from "../../api/core/node.ts";
import type { Pod } from "../../api/core/pod.ts";
import { podRequests } from "../../api/core/pod_resources.ts";
import {
  compareQuantities,
  milliUnits,
  wholeUnits,
} from "../../api/quantity.ts";
import { ApiError } from "../../api/status.ts";
import type { Store } from "../../store/store.ts";
import {
  type AdmissionAttributes,
  type AdmissionPlugin,
  refusal,
} from "./admission.ts";

const OS_LABEL = "kubernetes.io/os";

/** Makes the plugin. */
export function podResize(store: Store): AdmissionPlugin {
  return {
    name: "PodResizeValidator",
    validate(attributes) {
      const { operation, kind, subresource, object, previous } = attributes;
      if (operation !== "UPDATE" || subresource !== "resize") return;
      if (kind.storagePrefix !== "pods") return;
      const pod = object as Pod;
      const name = pod.spec.nodeName;
      if (!name) return;
      if (pod.metadata.generation === previous?.metadata.generation) return;
      const row = store.get(`nodes/${name}`);
      if (row === undefined) {
        throw refusal(attributes, `node ${JSON.stringify(name)} not found`);
      }
      const node: Node = JSON.parse(row.text);
      const os = node.metadata.labels?.[OS_LABEL] ?? "linux";
      if (os !== "linux") {
        throw because(
          attributes,
          "UnsupportedPlatform",
          `pod resize is only supported on linux nodes, node "${name}" is "${os}"`,
        );
      }
      const lacks = lacking(pod, node);
      if (lacks.length > 0) {
        throw because(
          attributes,
          "NodeCapacity",
          `node didn't have enough allocatable resources: ${lacks.join("; ")}`,
        );
      }
    },
  };
}

function lacking(pod: Pod, { status }: Node): string[] {
  const requests = podRequests(pod);
  const units = [["cpu", milliUnits], ["memory", wholeUnits]] as const;
  return units.flatMap(([name, count]) => {
    const wanted = requests[name] ?? "0";
    const there = status?.allocatable?.[name] ?? "0";
    return compareQuantities(wanted, there) <= 0 ? [] : [
      `${name}, requested: ${count(wanted)}, allocatable: ${count(there)}`,
    ];
  });
}

/** A refusal that programs can tell from others. */
function because(
  attributes: AdmissionAttributes,
  reason: string,
  why: string,
): ApiError {
  const { status } = refusal(attributes, why);
  return new ApiError({
    ...status,
    details: { ...status.details, causes: [{ reason }] },
  });
}
