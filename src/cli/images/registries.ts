/**
 * The registries that a command line reaches: the cluster's, through the kubeconfig's server, and all others.
 *
 * @module
 */
import { HostError } from "../../base/host.ts";
import {
  CLUSTER_REGISTRY,
  DEFAULT_REGISTRY,
  DEFAULT_REGISTRY_HOST,
} from "../../base/oci/reference.ts";
import {
  RegistryClient,
  type RegistryCredentials,
  RegistryError,
} from "../../client/registry/mod.ts";
import type { CliContext } from "../context.ts";
import { CliFailure } from "../failure.ts";
import { explainRequest } from "../server_errors.ts";
import { dockerCredentials } from "./docker_config.ts";

/** Registries on the machine itself speak plain HTTP, as docker has it. */
const LOCAL = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/;

/** Statuses of those who are not known, or may not. */
const REFUSED: ReadonlySet<number> = new Set([401, 403]);

/** What a server answers that has no registry. */
const NOT_THERE = 404;

/** A client of the registry that a name names. */
export async function registryOf(
  context: CliContext,
  registry: string,
  options: { readonly plainHttp?: boolean } = {},
): Promise<RegistryClient> {
  return registry === CLUSTER_REGISTRY
    ? await clusterRegistry(context)
    : await otherRegistry(context, registry, options);
}

/** The cluster's registry, with the kubeconfig's credentials. */
export async function clusterRegistry(
  context: CliContext,
): Promise<RegistryClient> {
  const { host } = context;
  const transport = await context.transport();
  return new RegistryClient(host, {
    baseUrl: transport.urlOf("/v2"),
    fetch(request) {
      const asked = new Request(request);
      for (const [name, value] of Object.entries(transport.headers)) {
        asked.headers.set(name, value);
      }
      return host.net.fetch(asked, transport.dialOptions);
    },
  });
}

/** Any other registry, with docker's credentials unless others are given. */
export async function otherRegistry(
  { host }: Pick<CliContext, "host">,
  registry: string,
  options: {
    /** @default for registries of this machine */
    readonly plainHttp?: boolean;
    readonly credentials?: RegistryCredentials;
  } = {},
): Promise<RegistryClient> {
  const { plainHttp = LOCAL.test(registry) } = options;
  const credentials = options.credentials ??
    await dockerCredentials(host, registry);
  const name = registry === DEFAULT_REGISTRY ? DEFAULT_REGISTRY_HOST : registry;
  return new RegistryClient(host, {
    baseUrl: new URL(`${plainHttp ? "http" : "https"}://${name}`),
    fetch: (request) => host.net.fetch(request),
    ...credentials && { credentials },
  });
}

/** Does something with a registry; where it refuses for want of rights, the error says how one comes to them. */
export async function withRights<T>(
  registry: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HostError && registry === CLUSTER_REGISTRY) {
      throw explainRequest(error);
    }
    if (!(error instanceof RegistryError)) throw error;
    // A registry that does not know an image says so in its own words.
    const isNoRegistry = error.status === NOT_THERE && error.code === "";
    if (isNoRegistry && registry === CLUSTER_REGISTRY) {
      throw new CliFailure(
        `${error.message}; is the server Wherry's? Others have no registry: push elsewhere, and run the image by its name`,
      );
    }
    if (!REFUSED.has(error.status)) throw error;
    throw new CliFailure(
      `${error.message}; ${
        registry === CLUSTER_REGISTRY
          ? "rights for the cluster's registry are granted by path: a ClusterRole for nonResourceURLs /v2/NAME/*, or wherry:registry-push and wherry:registry-pull for all of it"
          : `wherry login ${registry} keeps a name and a password for it`
      }`,
    );
  }
}
