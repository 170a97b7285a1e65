/**
 * Which ConfigMaps and Secrets a pod refers to.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";

/** One reference. */
export interface ConfigReference {
  readonly kind: "configmaps" | "secrets";
  readonly namespace: string;
  readonly name: string;
}

/** `configmaps/default/web`. */
export function referenceKey(reference: ConfigReference): string {
  return `${reference.kind}/${reference.namespace}/${reference.name}`;
}

/** All references of a pod, each once. */
export function podReferences(pod: Pod): ConfigReference[] {
  const namespace = pod.metadata.namespace!;
  const found = new Map<string, ConfigReference>();
  const add = (kind: ConfigReference["kind"], name: string | undefined) => {
    if (!name) return;
    const reference = { kind, namespace, name };
    found.set(referenceKey(reference), reference);
  };
  for (const volume of pod.spec.volumes ?? []) {
    add("configmaps", volume.configMap?.name);
    add("secrets", volume.secret?.secretName);
    for (const source of volume.projected?.sources ?? []) {
      add("configmaps", source.configMap?.name);
      add("secrets", source.secret?.name);
    }
  }
  const {
    containers,
    initContainers = [],
    ephemeralContainers = [],
    imagePullSecrets = [],
  } = pod.spec;
  const all = [...initContainers, ...containers, ...ephemeralContainers];
  for (const container of all) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add("configmaps", configMapRef?.name);
      add("secrets", secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add("configmaps", valueFrom?.configMapKeyRef?.name);
      add("secrets", valueFrom?.secretKeyRef?.name);
    }
  }
  for (const { name } of imagePullSecrets) add("secrets", name);
  return [...found.values()];
}
