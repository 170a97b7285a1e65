/**
 * Credentials for registries where docker, oras and crane keep them: `~/.docker/config.json` and credential helpers.
 *
 * @see {@link https://docs.docker.com/reference/cli/docker/login/#credential-stores}
 *
 * @module
 */
import { decodeBase64, decodeText } from "../../base/bytes.ts";
import { type Host, HostError } from "../../base/host.ts";
import { DEFAULT_REGISTRY } from "../../base/oci/reference.ts";
import type { RegistryCredentials } from "../../client/registry/mod.ts";
import { CliFailure } from "../failure.ts";

/** The part of the file that is read here. */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, DockerAuth>>;
  /** The helper for all registries. */
  readonly credsStore?: string;
  /** Helpers by registry. */
  readonly credHelpers?: Readonly<Record<string, string>>;
}

interface DockerAuth {
  /** `user:password` in base64. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly registrytoken?: string;
}

/** What docker calls its own registry. */
export const DOCKER_KEY = "https://index.docker.io/v1/";
const HELPER_TIMEOUT_MS = 30_000;

/** Where the file is; undefined where there is no home. */
export function dockerConfigPath(
  host: Pick<Host, "processes">,
): string | undefined {
  const folder = host.processes.env("DOCKER_CONFIG");
  if (folder) return `${folder}/config.json`;
  const home = host.processes.env("HOME");
  return home ? `${home}/.docker/config.json` : undefined;
}

/** What there is for a registry; undefined: ask without. @throws {CliFailure} when the file or a helper is of no use */
export async function dockerCredentials(
  host: Pick<Host, "disk" | "processes">,
  registry: string,
): Promise<RegistryCredentials | undefined> {
  const path = dockerConfigPath(host);
  if (path === undefined) return undefined;
  let config: DockerConfig;
  try {
    config = JSON.parse(await host.disk.readText(path)) ?? {};
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") {
      return undefined;
    }
    throw new CliFailure(`cannot read the credentials in "${path}": ${error}`);
  }
  const keys = registry === DEFAULT_REGISTRY
    ? [DOCKER_KEY, registry, "index.docker.io", "registry-1.docker.io"]
    : [registry];
  const helper = first(keys, config.credHelpers) ?? config.credsStore;
  if (helper !== undefined) {
    const found = await askHelper(host, helper, keys[0]!);
    if (found) return found;
  }
  const byHost = Object.fromEntries(
    Object.entries(config.auths ?? {}).map(([key, auth]) => [
      key === DOCKER_KEY ? key : key.replace(/^https?:\/\//, "").split("/")[0]!,
      auth,
    ]),
  );
  const auth = first(keys, byHost);
  return auth && read(auth);
}

function first<T>(
  keys: readonly string[],
  table: Readonly<Record<string, T>> | undefined,
): T | undefined {
  const key = keys.find((key) => table?.[key] !== undefined);
  return key === undefined ? undefined : table?.[key];
}

function read(auth: DockerAuth): RegistryCredentials | undefined {
  if (auth.registrytoken) return { token: auth.registrytoken };
  if (auth.username !== undefined && auth.password !== undefined) {
    return { username: auth.username, password: auth.password };
  }
  if (!auth.auth) return undefined;
  const text = decodeText(decodeBase64(auth.auth));
  const at = text.indexOf(":");
  return at < 0
    ? undefined
    : { username: text.slice(0, at), password: text.slice(at + 1) };
}

/** A helper reads a registry's name and prints what it knows, or says that it knows nothing. */
async function askHelper(
  host: Pick<Host, "processes">,
  helper: string,
  registry: string,
): Promise<RegistryCredentials | undefined> {
  const { code, stdout } = await host.processes.run(
    `docker-credential-${helper}`,
    { args: ["get"], stdin: registry, timeoutMs: HELPER_TIMEOUT_MS },
  );
  if (code !== 0) return undefined;
  const { Username, Secret } = JSON.parse(stdout) as {
    Username?: string;
    Secret?: string;
  };
  // `<token>` stands for a token that is good for getting tokens, which our client does not do.
  if (!Username || Secret === undefined || Username === "<token>") {
    return undefined;
  }
  return { username: Username, password: Secret };
}
