/**
 * Finds what a word on the command line means (`po`, `deployments.apps`, `Pod`) by asking the server, as kubectl does, so that custom resources
 * work like built-in ones.
 *
 * @module
 */
import type { Resource } from "../api/kind.ts";
import { responseError } from "../client/response_error.ts";
import type { Client } from "../client/client.ts";
import { CliFailure } from "./failure.ts";

/** A resource with the words that mean it. */
export interface FoundResource extends Resource {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** `scale`, `status` … */
  readonly subresources: readonly string[];
}

/** The part of an APIGroupDiscoveryList that is read here. */
interface DiscoveryList {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind?: string };
        readonly scope?: string;
        readonly singularResource?: string;
        readonly shortNames?: readonly string[];
        readonly categories?: readonly string[];
        readonly verbs?: readonly string[];
        readonly subresources?: readonly { readonly subresource: string }[];
      }[];
    }[];
  }[];
}

const ACCEPT =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/** All that the server serves, looked up by word. */
export class ResourceLookup {
  readonly #resources: readonly FoundResource[];

  private constructor(resources: readonly FoundResource[]) {
    this.#resources = resources;
  }

  /** Asks the server (two requests). */
  static async load(client: Client): Promise<ResourceLookup> {
    const lists = await Promise.all(
      ["/api", "/apis"].map((path) => discover(client, path)),
    );
    return new ResourceLookup(lists.flat());
  }

  /** Everything, preferred versions first. */
  all(): readonly FoundResource[] {
    return this.#resources;
  }

  /**
   * The resource that a word names: plural, singular, short name or kind, with `.group` or `.version.group` behind it when needed.
   *
   * @throws {CliFailure} when there is none
   */
  byWord(word: string): FoundResource {
    const [name = "", ...rest] = word.toLowerCase().split(".");
    const suffix = rest.join(".");
    const found = this.#resources.find((resource) =>
      (resource.plural === name || resource.singular === name ||
        resource.shortNames.includes(name) ||
        resource.kind.toLowerCase() === name) &&
      (suffix === "" || resource.group === suffix ||
        `${resource.version}.${resource.group}` === suffix)
    );
    if (found) return found;
    throw new CliFailure(
      `the server doesn't have a resource type "${word}"`,
    );
  }

  /** The resources of a word that is a category such as `all`; else the one that it names. */
  byWordOrCategory(word: string): readonly FoundResource[] {
    const members = this.#resources.filter((resource) =>
      resource.categories.includes(word.toLowerCase()) &&
      resource.verbs.includes("list")
    );
    return members.length ? members : [this.byWord(word)];
  }

  /**
   * The resource of an object in a file.
   *
   * @throws {CliFailure} when the server has no such kind
   */
  byKind(apiVersion: string, kind: string): FoundResource {
    const [version, group] = apiVersion.includes("/")
      ? apiVersion.split("/").reverse()
      : [apiVersion, ""];
    const found = this.#resources.find((resource) =>
      resource.kind === kind && resource.group === group &&
      resource.version === version
    );
    if (found) return found;
    throw new CliFailure(
      `no matches for kind "${kind}" in version "${apiVersion}"`,
    );
  }
}

async function discover(
  client: Client,
  path: string,
): Promise<FoundResource[]> {
  const response = await client.raw(path, { headers: { accept: ACCEPT } });
  if (!response.ok) throw await responseError(response);
  const list: DiscoveryList = await response.json();
  return (list.items ?? []).flatMap((group) =>
    (group.versions ?? []).flatMap(({ version, resources }) =>
      (resources ?? []).map((resource) => ({
        group: group.metadata?.name ?? "",
        version,
        kind: resource.responseKind?.kind ?? "",
        plural: resource.resource,
        namespaced: resource.scope === "Namespaced",
        singular: resource.singularResource ?? "",
        shortNames: resource.shortNames ?? [],
        categories: resource.categories ?? [],
        verbs: resource.verbs ?? [],
        subresources: (resource.subresources ?? []).map((sub) =>
          sub.subresource
        ),
      }))
    )
  );
}
