/**
 * LimitRanger: gives containers the requests and limits that their namespace has for those that name none, and refuses what is out of its bounds.
 *
 * @module
 */
import type { Container } from "../../api/core/container.ts";
import type { LimitRange, LimitRangeItem } from "../../api/core/limit_range.ts";
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import type { Pod } from "../../api/core/pod.ts";
import { podLimits, podRequests } from "../../api/core/pod_resources.ts";
import type { ResourceList } from "../../api/schema/words.ts";
import type { Store } from "../../store/store.ts";
import {
  type AdmissionAttributes,
  type AdmissionPlugin,
  refusal,
} from "./admission.ts";
import {
  type Amounts,
  boundsBroken,
  claimBoundsBroken,
} from "./limit_bounds.ts";
import { RowCache } from "./row_cache.ts";

/** Tells people what was filled in. */
export const LIMIT_RANGER_ANNOTATION = "kubernetes.io/limit-ranger";

/** Makes the plugin. */
export function limitRanger(store: Store): AdmissionPlugin {
  const ranges = new RowCache<LimitRange>(store);
  const rangesFor = (attributes: AdmissionAttributes) =>
    concerns(attributes)
      ? ranges.list(`limitranges/${attributes.namespace}/`)
      : [];
  return {
    name: "LimitRanger",
    mutate(attributes) {
      if (attributes.kind.storagePrefix !== "pods") return;
      for (const { spec } of rangesFor(attributes)) {
        fillIn(attributes.object as Pod, spec.limits);
      }
    },
    validate(attributes) {
      for (const { spec } of rangesFor(attributes)) {
        const broken = attributes.kind.storagePrefix === "pods"
          ? brokenByPod(attributes.object as Pod, spec.limits)
          : brokenByClaim(
            attributes.object as PersistentVolumeClaim,
            spec.limits,
          );
        if (broken.length > 0) throw refusal(attributes, aggregate(broken));
      }
    },
  };
}

/** Requests and limits do not change after a Pod is made, save by `resize`. */
function concerns(
  { operation, kind, subresource, previous }: AdmissionAttributes,
): boolean {
  if (operation === "DELETE") return false;
  if (previous?.metadata.deletionTimestamp !== undefined) return false;
  if (kind.storagePrefix === "pods") {
    return operation === "CREATE" && subresource === "" ||
      operation === "UPDATE" && subresource === "resize";
  }
  return kind.storagePrefix === "persistentvolumeclaims" && subresource === "";
}

function fillIn(
  { metadata, spec }: Pod,
  items: readonly LimitRangeItem[],
): void {
  const limits: ResourceList = {};
  const requests: ResourceList = {};
  for (const item of items) {
    if (item.type !== "Container") continue;
    Object.assign(limits, item.default);
    Object.assign(requests, item.defaultRequest);
  }
  const told: string[] = [];
  const fill = (container: Container, what: string) => {
    for (
      const [field, defaults] of [
        ["requests", requests],
        ["limits", limits],
      ] as const
    ) {
      const set = merge(container, field, defaults);
      if (set.length > 0) {
        told.push(
          `${set.join(", ")} ${
            field.slice(0, -1)
          } for ${what} ${container.name}`,
        );
      }
    }
  };
  for (const container of spec.containers) fill(container, "container");
  for (const container of spec.initContainers ?? []) {
    fill(container, "init container");
  }
  if (told.length === 0) return;
  metadata.annotations = {
    ...metadata.annotations,
    [LIMIT_RANGER_ANNOTATION]: `LimitRanger plugin set: ${told.join("; ")}`,
  };
}

/** Sets what a container does not name. @returns the names, sorted */
function merge(
  container: Container,
  field: "requests" | "limits",
  defaults: ResourceList,
): string[] {
  const own = container.resources?.[field] ?? {};
  const missing = Object.keys(defaults).filter((name) =>
    own[name] === undefined
  );
  if (missing.length === 0) return [];
  container.resources = {
    ...container.resources,
    [field]: { ...defaults, ...own },
  };
  return missing.sort();
}

function brokenByPod(
  { metadata, spec }: Pod,
  items: readonly LimitRangeItem[],
): string[] {
  const containers = [...spec.containers, ...spec.initContainers ?? []];
  return items.flatMap((item) => {
    if (item.type === "Container") {
      return containers.flatMap(({ resources }) =>
        boundsBroken(item, amountsOf(resources))
      );
    }
    if (item.type !== "Pod") return [];
    // Bounds are for what people ask for; overhead is not theirs.
    const { overhead: _, ...bare } = spec;
    const pod = { metadata, spec: bare };
    return boundsBroken(item, {
      requests: podRequests(pod),
      limits: podLimits(pod),
    });
  });
}

function brokenByClaim(
  { spec }: PersistentVolumeClaim,
  items: readonly LimitRangeItem[],
): string[] {
  const requests = spec.resources?.requests ?? {};
  return items.filter(({ type }) => type === "PersistentVolumeClaim")
    .flatMap((item) => claimBoundsBroken(item, requests));
}

function amountsOf(resources: Container["resources"]): Amounts {
  return {
    requests: resources?.requests ?? {},
    limits: resources?.limits ?? {},
  };
}

/** Several texts as Kubernetes joins them. */
function aggregate(texts: readonly string[]): string {
  const unique = [...new Set(texts)];
  return unique.length === 1 ? unique[0]! : `[${unique.join(", ")}]`;
}
