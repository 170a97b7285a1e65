/**
 * What a path of a registry names.
 *
 * Names of repositories may contain words that paths are made of (`a/tags/list`), so a path is read from its end.
 *
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints}
 *
 * @module
 */
import { isRepository } from "../../base/oci/reference.ts";
import { RegistryError } from "./registry_error.ts";

/** What a path names. References, digests and ids are not looked at yet. */
export type RegistryRoute =
  | { readonly at: "base" }
  | { readonly at: "catalog" }
  | { readonly at: "collection" }
  | { readonly at: "tags"; readonly repository: string }
  | { readonly at: "uploads"; readonly repository: string }
  | {
    readonly at: "manifest" | "blob" | "upload" | "referrers";
    readonly repository: string;
    readonly reference: string;
  };

/** Where garbage is collected at once; the form of the path is that of the specification's extensions. */
const COLLECTION_PATH = "/v2/_wherry/registry/garbage";

/**
 * Reads a path, decoded. Undefined when there is nothing of its form.
 *
 * @throws {RegistryError} NAME_INVALID when the repository cannot have that name
 */
export function parseRoute(path: string): RegistryRoute | undefined {
  if (path === "/v2" || path === "/v2/") return { at: "base" };
  if (path === "/v2/_catalog") return { at: "catalog" };
  if (path === COLLECTION_PATH) return { at: "collection" };
  const segments = path.split("/").slice(2);
  if (segments.at(-1) === "" && segments.at(-2) === "uploads") segments.pop();
  const [third, second, last = ""] = [-3, -2, -1].map((n) => segments.at(n));
  const named = (parts: number) => repositoryOf(segments.slice(0, -parts));
  if (third === "blobs" && second === "uploads" && segments.length > 3) {
    return { at: "upload", repository: named(3), reference: last };
  }
  if (segments.length < 3) return undefined;
  switch (second) {
    case "blobs":
      if (last === "uploads") return { at: "uploads", repository: named(2) };
      return { at: "blob", repository: named(2), reference: last };
    case "manifests":
      return { at: "manifest", repository: named(2), reference: last };
    case "referrers":
      return { at: "referrers", repository: named(2), reference: last };
    case "tags":
      if (last === "list") return { at: "tags", repository: named(2) };
  }
  return undefined;
}

function repositoryOf(segments: readonly string[]): string {
  const name = segments.join("/");
  if (!isRepository(name)) {
    throw new RegistryError("NAME_INVALID", "No repository has such a name");
  }
  return name;
}
