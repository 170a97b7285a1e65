/**
 * kubeconfig files: which server, who asks, which namespace.
 *
 * Follows https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/ for finding and merging.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "node:path";
import { parse, stringify } from "yaml";
import { type Host, HostError } from "../base/host.ts";
import type { ServerConfig } from "./http_transport.ts";

/** A kubeconfig as it is written. */
export interface Kubeconfig {
  /** `v1`. */
  apiVersion?: string;
  /** `Config`. */
  kind?: string;
  /** Servers, by name. */
  clusters?: { name: string; cluster: ClusterEntry }[] | null;
  /** Credentials, by name. */
  users?: { name: string; user: UserEntry }[] | null;
  /** Pairs of the two, by name. */
  contexts?: { name: string; context: ContextEntry }[] | null;
  /** The context to use when none is asked for. */
  "current-context"?: string;
  /** What we do not read. */
  [other: string]: unknown;
}

/** A server in a kubeconfig. */
export interface ClusterEntry {
  /** `https://host:port`. */
  server?: string;
  /** File with the CA, PEM. */
  "certificate-authority"?: string;
  /** The CA, PEM in base64; wins over the file. */
  "certificate-authority-data"?: string;
  /** Do not verify the server. */
  "insecure-skip-tls-verify"?: boolean;
  /** What we do not read. */
  [other: string]: unknown;
}

/** Credentials in a kubeconfig. */
export interface UserEntry {
  /** Bearer token. */
  token?: string;
  /** File with the bearer token. */
  tokenFile?: string;
  /** File with the client certificate, PEM. */
  "client-certificate"?: string;
  /** The client certificate, PEM in base64; wins over the file. */
  "client-certificate-data"?: string;
  /** File with the certificate's key, PEM. */
  "client-key"?: string;
  /** The key, PEM in base64; wins over the file. */
  "client-key-data"?: string;
  /** For basic authentication. */
  username?: string;
  /** For basic authentication. */
  password?: string;
  /** A credential plugin; refused, for we do not run any. */
  exec?: unknown;
  /** What we do not read. */
  [other: string]: unknown;
}

/** A pair of server and credentials in a kubeconfig. */
export interface ContextEntry {
  /** Name of the server's entry. */
  cluster: string;
  /** Name of the credentials' entry. */
  user?: string;
  /** Where commands work when they do not say. */
  namespace?: string;
  /** What we do not read. */
  [other: string]: unknown;
}

/** What a client needs of a kubeconfig. */
export interface ClientConfig extends ServerConfig {
  /** The context's namespace. @default "default" */
  readonly namespace: string;
  /** The name of the context; empty when there is none. */
  readonly context: string;
}

/** Options of {@linkcode loadKubeconfig}. */
export interface LoadOptions {
  /** A file named by the user (`--kubeconfig`); it must exist. Else `$KUBECONFIG`, else `~/.kube/config`. */
  readonly path?: string;
  /** The context to use instead of the current one. */
  readonly context?: string;
}

/** Server and credentials to write down. */
export interface KubeconfigContent {
  /** `https://host:port`. */
  readonly server: string;
  /** PEM. */
  readonly ca?: string;
  /** Bearer token. */
  readonly token: string;
  /** The name of cluster and context. @default "wherry" */
  readonly name?: string;
  /** The name of the user entry. @default "admin" */
  readonly user?: string;
}

/**
 * Finds, merges and resolves the kubeconfig files that apply.
 *
 * @throws {HostError} `not-found` when there is none, or no file where `path` says
 * @throws {TypeError} when what is there cannot be used
 */
export async function loadKubeconfig(
  host: Host,
  options: LoadOptions = {},
): Promise<ClientConfig> {
  const paths = kubeconfigPaths(host, options.path);
  const merged: Kubeconfig = {};
  let found = 0;
  for (const path of paths) {
    let text: string;
    try {
      text = await host.disk.readText(path);
    } catch (error) {
      // Of several files some may be missing; one that was named must be there.
      if (
        options.path === undefined && error instanceof HostError &&
        error.code === "not-found"
      ) continue;
      throw error;
    }
    found++;
    merge(merged, parseKubeconfig(text, path));
  }
  if (found === 0) {
    throw new HostError(
      "not-found",
      `Cannot find a kubeconfig: looked for ${
        paths.map((path) => `"${path}"`).join(", ") || "$KUBECONFIG and $HOME"
      }`,
    );
  }
  return await resolve(host, merged, options.context);
}

/** The files that apply, first wins: the named one, else those of `$KUBECONFIG`, else `~/.kube/config`. */
export function kubeconfigPaths(host: Host, path?: string): string[] {
  if (path !== undefined) return [path];
  const variable = host.processes.env("KUBECONFIG");
  if (variable) return variable.split(":").filter((part) => part !== "");
  const home = host.processes.env("HOME");
  return home ? [join(home, ".kube", "config")] : [];
}

