/**
 * The environment of a container.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { EnvVarSource, FileKeySelector } from "../../src/api/core/env.ts";
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
import { isStatic } from "./critical_pod.ts";
import { envFileValue } from "./env_file.ts";
import { expandVariables } from "./expand.ts";
import { serviceVariables } from "./service_variables.ts";

/** What an environment is made from. */
export interface EnvironmentContext {
  readonly pod: Pod;
  readonly container: Container;
  readonly source: ConfigSource;
  readonly downward: DownwardContext;
  /** Services of the pod's namespace, and `kubernetes` of `default`; undefined when nobody has told of any yet. */
  readonly services: readonly Service[] | undefined;
  /** Reads a file in one of the pod's volumes. @throws when there is none */
  readonly readFile: (volume: string, path: string) => Promise<string>;
}

/**
 * The variables in the order in which they count: services', `envFrom`, then `env`, later ones in the place of earlier ones.
 *
 * @throws {RuntimeError} `CreateContainerConfigError` when something that is not optional is missing
 */
export async function containerEnvironment(
  context: EnvironmentContext,
): Promise<Map<string, string>> {
  const { container } = context;
  const services = serviceEnvironment(context);
  const result = new Map<string, string>();
  // References reach what was set before, and services.
  const known = {
    get: (name: string) => result.get(name) ?? services.get(name),
  };
  for (const from of container.envFrom ?? []) {
    const prefix = from.prefix ?? "";
    for (const [key, value] of await importedValues(context, from)) {
      result.set(`${prefix}${key}`, value);
    }
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (valueFrom && !value) {
      const found = await sourcedValue(context, valueFrom);
      if (found !== undefined) result.set(name, found);
    } else {
      result.set(name, expandVariables(value ?? "", known));
    }
  }
  // Services' variables never hide the container's own.
  for (const [name, value] of services) {
    if (!result.has(name)) result.set(name, value);
  }
  return result;
}

/** Variables of the services that the pod is to know: all of its namespace, or `kubernetes` alone. */
function serviceEnvironment(
  { pod, services }: EnvironmentContext,
): Map<string, string> {
  // Without them nobody in the container would find the API; a static pod does not count on it.
  if (!services && !isStatic(pod)) {
    throw missing(
      "services have not yet been read at least once, cannot construct envvars",
    );
  }
  const links = pod.spec.enableServiceLinks ?? true;
  const isMaster = ({ metadata }: Service) =>
    metadata.namespace === "default" && metadata.name === "kubernetes";
  // A service of the same name in the pod's own namespace comes after it.
  return serviceVariables([
    ...(services ?? []).filter(isMaster),
    ...(services ?? []).filter((service) => links && !isMaster(service)),
  ]);
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
  if (from.fileKeyRef) return await fileValue(context, from.fileKeyRef);
  throw missing(
    `environment source "${Object.keys(from)[0]}" is not supported`,
  );
}

async function fileValue(
  { readFile }: EnvironmentContext,
  { volumeName, path, key, optional }: FileKeySelector,
): Promise<string | undefined> {
  let value: string | undefined;
  try {
    value = envFileValue(await readFile(volumeName, path), key);
  } catch {
    // No more than kubelet says: what stands in the file may be secret.
    throw missing("couldn't parse env file");
  }
  if (value !== undefined || optional) return value;
  throw missing(
    `environment variable key "${key}" not found in file "${path}"`,
  );
}

function missing(message: string): RuntimeError {
  return new RuntimeError("CreateContainerConfigError", message);
}
