/**
 * What is warned of in the finalizers of custom resources.
 *
 * @module
 */
import type { KubeObject } from "../kind.ts";
import { isQualifiedName } from "../validation/names.ts";

const STANDARD: readonly string[] = [
  "orphan",
  "foregroundDeletion",
  "kubernetes",
];

/** Finalizers that are new and have no domain. */
export function finalizerWarnings(
  object: KubeObject,
  previous?: KubeObject,
): string[] {
  const before = previous?.metadata.finalizers ?? [];
  const fresh = (object.metadata.finalizers ?? []).filter((name) =>
    !before.includes(name)
  );
  return [...new Set(fresh)].sort().flatMap((name) => {
    const at = `metadata.finalizers: ${JSON.stringify(name)}`;
    const wrong = isQualifiedName(name).map((why) => `${at}: ${why}`);
    if (name.includes("/") || STANDARD.includes(name)) return wrong;
    const path = name.includes(".") ? "including a path (/) " : "";
    return [
      ...wrong,
      `${at}: prefer a domain-qualified finalizer name ${path}to avoid accidental conflicts with other finalizer writers`,
    ];
  });
}
