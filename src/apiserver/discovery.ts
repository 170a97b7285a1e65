/**
 * What this server offers: /api, /apis and below, in the legacy and the aggregated form.
 *
 * @module
 */
import { type AnyKind, groupVersion, type Registry } from "../api/registry.ts";
import {
  subresourceHandlers,
  subresourceKind,
} from "./subresources/subresources.ts";

/** One group at one version. */
interface GroupVersion {
  readonly group: string;
  readonly version: string;
  readonly kinds: readonly AnyKind[];
}

/** All discovery documents of a registry. Made again when the registry has changed. */
export class Discovery {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** `/api`. */
  coreVersions(): unknown {
    return {
      kind: "APIVersions",
      versions: this.#versionsOf(""),
      serverAddressByClientCIDRs: [],
    };
  }

  /** `/apis`. */
  groups(): unknown {
    return {
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: this.#groupNames().map((name) => this.#describeGroup(name)),
    };
  }

  /** `/apis/{group}`; undefined when there is no such group. */
  group(name: string): unknown {
    if (name === "" || !this.#groupNames().includes(name)) return undefined;
    return { kind: "APIGroup", apiVersion: "v1", ...this.#describeGroup(name) };
  }

  /** `/api/v1` and `/apis/{group}/{version}`; undefined when there is none. */
  resources(group: string, version: string): unknown {
    const found = this.#groupVersions().find((candidate) =>
      candidate.group === group && candidate.version === version
    );
    if (found === undefined) return undefined;
    return {
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: groupVersion(found),
      resources: found.kinds.flatMap((kind) => [
        describeKind(kind),
        ...describeSubresources(kind),
      ]),
    };
  }

  /** The aggregated form of `/api` (only the core group) or `/apis` (all others). */
  aggregated(which: "core" | "groups", version: "v2" | "v2beta1"): unknown {
    const names = which === "core" ? [""] : this.#groupNames();
    return {
      kind: "APIGroupDiscoveryList",
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: names.map((name) => ({
        metadata: name === ""
          ? { creationTimestamp: null }
          : { name, creationTimestamp: null },
        versions: this.#groupVersions().filter(({ group }) => group === name)
          .map((at) => ({
            version: at.version,
            resources: at.kinds.map(aggregateKind),
            freshness: "Current",
          })),
      })),
    };
  }

  #describeGroup(name: string): Record<string, unknown> {
    const versions = this.#versionsOf(name).map((version) => ({
      groupVersion: `${name}/${version}`,
      version,
    }));
    return { name, versions, preferredVersion: versions[0] };
  }

  #groupNames(): string[] {
    const names = new Set(this.#registry.all.map(({ group }) => group));
    names.delete("");
    return [...names];
  }

  #versionsOf(group: string): string[] {
    return this.#groupVersions().filter((at) => at.group === group)
      .map(({ version }) => version);
  }

  #groupVersions(): GroupVersion[] {
    const found = new Map<
      string,
      { group: string; version: string; kinds: AnyKind[] }
    >();
    for (const kind of this.#registry.all) {
      const name = groupVersion(kind);
      const at = found.get(name);
      if (at !== undefined) at.kinds.push(kind);
      else found.set(name, { ...pick(kind), kinds: [kind] });
    }
    return [...found.values()];
  }
}

function pick({ group, version }: AnyKind) {
  return { group, version };
}

function describeKind(kind: AnyKind): unknown {
  return {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: [...kind.verbs].sort(),
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
  };
}

function describeSubresources(kind: AnyKind): unknown[] {
  return kind.subresources.flatMap((name) => {
    const handlers = subresourceHandlers(kind, name);
    if (handlers === undefined) return [];
    const shown = subresourceKind(kind, name);
    const own = shown.group === kind.group && shown.version === kind.version;
    return [{
      name: `${kind.plural}/${name}`,
      singularName: "",
      namespaced: kind.namespaced,
      ...(own ? {} : { group: shown.group, version: shown.version }),
      kind: shown.kind,
      verbs: Object.keys(handlers).sort(),
    }];
  });
}

function aggregateKind(kind: AnyKind): unknown {
  const subresources = kind.subresources.flatMap((name) => {
    const handlers = subresourceHandlers(kind, name);
    if (handlers === undefined) return [];
    const { group, version, kind: shown } = subresourceKind(kind, name);
    return [{
      subresource: name,
      responseKind: { group, version, kind: shown },
      verbs: Object.keys(handlers).sort(),
    }];
  });
  return {
    resource: kind.plural,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope: kind.namespaced ? "Namespaced" : "Cluster",
    singularResource: kind.singular,
    verbs: [...kind.verbs].sort(),
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}
