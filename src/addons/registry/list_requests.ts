/**
 * Lists: of tags, repositories and referrers, page by page.
 *
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#content-discovery}
 *
 * @module
 */
import { OCI_INDEX } from "../../base/oci/media_types.ts";
import { storedManifest } from "./manifest_requests.ts";
import type { RegistryParts, RegistryRequest } from "./parts.ts";
import { RegistryError } from "./registry_error.ts";
import { digestOf } from "./upload_requests.ts";

/** The most that one answer has, whatever is asked for. */
const MOST_NAMES = 10_000;
/** Referrers of one answer: of each the manifest is read. */
const MOST_REFERRERS = 500;
/** Of all the manifests that are read for an answer, and so of what their annotations make of it; clients take no larger index. */
const REFERRERS_LIMIT_BYTES = 4 * 1024 * 1024;

/** `GET …/tags/list`. */
export async function listTags(
  { index }: RegistryParts,
  asked: RegistryRequest & { readonly repository: string },
): Promise<Response> {
  const { repository, path, params } = asked;
  if (!await index.hasRepository(repository)) {
    throw new RegistryError("NAME_UNKNOWN", "There is no such repository");
  }
  const { items: tags, headers } = await pageOf(path, params, {
    most: MOST_NAMES,
    list: (page) => index.tags(repository, page),
    nameOf: (tag) => tag,
  });
  return Response.json({ name: repository, tags }, { headers });
}

/** `GET /v2/_catalog`: the repositories that who asks may read. */
export async function listRepositories(
  { index }: RegistryParts,
  { path, params, may }: RegistryRequest,
): Promise<Response> {
  async function* readable(page: { after?: string }): AsyncIterable<string> {
    for await (const name of index.repositories(page)) {
      if (may("get", `/v2/${name}/tags/list`)) yield name;
    }
  }
  const { items: repositories, headers } = await pageOf(path, params, {
    most: MOST_NAMES,
    list: ({ after }) => readable(after === undefined ? {} : { after }),
    nameOf: (name) => name,
  });
  return Response.json({ repositories }, { headers });
}

/** `GET …/referrers/<digest>`. A repository that is not there has none. */
export async function listReferrers(
  parts: RegistryParts,
  asked: RegistryRequest & {
    readonly repository: string;
    readonly reference: string;
  },
): Promise<Response> {
  const { repository, reference, path, params } = asked;
  const subject = digestOf(reference);
  const wanted = params.get("artifactType");
  async function* found(page: { after?: string }) {
    for await (
      const one of parts.index.referrers(repository, subject, page)
    ) {
      if (wanted !== null && one.artifactType !== wanted) continue;
      const row = await parts.index.manifest(repository, one.digest);
      if (row === undefined) continue;
      const { mediaType, sizeBytes: size, artifactType } = row;
      const content = await storedManifest(parts, one.digest, mediaType);
      if (content === undefined) continue;
      const { annotations } = content;
      yield {
        mediaType,
        digest: one.digest,
        size,
        ...artifactType !== undefined && { artifactType },
        ...annotations !== undefined && { annotations },
      };
    }
  }
  const { items: manifests, headers } = await pageOf(path, params, {
    most: MOST_REFERRERS,
    mostBytes: REFERRERS_LIMIT_BYTES,
    bytesOf: ({ size }) => size,
    list: ({ after }) => found(after === undefined ? {} : { after }),
    nameOf: ({ digest }) => digest,
  });
  headers.set("content-type", OCI_INDEX);
  if (wanted !== null) headers.set("oci-filters-applied", "artifactType");
  return Response.json(
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
    { headers },
  );
}

/** A page of a list, and where the next one is. @throws {RegistryError} UNSUPPORTED, 400, for numbers that are none */
async function pageOf<T>(path: string, params: URLSearchParams, options: {
  readonly most: number;
  readonly mostBytes?: number;
  bytesOf?(item: T): number;
  list(page: { after?: string; limit: number }): AsyncIterable<T>;
  nameOf(item: T): string;
}): Promise<{ items: T[]; headers: Headers }> {
  const { most, mostBytes = Infinity, bytesOf = () => 0, list, nameOf } =
    options;
  const last = params.get("last");
  const wanted = params.get("n");
  if (wanted !== null && !/^\d{1,9}$/.test(wanted)) {
    throw new RegistryError("UNSUPPORTED", "The number n is none", {
      status: 400,
    });
  }
  const limit = Math.min(most, wanted === null ? most : Number(wanted));
  const headers = new Headers({ "cache-control": "no-transform" });
  const items: T[] = [];
  if (limit === 0) return { items, headers };
  let bytes = 0;
  // One more tells whether there are more.
  const page = { limit: limit + 1, ...last !== null && { after: last } };
  for await (const item of list(page)) {
    bytes += bytesOf(item);
    if (items.length === limit || bytes > mostBytes && items.length > 0) {
      const next = new URLSearchParams(params);
      next.set("n", String(limit));
      next.set("last", nameOf(items.at(-1)!));
      headers.set("link", `<${path}?${next}>; rel="next"`);
      break;
    }
    items.push(item);
  }
  return { items, headers };
}