/** Renders a kubeconfig with one cluster, user and context, as kubectl takes it. */
export function renderKubeconfig(content: KubeconfigContent): string {
  const { server, ca, token, name = "wherry", user = "admin" } = content;
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{
        name,
        cluster: {
          ...ca === undefined
            ? {}
            : { "certificate-authority-data": encodeBase64(ca) },
          server,
        },
      }],
      contexts: [{ name, context: { cluster: name, user } }],
      "current-context": name,
      users: [{ name: user, user: { token } }],
    } satisfies Kubeconfig,
    { lineWidth: 0 },
  );
}

/** Writes a kubeconfig that only its owner may read (it carries a token). */
export async function writeKubeconfig(
  host: Host,
  path: string,
  content: KubeconfigContent,
): Promise<void> {
  await host.disk.mkdir(dirname(path));
  await host.disk.writeAtomic(path, renderKubeconfig(content), { mode: 0o600 });
}

/** Parses one file; relative paths in it become absolute, from the file's folder. */
function parseKubeconfig(text: string, path: string): Kubeconfig {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new TypeError(`Cannot parse the kubeconfig "${path}"`, { cause });
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new TypeError(`Cannot use the kubeconfig "${path}": not a mapping`);
  }
  const config = value as Kubeconfig;
  const folder = dirname(path);
  for (const { cluster } of config.clusters ?? []) {
    absolute(cluster, ["certificate-authority"], folder);
  }
  for (const { user } of config.users ?? []) {
    absolute(
      user ?? {},
      ["client-certificate", "client-key", "tokenFile"],
      folder,
    );
  }
  return config;
}

function absolute(
  entry: Record<string, unknown>,
  fields: readonly string[],
  folder: string,
): void {
  for (const field of fields) {
    const value = entry[field];
    if (typeof value === "string" && value !== "" && !isAbsolute(value)) {
      entry[field] = join(folder, value);
    }
  }
}

/** The first file to name an entry or a current context wins. */
function merge(into: Kubeconfig, more: Kubeconfig): void {
  into["current-context"] ||= more["current-context"] ?? "";
  into.clusters = mergeNamed(into.clusters, more.clusters);
  into.users = mergeNamed(into.users, more.users);
  into.contexts = mergeNamed(into.contexts, more.contexts);
}

function mergeNamed<E extends { name: string }>(
  first: E[] | null | undefined,
  second: E[] | null | undefined,
): E[] {
  const entries = new Map<string, E>();
  for (const entry of [...first ?? [], ...second ?? []]) {
    if (!entries.has(entry.name)) entries.set(entry.name, entry);
  }
  return [...entries.values()];
}

async function resolve(
  host: Host,
  config: Kubeconfig,
  contextName: string | undefined,
): Promise<ClientConfig> {
  const name = contextName ?? config["current-context"] ?? "";
  const context = config.contexts?.find((entry) => entry.name === name)
    ?.context;
  if (context === undefined) {
    throw new TypeError(
      name === ""
        ? "Cannot use the kubeconfig: no current context"
        : `Cannot use the kubeconfig: no context "${name}"`,
    );
  }
  const cluster = config.clusters?.find((entry) =>
    entry.name === context.cluster
  )?.cluster;
  if (!cluster?.server) {
    throw new TypeError(
      `Cannot use the kubeconfig: no server for cluster "${context.cluster}"`,
    );
  }
  const user = config.users?.find((entry) => entry.name === context.user)
    ?.user ?? {};
  if (user.exec !== undefined) {
    throw new TypeError(
      `Cannot use the kubeconfig: user "${context.user}" needs a credential plugin, which is not supported`,
    );
  }
  const ca = await dataOrFile(host, cluster, "certificate-authority");
  const certificate = await dataOrFile(host, user, "client-certificate");
  const privateKey = await dataOrFile(host, user, "client-key");
  const token = user.token ||
    (user.tokenFile
      ? (await host.disk.readText(user.tokenFile)).trim()
      : undefined);
  return {
    server: cluster.server,
    namespace: context.namespace || "default",
    context: name,
    ...ca === undefined ? {} : { ca },
    ...cluster["insecure-skip-tls-verify"] ? { insecureSkipVerify: true } : {},
    ...token ? { token } : {},
    ...user.username === undefined ? {} : {
      basic: { username: user.username, password: user.password ?? "" },
    },
    ...certificate === undefined || privateKey === undefined
      ? {}
      : { clientCertificate: { certificate, privateKey } },
  };
}

/** `<field>-data` (base64) wins over the file that `<field>` names. */
async function dataOrFile(
  host: Host,
  entry: Record<string, unknown>,
  field: string,
): Promise<string | undefined> {
  const data = entry[`${field}-data`];
  if (typeof data === "string" && data !== "") {
    try {
      return new TextDecoder().decode(Uint8Array.fromBase64(data));
    } catch (cause) {
      throw new TypeError(
        `Cannot use the kubeconfig: "${field}-data" is not base64`,
        { cause },
      );
    }
  }
  const path = entry[field];
  return typeof path === "string" && path !== ""
    ? await host.disk.readText(path)
    : undefined;
}

function encodeBase64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
