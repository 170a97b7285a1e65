/**
 * What this server offers: /api, /apis and below, in the legacy and the aggregated form.
 *
 * @module
 */
import { compareVersions } from "../api/apiextensions/version_order.ts";
import { contentHash } from "../api/openapi.ts";
import { type AnyKind, groupVersion, type Registry } from "../api/registry.ts";
import {
  subresourceHandlers,
  subresourceKind,
} from "./subresources/subresources.ts";

/** Groups in the order in which Kubernetes prefers them; others follow by name. */
const GROUPS: readonly string[] = [
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "resource.k8s.io",
  "flowcontrol.apiserver.k8s.io",
];

/** One group at one version. */
interface GroupVersion {
  readonly group: string;
  readonly version: string;
  readonly kinds: readonly AnyKind[];
}

/** All discovery documents of a registry. Made again when the registry has changed. */
export class Discovery {
  readonly #registry: Registry;
  /** What was made of the registry at this revision. */
  readonly #made = new Map<string, unknown>();
  #revision = -1;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** What `make` makes, once for each state of the registry. */
  #once<T>(name: string, make: () => T): T {
    if (this.#revision !== this.#registry.revision) {
      this.#made.clear();
      this.#revision = this.#registry.revision;
    }
    if (!this.#made.has(name)) this.#made.set(name, make());
    return this.#made.get(name) as T;
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

  /** The aggregated form of `/api` (only the core group) or `/apis` (all others), with a tag that changes with it. */
  aggregated(
    which: "core" | "groups",
    version: "v2" | "v2beta1",
  ): { readonly text: string; readonly tag: string } {
    return this.#once(`${which} ${version}`, () => {
      const text = JSON.stringify(this.#aggregate(which, version));
      return { text, tag: `"${contentHash(text)}"` };
    });
  }

  #aggregate(which: "core" | "groups", version: "v2" | "v2beta1"): unknown {
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
    return this.#once("names", () => {
      const names = new Set(this.#registry.all.map(({ group }) => group));
      names.delete("");
      const rank = (name: string) => {
        const at = GROUPS.indexOf(name);
        return at < 0 ? GROUPS.length : at;
      };
      return [...names].sort((a, b) =>
        rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0)
      );
    });
  }

  #versionsOf(group: string): string[] {
    return this.#groupVersions().filter((at) => at.group === group)
      .map(({ version }) => version);
  }

  #groupVersions(): GroupVersion[] {
    return this.#once("versions", () => this.#findGroupVersions());
  }

  #findGroupVersions(): GroupVersion[] {
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
    return [...found.values()].sort((a, b) =>
      a.group === b.group ? compareVersions(a.version, b.version) : 0
    );
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
