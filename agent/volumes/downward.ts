/**
 * What a pod may be told about itself.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { ResourceFieldSelector } from "../../src/api/core/env.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import { milliUnits, wholeUnits } from "../../src/api/quantity.ts";
import { quote } from "./quote.ts";

/** What is known beside the object. */
export interface DownwardContext {
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
  /** Stands in for limits that the container does not set. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/**
 * The value of a `fieldRef`.
 *
 * @throws when the field is not one that pods may ask for
 * @see {@link https://kubernetes.io/docs/concepts/workloads/pods/downward-api/}
 */
export function fieldValue(
  pod: Pod,
  path: string,
  context: DownwardContext,
): string {
  const { metadata, spec } = pod;
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (subscript) {
    const map = subscript[1] === "labels"
      ? metadata.labels
      : metadata.annotations;
    return map?.[subscript[2]!] ?? "";
  }
  switch (path) {
    case "metadata.name":
      return metadata.name ?? "";
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid ?? "";
    case "metadata.labels":
      return formatMap(metadata.labels);
    case "metadata.annotations":
      return formatMap(metadata.annotations);
    case "spec.nodeName":
      return spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "";
    case "status.hostIP":
      return context.hostIPs[0] ?? "";
    case "status.hostIPs":
      return context.hostIPs.join(",");
    case "status.podIP":
      return context.podIPs[0] ?? "";
    case "status.podIPs":
      return context.podIPs.join(",");
  }
  throw new Error(`Unsupported fieldPath: "${path}"`);
}

/**
 * The value of a `resourceFieldRef`: cpu in whole cores and the rest in whole units of the divisor, rounded up.
 *
 * @throws when the resource is not one that pods may ask for
 */
export function resourceValue(
  container: Container,
  ref: Pick<ResourceFieldSelector, "resource" | "divisor">,
  context: DownwardContext,
): string {
  const [kind, ...rest] = ref.resource.split(".");
  const name = rest.join(".");
  if ((kind !== "limits" && kind !== "requests") || name === "") {
    throw new Error(`Unsupported container resource: "${ref.resource}"`);
  }
  const { limits, requests } = container.resources ?? {};
  const own = kind === "limits" ? limits?.[name] : requests?.[name];
  const isUnset = own === undefined || isZero(own);
  const quantity = isUnset && kind === "limits" && DEFAULTED.includes(name)
    ? context.allocatable[name] ?? "0"
    : own ?? "0";
  const divisor = ref.divisor && !isZero(ref.divisor) ? ref.divisor : "1";
  if (name === "cpu") {
    return String(Math.ceil(milliUnits(quantity) / milliUnits(divisor)));
  }
  return String(Math.ceil(wholeUnits(quantity) / wholeUnits(divisor)));
}

/** Without a limit a container may have all of these that the node has. */
const DEFAULTED = ["cpu", "memory", "ephemeral-storage"];

function isZero(quantity: string): boolean {
  return milliUnits(quantity) === 0;
}

/** `key="value"` lines, sorted by key. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${quote(value)}`)
    .join("\n");
}
