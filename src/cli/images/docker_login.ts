/**
 * Keeps a name and a password for a registry where docker, oras and crane look for them.
 *
 * @module
 */
import { dirname } from "node:path";
import { encodeBase64, encodeText } from "../../base/bytes.ts";
import { type Host, HostError } from "../../base/host.ts";
import { DEFAULT_REGISTRY } from "../../base/oci/reference.ts";
import { CliFailure } from "../failure.ts";
import { DOCKER_KEY, dockerConfigPath } from "./docker_config.ts";

/** The file with all that others keep in it. */
interface WholeConfig {
  auths?: Record<string, unknown>;
  [other: string]: unknown;
}

/** Writes an entry, or takes it away without `credentials`; answers the file's path. */
export async function keepLogin(
  host: Pick<Host, "disk" | "processes">,
  registry: string,
  credentials?: { readonly username: string; readonly password: string },
): Promise<string> {
  const path = dockerConfigPath(host);
  if (path === undefined) {
    throw new CliFailure("there is no home to keep credentials in: set HOME");
  }
  const config = await readConfig(host, path);
  const key = registry === DEFAULT_REGISTRY ? DOCKER_KEY : registry;
  const { [key]: _, ...auths } = config.auths ?? {};
  if (credentials) {
    const { username, password } = credentials;
    auths[key] = { auth: encodeBase64(encodeText(`${username}:${password}`)) };
  }
  await host.disk.mkdir(dirname(path), { mode: 0o700 });
  await host.disk.writeAtomic(
    path,
    JSON.stringify({ ...config, auths }, null, "\t") + "\n",
    { mode: 0o600 },
  );
  return path;
}

async function readConfig(
  host: Pick<Host, "disk">,
  path: string,
): Promise<WholeConfig> {
  try {
    return JSON.parse(await host.disk.readText(path)) ?? {};
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") return {};
    throw new CliFailure(`cannot read the credentials in "${path}": ${error}`);
  }
}
