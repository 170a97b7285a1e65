/**
 * What our own containerd has to know of registries.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { keepFile } from "../../src/base/keep_file.ts";
import {
  CLUSTER_REGISTRY,
  parseReference,
} from "../../src/base/oci/reference.ts";
import type { ClusterForwarder } from "./cluster_forwarder.ts";
import { forwarderToml, hostsToml } from "./hosts_toml.ts";
import { RegistryAway } from "./registry_away.ts";
import type { Registries } from "./registries.ts";

/** Credentials that go with a pull, for one host. */
export interface HostAuth {
  readonly username: string;
  readonly password: string;
  /** Whom they are for: `https://registry.example:5000`. */
  readonly serverAddress: string;
}

/** Which folder, and what is said. */
export interface ContainerdRegistriesOptions {
  /** containerd's `certs.d`; only root may look into it. */
  readonly dir: string;
  readonly registries: Registries;
}

/** Keeps containerd's `certs.d`; it looks there anew for each pull. */
export class ContainerdRegistries implements AsyncDisposable {
  readonly #host: Host;
  readonly #options: ContainerdRegistriesOptions;
  #forwarder: Promise<ClusterForwarder> | undefined;

  private constructor(host: Host, options: ContainerdRegistriesOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Writes what is said now, and removes what is said no more. */
  static async open(
    host: Host,
    options: ContainerdRegistriesOptions,
  ): Promise<ContainerdRegistries> {
    const { dir, registries } = options;
    const files = hostsToml(registries.config);
    const there = await host.disk.list(dir).catch(() => []);
    if (files.size > 0) await host.disk.mkdir(dir, { mode: 0o700 });
    for (const name of there) {
      if (!files.has(name)) await host.disk.remove(`${dir}/${name}`);
    }
    const own = new ContainerdRegistries(host, options);
    for (const [name, text] of files) await own.#write(name, text);
    return own;
  }

  /** Sees to it that containerd finds an image's registry; answers what to send with the pull when the pod has nothing. @throws {RegistryAway} when it is the cluster's, and the server is away */
  async beforePull(image: string): Promise<HostAuth | undefined> {
    const { registries } = this.#options;
    const registry = parseReference(image)?.registry;
    if (registry === undefined) return undefined; // containerd says what is wrong with it
    if (registries.isCluster(registry)) {
      const problem = registries.clusterProblem;
      if (problem !== undefined) {
        throw new RegistryAway(problem);
      }
      const { port, key } = await this.#listening();
      await this.#write(registry, forwarderToml(port, key));
      return undefined;
    }
    return registries.authOf(registry);
  }

  /** Closes what listens. */
  async [Symbol.asyncDispose](): Promise<void> {
    const forwarder = await this.#forwarder?.catch(() => undefined);
    await forwarder?.[Symbol.asyncDispose]();
  }

  #listening(): Promise<ClusterForwarder> {
    if (this.#forwarder) return this.#forwarder;
    const opening = this.#listen();
    this.#forwarder = opening;
    opening.catch(() => this.#forwarder = undefined); // the next pull tries again
    return opening;
  }

  /** Most nodes never pull containers from the cluster: it is loaded with the first that does. */
  async #listen(): Promise<ClusterForwarder> {
    const { ClusterForwarder } = await import("./cluster_forwarder.ts");
    return await ClusterForwarder.open(this.#host, {
      registries: this.#options.registries,
    });
  }

  async #write(registry: string, text: string): Promise<void> {
    const { disk } = this.#host;
    const { dir } = this.#options;
    await disk.mkdir(dir, { mode: 0o700 });
    await disk.mkdir(`${dir}/${registry}`, { mode: 0o700 });
    await keepFile(disk, `${dir}/${registry}/hosts.toml`, text, {
      mode: 0o600,
      sync: registry !== CLUSTER_REGISTRY,
    });
  }
}
