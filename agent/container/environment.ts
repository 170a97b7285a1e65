/**
 * The environment of a container.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { EnvVarSource } from "../../src/api/core/env.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Service } from "../../src/api/core/service.ts";
import { decodeBase64, decodeText } from "../../src/base/bytes.ts";
import { messageOf } from "../../src/base/errors.ts";
import { RuntimeError } from "../runtime/runtime.ts";
import type { ConfigSource } from "../volumes/config_source.ts";
import {
  type DownwardContext,
  fieldValue,
  resourceValue,
} from "../volumes/downward.ts";
import { expandVariables } from "./expand.ts";
import { serviceVariables } from "./service_variables.ts";

/** What an environment is made from. */
export interface EnvironmentContext {
  readonly pod: Pod;
  readonly container: Container;
  readonly source: ConfigSource;
  readonly downward: DownwardContext;
  /** Services of the pod's namespace, and `kubernetes` of `default`. */
  readonly services: readonly Service[];
}

/**
 * The variables in the order in which they count: services', `envFrom`, then `env`, later ones in the place of earlier ones.
 *
 * @throws {RuntimeError} `CreateContainerConfigError` when something that is not optional is missing
 */
export async function containerEnvironment(
  context: EnvironmentContext,
): Promise<Map<string, string>> {
  const { container, pod } = context;
  const links = pod.spec.enableServiceLinks ?? true;
  const services = serviceVariables(
    context.services.filter(({ metadata }) =>
      links
        ? true
        : metadata.namespace === "default" && metadata.name === "kubernetes"
    ),
  );
  const result = new Map<string, string>();
  for (const from of container.envFrom ?? []) {
    const prefix = from.prefix ?? "";
    for (const [key, value] of await importedValues(context, from)) {
      result.set(`${prefix}${key}`, value);
    }
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (valueFrom) {
      const found = await sourcedValue(context, valueFrom);
      if (found !== undefined) result.set(name, found);
    } else {
      // References reach what was set before, and services.
      const known = new Map([...services, ...result]);
      result.set(name, expandVariables(value ?? "", known));
    }
  }
  // Services' variables never hide the container's own.
  for (const [name, value] of services) {
    if (!result.has(name)) result.set(name, value);
  }
  return result;
}

async function importedValues(
  { pod, source }: EnvironmentContext,
  from: NonNullable<Container["envFrom"]>[number],
): Promise<[string, string][]> {
  const namespace = pod.metadata.namespace!;
  if (from.configMapRef) {
    const { name = "", optional } = from.configMapRef;
    const object = await source.configMap({ namespace, name });
    if (!object && !optional) throw missing(`configmap "${name}" not found`);
    return Object.entries(object?.data ?? {});
  }
  if (from.secretRef) {
    const { name = "", optional } = from.secretRef;
    const object = await source.secret({ namespace, name });
    if (!object && !optional) throw missing(`secret "${name}" not found`);
    return Object.entries(object?.data ?? {}).map((
      [key, base64],
    ) => [key, decodeText(decodeBase64(base64))]);
  }
  return [];
}

async function sourcedValue(
  context: EnvironmentContext,
  from: EnvVarSource,
): Promise<string | undefined> {
  const { pod, container, source, downward } = context;
  const namespace = pod.metadata.namespace!;
  try {
    if (from.fieldRef) {
      return fieldValue(pod, from.fieldRef.fieldPath, downward);
    }
    if (from.resourceFieldRef) {
      const { containerName } = from.resourceFieldRef;
      const { containers, initContainers = [] } = pod.spec;
      const named = containerName
        ? [...containers, ...initContainers].find(({ name }) =>
          name === containerName
        )
        : container;
      if (!named) throw new Error(`container ${containerName} not found`);
      return resourceValue(named, from.resourceFieldRef, downward);
    }
  } catch (error) {
    throw missing(messageOf(error));
  }
  if (from.configMapKeyRef) {
    const { name = "", key, optional } = from.configMapKeyRef;
    const object = await source.configMap({ namespace, name });
    const value = object?.data?.[key];
    if (value !== undefined || optional) return value;
    throw missing(
      object
        ? `couldn't find key ${key} in ConfigMap ${namespace}/${name}`
        : `configmap "${name}" not found`,
    );
  }
  if (from.secretKeyRef) {
    const { name = "", key, optional } = from.secretKeyRef;
    const object = await source.secret({ namespace, name });
    const value = object?.data?.[key];
    if (value !== undefined) return decodeText(decodeBase64(value));
    if (optional) return undefined;
    throw missing(
      object
        ? `couldn't find key ${key} in Secret ${namespace}/${name}`
        : `secret "${name}" not found`,
    );
  }
  throw missing(
    `environment source "${Object.keys(from)[0]}" is not supported`,
  );
}

function missing(message: string): RuntimeError {
  return new RuntimeError("CreateContainerConfigError", message);
}
