/**
 * What a check is, and the words that checks share.
 *
 * @module
 */
import type {
  Container,
  EphemeralContainer,
} from "../../../api/core/container.ts";
import type { PodSpec } from "../../../api/core/pod_spec.ts";
import type { ObjectMeta } from "../../../api/meta.ts";

/** A container of any sort. */
export type AnyContainer = Container | EphemeralContainer;

/** What is wrong with a pod. */
export interface Violation {
  /** In a few words, for example `host namespaces`. */
  readonly reason: string;
  /** Where; "" when there is nothing to add. */
  readonly detail: string;
}

/** A pod, or what pods are to be made like. */
export interface PodLike {
  readonly metadata: ObjectMeta | undefined;
  readonly spec: PodSpec;
}

/** Looks for one thing; undefined is good. */
export type CheckFn = (pod: PodLike) => Violation | undefined;

/** A check and how it changed. */
export interface Check {
  /** Checks of a level speak in the order of their names. */
  readonly id: string;
  readonly level: "baseline" | "restricted";
  /** The check from a minor version of Kubernetes on, the oldest first. */
  readonly versions: readonly (readonly [minor: number, check: CheckFn])[];
  /** The baseline check that a restricted one stands for. */
  readonly overrides?: string;
}

/** All containers, in the order in which checks name them. */
export function containersOf(spec: PodSpec): readonly AnyContainer[] {
  return [
    ...spec.initContainers ?? [],
    ...spec.containers,
    ...spec.ephemeralContainers ?? [],
  ];
}

/** Names of the containers that a test finds. */
export function namesOf(
  spec: PodSpec,
  test: (container: AnyContainer) => boolean,
): string[] {
  return containersOf(spec).filter(test).map(({ name }) => name);
}

/** `"a", "b"`. */
export function quoted(texts: readonly string[]): string {
  return texts.map((text) => `"${text}"`).join(", ");
}

/** Without doubles, in order. */
export function sorted(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort();
}

/** One word for one, another for more. */
export function plural(count: number, one: string, more = `${one}s`): string {
  return count === 1 ? one : more;
}

/** `containers "a", "b"`. */
export function containersText(names: readonly string[]): string {
  return `${plural(names.length, "container")} ${quoted(names)}`;
}

/** `pod and container "a"`: who has set something. */
export function settersText(pod: boolean, names: readonly string[]): string {
  return [
    ...pod ? ["pod"] : [],
    ...names.length > 0 ? [containersText(names)] : [],
  ].join(" and ");
}

/** Pods in a user namespace are not root on the node, whatever they are inside. */
export function inUserNamespace({ spec }: PodLike): boolean {
  return spec.hostUsers === false;
}

/** Windows has none of what such a check looks at. */
export function unlessWindows(check: CheckFn): CheckFn {
  return (pod) => pod.spec.os?.name === "windows" ? undefined : check(pod);
}

/** What the check forbids is harmless in a user namespace. */
export function unlessUserNamespace(check: CheckFn): CheckFn {
  return (pod) => inUserNamespace(pod) ? undefined : check(pod);
}
