/**
 * The order of API versions: `v2` before `v1` before `v2beta1` before `v1alpha1` before whatever else, as Kubernetes prefers them.
 *
 * @module
 */
import type {
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from "./custom_resource_definition_spec.ts";

const VERSION = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/;
const STAGES: readonly string[] = ["alpha", "beta", ""];

/** Compares for sorting, the preferred version first. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [VERSION.exec(a), VERSION.exec(b)];
  if (x === null || y === null) {
    if (x !== null || y !== null) return x === null ? 1 : -1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return STAGES.indexOf(y[2] ?? "") - STAGES.indexOf(x[2] ?? "") ||
    Number(y[1]) - Number(x[1]) || Number(y[3] ?? 0) - Number(x[3] ?? 0);
}

/** What every answer in a deprecated version warns of; undefined for one that is not. */
export function deprecationOf(
  { group, names, versions }: CustomResourceDefinitionSpec,
  { name, deprecated, deprecationWarning }: CustomResourceDefinitionVersion,
): string | undefined {
  if (deprecated !== true) return undefined;
  if (deprecationWarning !== undefined) return deprecationWarning;
  const better =
    versions.filter((other) =>
      other.served && other.deprecated !== true &&
      compareVersions(other.name, name) < 0
    ).map((other) => other.name).sort(compareVersions)[0];
  const text = `${group}/${name} ${names.kind} is deprecated`;
  return better === undefined
    ? text
    : `${text}; use ${group}/${better} ${names.kind}`;
}
