/**
 * What the machine's owner says about registries, in the shape that K3s users know: `registries.yaml`.
 *
 * ```yaml
 * mirrors:
 *   docker.io:
 *     endpoint: ["https://mirror.example:5000"]
 * configs:
 *   mirror.example:5000:
 *     auth: { username: ann, password: secret }
 *     tls: { ca_file: /etc/ssl/mirror.pem }
 * ```
 *
 * @see {@link https://docs.k3s.io/installation/private-registry}
 *
 * @module
 */

/** Names of files, and whether the other end is verified. */
export interface RegistryTls {
  /** PEM of the only authorities that are trusted. */
  readonly caFile?: string;
  /** PEM of a client certificate, and of its key. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** @default false */
  readonly insecureSkipVerify?: boolean;
}

/** One host, as it is reached. */
export interface RegistryHostConfig {
  readonly auth?: { readonly username: string; readonly password: string };
  readonly tls?: RegistryTls;
}

/** All that is said. */
export interface RegistryConfig {
  /** By the registry in images' names, or `*` for all others: where to ask first, in this order. */
  readonly mirrors: ReadonlyMap<string, readonly URL[]>;
  /** By the host in a URL. */
  readonly hosts: ReadonlyMap<string, RegistryHostConfig>;
}

/** Nothing. */
export const NO_REGISTRY_CONFIG: RegistryConfig = {
  mirrors: new Map(),
  hosts: new Map(),
};

type Fields = Readonly<Record<string, unknown>>;

/** Reads the file's text. @throws {Error} what is wrong with it, with the place */
export async function parseRegistryConfig(
  text: string,
): Promise<RegistryConfig> {
  const { parseYaml } = await import("../../src/api/yaml_json.ts");
  const { value, duplicates } = parseYaml(text);
  if (duplicates.length > 0) {
    throw new Error(`Invalid the file: it says "${duplicates[0]}" twice`);
  }
  const { mirrors, configs } = fieldsOf(value ?? {}, "the file", [
    "mirrors",
    "configs",
  ]);
  return {
    mirrors: mapOf(mirrors, "mirrors", readMirror),
    hosts: mapOf(configs, "configs", readHost),
  };
}

function readMirror(value: unknown, at: string): URL[] {
  const { endpoint = [] } = fieldsOf(value, at, ["endpoint"]);
  if (!Array.isArray(endpoint)) throw wrong(`${at}.endpoint`, "must be a list");
  return endpoint.map((text, index) => {
    const url = typeof text === "string" && URL.canParse(text)
      ? new URL(text)
      : undefined;
    if (url && /^https?:$/.test(url.protocol) && !url.username) return url;
    throw wrong(
      `${at}.endpoint[${index}]`,
      `must be a URL, https://host:port or http://host:port, not ${
        JSON.stringify(text)
      }`,
    );
  });
}

function readHost(value: unknown, at: string): RegistryHostConfig {
  const { auth, tls } = fieldsOf(value, at, ["auth", "tls"]);
  return {
    ...auth !== undefined && { auth: readAuth(auth, `${at}.auth`) },
    ...tls !== undefined && { tls: readTls(tls, `${at}.tls`) },
  };
}

function readAuth(
  value: unknown,
  at: string,
): NonNullable<RegistryHostConfig["auth"]> {
  const fields = fieldsOf(value, at, [
    "username",
    "password",
    "auth",
  ]);
  const { username, password, auth } = textsOf(fields, at);
  if (username !== undefined && password !== undefined) {
    return { username, password };
  }
  const [user, ...rest] = auth === undefined ? [] : decoded(auth).split(":");
  if (user !== undefined && rest.length > 0) {
    return { username: user, password: rest.join(":") };
  }
  throw wrong(at, "must have username and password, or auth");
}

function readTls(value: unknown, at: string): RegistryTls {
  const { insecure_skip_verify: insecure, ...files } = fieldsOf(value, at, [
    "ca_file",
    "cert_file",
    "key_file",
    "insecure_skip_verify",
  ]);
  if (insecure !== undefined && typeof insecure !== "boolean") {
    throw wrong(`${at}.insecure_skip_verify`, "must be true or false");
  }
  const { ca_file: caFile, cert_file: certFile, key_file: keyFile } = textsOf(
    files,
    at,
  );
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw wrong(at, "cert_file and key_file go together");
  }
  return {
    ...caFile !== undefined && { caFile },
    ...certFile !== undefined && { certFile },
    ...keyFile !== undefined && { keyFile },
    ...insecure !== undefined && { insecureSkipVerify: insecure },
  };
}

function decoded(auth: string): string {
  try {
    return atob(auth);
  } catch {
    return "";
  }
}

/** The fields of an object that may have only these: a word that is passed over is a rule that somebody believes in. */
function fieldsOf(
  value: unknown,
  at: string,
  known: readonly string[],
): Fields {
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw wrong(at, "must be an object");
  }
  const other = Object.keys(value!).find((key) => !known.includes(key));
  if (other === undefined) return value as Fields;
  throw wrong(at, `"${other}" is not supported, only ${known.join(", ")}`);
}

function textsOf(
  fields: Fields,
  at: string,
): Readonly<Record<string, string | undefined>> {
  for (const [key, value] of Object.entries(fields)) {
    if (typeof value !== "string") throw wrong(`${at}.${key}`, "must be text");
  }
  return fields as Readonly<Record<string, string>>;
}

function mapOf<T>(
  value: unknown,
  at: string,
  read: (value: unknown, at: string) => T,
): Map<string, T> {
  if (value === undefined || value === null) return new Map();
  if (typeof value !== "object" || Array.isArray(value)) {
    throw wrong(at, "must be an object");
  }
  return new Map(
    Object.entries(value).map(([key, one]) => [
      key.replace(/^https?:\/\//, "").replace(/\/+$/, ""),
      read(one, `${at}["${key}"]`),
    ]),
  );
}

function wrong(at: string, why: string): Error {
  return new Error(`Invalid ${at}: ${why}`);
}
