/**
 * Where ConfigMaps and Secrets that pods refer to come from.
 *
 * @module
 */
import type { ConfigMap } from "../../src/api/core/config_map.ts";
import type { Secret } from "../../src/api/core/secret.ts";

/** Which object. */
export interface ConfigName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Answers from what the node has: from the API while there is contact, from the checkpoint without. Undefined means that the object does not exist.
 * Answers wait until that is known.
 */
export interface ConfigSource {
  /** @throws when no pod of this node refers to it */
  configMap(name: ConfigName): Promise<ConfigMap | undefined>;
  /** @throws when no pod of this node refers to it */
  secret(name: ConfigName): Promise<Secret | undefined>;
}
