/**
 * Names of images: `[registry/]repository[:tag][@digest]`.
 *
 * Grammar: distribution/reference, reference.go. A name without a registry is of Docker's.
 *
 * @module
 */
import { type Digest, isDigest } from "./digest.ts";

/** The cluster's own registry, in names of images. It is no name of the DNS: agents and command line know where it is. */
export const CLUSTER_REGISTRY = "registry.wherry.internal";

/** The registry of names that name none. */
export const DEFAULT_REGISTRY = "docker.io";

/** Where {@linkcode DEFAULT_REGISTRY} answers. */
export const DEFAULT_REGISTRY_HOST = "registry-1.docker.io";

/** A name in its parts. */
export interface ImageReference {
  /** `host[:port]`. */
  readonly registry: string;
  /** `library/busybox`. */
  readonly repository: string;
  /** Absent beside a digest unless the name says one; else `latest` unless it says another. */
  readonly tag?: string;
  /** Wins over the tag. */
  readonly digest?: Digest;
}

const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[a-fA-F0-9:]+\])(?::\d{1,5})?$/;

/** The longest path of a repository. */
const LONGEST_REPOSITORY = 255;

/** Whether a text can be the path of a repository: `team/app`. */
export function isRepository(text: string): boolean {
  return text.length <= LONGEST_REPOSITORY && REPOSITORY.test(text);
}

/** Whether a text can be a tag: `v1.2`. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Takes a name apart; undefined when it is none. */
export function parseReference(text: string): ImageReference | undefined {
  const [named = "", digest, ...more] = text.split("@");
  if (more.length > 0 || digest !== undefined && !isDigest(digest)) {
    return undefined;
  }
  const [, path = named, tag] = /^(.+):([^/:]*)$/.exec(named) ?? [];
  if (tag !== undefined && !isTag(tag)) return undefined;
  const slash = path.indexOf("/");
  const first = path.slice(0, Math.max(slash, 0));
  const isHost = /[.:\[A-Z]/.test(first) || first === "localhost";
  const registry = isHost ? first : DEFAULT_REGISTRY;
  const rest = isHost ? path.slice(slash + 1) : path;
  const repository = registry === DEFAULT_REGISTRY && !rest.includes("/")
    ? `library/${rest}`
    : rest;
  if (!HOST.test(registry) || !isRepository(repository)) return undefined;
  return {
    registry,
    repository,
    ...digest === undefined
      ? { tag: tag ?? "latest" }
      : { digest, ...tag !== undefined && { tag } },
  };
}

/** The whole name, with its registry: `docker.io/library/busybox:latest`. */
export function formatReference(
  { registry, repository, tag, digest }: ImageReference,
): string {
  return `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${
    digest === undefined ? "" : `@${digest}`
  }`;
}
