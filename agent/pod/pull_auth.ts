/**
 * Registry credentials from a pod's `imagePullSecrets`, chosen as kubelet's keyring does.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { Secret } from "../../src/api/core/secret.ts";
import { decodeBase64, decodeText } from "../../src/base/bytes.ts";
import type { PullAuth } from "../container/image_puller.ts";
import type { ConfigSource } from "../volumes/config_source.ts";

/** The registry of images that name none. */
const DEFAULT_REGISTRY = "docker.io";
/** How Docker's own files call {@linkcode DEFAULT_REGISTRY}. */
const DEFAULT_HOST = "index.docker.io";

/** One registry's entry in Docker's files. */
interface Entry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
}

/** Credentials, and for which images they are: a host, which may have wildcards, perhaps with the beginning of a path. */
interface Key {
  readonly place: string;
  readonly auth: PullAuth;
}

/** What a pod has for an image. */
export interface PullCredentials {
  /** All that fit, the most specific ones first; they are tried in turn. */
  readonly credentials: readonly PullAuth[];
  /** Secrets that could not be had. */
  readonly missing: readonly string[];
}

/** Looks through the pod's secrets. A missing or broken one is passed over, as kubelet does. */
export async function pullCredentials(
  source: ConfigSource,
  pod: Pod,
  image: string,
): Promise<PullCredentials> {
  const namespace = pod.metadata.namespace!;
  const keys: Key[] = [];
  const missing: string[] = [];
  for (const { name } of pod.spec.imagePullSecrets ?? []) {
    if (!name) continue;
    const secret = await source.secret({ namespace, name })
      .catch(() => undefined);
    if (secret) keys.push(...keysOf(secret));
    else missing.push(name);
  }
  return { credentials: lookUp(keys, repositoryOf(image)), missing };
}

/** `registry.example:5000/team/app` of `registry.example:5000/team/app:1@sha256:…`; `docker.io/library/busybox` of `busybox`. */
export function repositoryOf(image: string): string {
  const [first = "", ...rest] = image.replace(/@.*$/, "")
    .replace(/:[^/:]*$/, "").split("/");
  const isHost = rest.length > 0 &&
    (/[.:]/.test(first) || first === "localhost");
  if (isHost) {
    return first === DEFAULT_HOST ? repositoryOf(rest.join("/")) : [
      first,
      ...first === DEFAULT_REGISTRY && rest.length === 1 ? ["library"] : [],
      ...rest,
    ].join("/");
  }
  const path = rest.length === 0 ? ["library", first] : [first, ...rest];
  return [DEFAULT_REGISTRY, ...path].join("/");
}

function lookUp(keys: readonly Key[], repository: string): PullAuth[] {
  const found = keys.filter(({ place }) => matches(place, repository))
    // More specific places are longer, or have no wildcards: "*" comes before letters.
    .sort((a, b) => a.place < b.place ? 1 : a.place > b.place ? -1 : 0)
    .map(({ auth }) => auth);
  if (found.length > 0 || !repository.startsWith(`${DEFAULT_REGISTRY}/`)) {
    return found;
  }
  return keys.filter(({ place }) => place === DEFAULT_HOST)
    .map(({ auth }) => auth);
}

/** Whether credentials of a place are for a repository: the same port, each part of the host by its wildcard, the path's beginning. */
function matches(place: string, repository: string): boolean {
  const [wanted, had] = [split(place), split(repository)];
  return wanted.port === had.port && wanted.parts.length === had.parts.length &&
    had.path.startsWith(wanted.path) &&
    wanted.parts.every((part, index) => wildcard(part).test(had.parts[index]!));
}

function split(
  text: string,
): { parts: string[]; port: string; path: string } {
  const slash = text.indexOf("/");
  const authority = slash === -1 ? text : text.slice(0, slash);
  const [, host = authority, port = ""] = /^(.*):(\d+)$/.exec(authority) ?? [];
  return {
    parts: host.split("."),
    port,
    path: slash === -1 ? "" : text.slice(slash),
  };
}

function wildcard(part: string): RegExp {
  const pattern = part.replace(/[\\^$+.()|{}]/g, "\\$&")
    .replace(/\*+/g, ".*").replace(/\?/g, ".");
  try {
    return new RegExp(`^${pattern}$`);
  } catch {
    return /^(?!)/; // a class that was never closed matches nothing
  }
}

/** The keys of a secret of either type. */
function keysOf({ metadata, data = {} }: Secret): Key[] {
  const { namespace, name, uid } = metadata;
  const source = `${namespace}/${name}/${uid}`;
  const read = (key: string): Readonly<Record<string, Entry>> => {
    try {
      const text = data[key];
      return text === undefined
        ? {}
        : JSON.parse(decodeText(decodeBase64(text)));
    } catch {
      return {};
    }
  };
  const config: { auths?: Readonly<Record<string, Entry>> } = read(
    ".dockerconfigjson",
  );
  const entries = { ...read(".dockercfg"), ...config.auths };
  return Object.entries(entries).flatMap(([place, entry]) => {
    const auth = authOf(entry);
    return auth ? [{ place: placeOf(place), auth: { ...auth, source } }] : [];
  });
}

/** Docker takes URLs here, with the version of its protocol. */
function placeOf(text: string): string {
  return text.replace(/^https?:\/\//, "").replace(/^([^/]*)\/v[12]\//, "$1/")
    .replace(/\/$/, "");
}

function authOf(entry: Entry | null): PullAuth | undefined {
  if (entry?.username !== undefined && entry.password !== undefined) {
    return { username: entry.username, password: entry.password };
  }
  if (!entry?.auth) return undefined;
  try {
    const [username = "", ...password] = decodeText(decodeBase64(entry.auth))
      .split(":");
    return { username, password: password.join(":") };
  } catch {
    return undefined;
  }
}
