/**
 * What is encrypted on disk and with which keys: Kubernetes' `EncryptionConfiguration`
 * (https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/), of which `aesgcm` and `identity` are served.
 *
 * A key is replaced by writing a new one in front of the others and starting the server: everything is then sealed anew, and the old key can go.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import { type Cryptography, type Host, HostError } from "../../base/host.ts";
import { messageOf } from "../../base/errors.ts";
import { parseYaml } from "../../api/yaml_json.ts";
import type { Key } from "../../store/store.ts";
import type { Sealing } from "../../store/sealed/sealed_kv.ts";
import {
  type SealingKey,
  SealingKeys,
} from "../../store/sealed/sealing_keys.ts";

/** Bytes of a key that we make. */
const KEY_BYTES = 32;

/** What a store needs to encrypt as a configuration says. */
export type ConfiguredSealing = Sealing & {
  /** What is sealed, in words that change when that does. */
  readonly scope: string;
};

/**
 * Reads the configuration in a file; makes one with a fresh key, for Secrets, when asked to and there is none.
 *
 * @param options.make whether to make the file
 * @throws {Error} when the file is not there or cannot be used
 */
export async function loadEncryption(
  host: Host,
  options: { readonly path: string; readonly make: boolean },
): Promise<ConfiguredSealing> {
  const { path, make } = options;
  let text: string;
  try {
    text = await host.disk.readText(path);
  } catch (error) {
    const missing = error instanceof HostError && error.code === "not-found";
    if (!missing || !make) throw error;
    text = newConfiguration(host.random.bytes(KEY_BYTES));
    await host.disk.writeAtomic(path, text, { mode: 0o600 });
  }
  try {
    return readEncryption(host.crypto, text);
  } catch (error) {
    throw new Error(
      `Could not read the encryption configuration "${path}": ${
        messageOf(error)
      }`,
      { cause: error },
    );
  }
}

function newConfiguration(secret: Uint8Array): string {
  return `# What the server encrypts on disk. Without these keys the encrypted objects are lost: keep a copy elsewhere.
# To replace a key, put a new one in front of it and start the server again; the old one can go then.
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources:
      - secrets
    providers:
      - aesgcm:
          keys:
            - name: key1
              secret: ${encodeBase64(secret)}
      - identity: {}
`;
}

/** Reads a configuration. @throws {Error} for what is wrong or not served */
export function readEncryption(
  crypto: Cryptography,
  text: string,
): ConfiguredSealing {
  const config = fieldsOf(parseYaml(text).value, "The file");
  if (config.kind !== "EncryptionConfiguration") {
    throw new Error("The kind must be EncryptionConfiguration");
  }
  const [group, ...more] = listOf(config.resources, "resources");
  if (group === undefined || more.length > 0) {
    throw new Error("The resources must have one entry");
  }
  const { resources, providers } = fieldsOf(group, "resources[0]");
  const names = listOf(resources, "resources[0].resources").map((name) => {
    if (typeof name !== "string" || name === "") {
      throw new Error("The names in resources[0].resources must be strings");
    }
    if (name === "*.") {
      throw new Error('"*." is not served: name the resources, or use "*.*"');
    }
    return name;
  });
  if (names.length === 0) {
    throw new Error("There is no name in resources[0].resources");
  }
  const keys: SealingKey[] = [];
  const kinds: string[] = [];
  for (const [i, value] of listOf(providers, "providers").entries()) {
    const where = `resources[0].providers[${i}]`;
    const provider = fieldsOf(value, where);
    const [kind = ""] = Object.keys(provider);
    kinds.push(kind);
    if (kind === "identity") continue;
    if (kind !== "aesgcm") {
      throw new Error(
        `${where}: provider "${kind}" is not served, only aesgcm and identity are`,
      );
    }
    keys.push(...keysOf(provider.aesgcm, `${where}.aesgcm`));
  }
  if (kinds.length === 0) {
    throw new Error("There is no provider in resources[0].providers");
  }
  return {
    keys: new SealingKeys(crypto, keys, { seals: kinds[0] === "aesgcm" }),
    concerns: concernOf(names),
    scope: names.toSorted().join(","),
  };
}

function keysOf(value: unknown, where: string): SealingKey[] {
  const { keys } = fieldsOf(value, where);
  return listOf(keys, `${where}.keys`).map((entry, i) => {
    const { name, secret } = fieldsOf(entry, `${where}.keys[${i}]`);
    if (typeof name !== "string" || typeof secret !== "string") {
      throw new Error(`${where}.keys[${i}] must have a name and a secret`);
    }
    return { name, secret: decodeBase64(secret) };
  });
}

/** `secrets`, `deployments.apps`, `*.apps`, `*.*`: as key prefixes. */
function concernOf(names: readonly string[]): (key: Key) => boolean {
  if (names.includes("*.*")) return () => true;
  const prefixes = names.map((name) => {
    const dot = name.indexOf(".");
    if (dot < 0) return `${name}/`;
    // Rows of a group lie below its first label; see `storagePrefix`.
    const [plural, group] = [name.slice(0, dot), name.slice(dot + 1)];
    const folder = `${group.split(".")[0]}/`;
    return plural === "*" ? folder : `${folder}${plural}/`;
  });
  return (key) => prefixes.some((prefix) => key.startsWith(prefix));
}

function fieldsOf(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${where} must be an object`);
  }
  return value as Record<string, unknown>;
}

function listOf(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${where} must be a list`);
  return value;
}
