/**
 * Registry credentials from a pod's `imagePullSecrets`.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import { decodeBase64, decodeText } from "../../src/base/bytes.ts";
import type { PullAuth } from "../container/image_puller.ts";
import type { ConfigSource } from "../volumes/config_source.ts";

/** The registry of images that name none. */
const DEFAULT_REGISTRY = "docker.io";
/** How Docker's own files call {@linkcode DEFAULT_REGISTRY}. */
const DEFAULT_REGISTRY_KEYS = [
  "https://index.docker.io/v1/",
  "index.docker.io",
];

interface DockerConfig {
  readonly auths?: Readonly<
    Record<
      string,
      {
        readonly auth?: string;
        readonly username?: string;
        readonly password?: string;
      }
    >
  >;
}

/** The first credentials among the pod's secrets that are for the image's registry. A missing or broken secret is passed over, as kubelet does. */
export async function pullAuth(
  source: ConfigSource,
  pod: Pod,
  image: string,
): Promise<PullAuth | undefined> {
  const namespace = pod.metadata.namespace!;
  const registry = registryOf(image);
  for (const { name } of pod.spec.imagePullSecrets ?? []) {
    if (!name) continue;
    const secret = await source.secret({ namespace, name });
    const encoded = secret?.data?.[".dockerconfigjson"];
    if (encoded === undefined) continue;
    const found = credentials(decodeText(decodeBase64(encoded)), registry);
    if (found) return found;
  }
  return undefined;
}

/** `registry.example:5000` of `registry.example:5000/team/app:1`. */
export function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  const isHost = rest.length > 0 &&
    (first.includes(".") || first.includes(":") || first === "localhost");
  return isHost ? first : DEFAULT_REGISTRY;
}

function credentials(text: string, registry: string): PullAuth | undefined {
  let config: DockerConfig;
  try {
    config = JSON.parse(text);
  } catch {
    return undefined;
  }
  const keys = registry === DEFAULT_REGISTRY
    ? [registry, ...DEFAULT_REGISTRY_KEYS]
    : [registry, `https://${registry}`, `http://${registry}`];
  for (const key of keys) {
    const entry = config.auths?.[key];
    if (!entry) continue;
    if (entry.username !== undefined && entry.password !== undefined) {
      return { username: entry.username, password: entry.password };
    }
    if (entry.auth === undefined) continue;
    const [username = "", ...password] = decodeText(decodeBase64(entry.auth))
      .split(":");
    return { username, password: password.join(":") };
  }
  return undefined;
}
