/**
 * Where workloads keep what their pods are made like.
 *
 * @module
 */
import type { PodTemplateSpec } from "../../../api/core/pod_template.ts";
import type { KubeObject } from "../../../api/kind.ts";
import type { PodLike } from "./check.ts";

/** Paths to the template by storage prefix. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  "podtemplates": ["template"],
  "replicationcontrollers": ["spec", "template"],
  "apps/replicasets": ["spec", "template"],
  "apps/deployments": ["spec", "template"],
  "apps/statefulsets": ["spec", "template"],
  "apps/daemonsets": ["spec", "template"],
  "batch/jobs": ["spec", "template"],
  "batch/cronjobs": ["spec", "jobTemplate", "spec", "template"],
};

/** Whether objects of a kind make pods. */
export function hasTemplate(storagePrefix: string): boolean {
  return storagePrefix in TEMPLATES;
}

/** What an object's pods are made like; undefined when it does not say. */
export function templateOf(
  object: KubeObject,
  storagePrefix: string,
): PodLike | undefined {
  let value: unknown = object;
  for (const step of TEMPLATES[storagePrefix] ?? []) {
    value = (value as Record<string, unknown> | undefined)?.[step];
  }
  const template = value as PodTemplateSpec | undefined;
  return template?.spec === undefined
    ? undefined
    : { metadata: template.metadata, spec: template.spec };
}
