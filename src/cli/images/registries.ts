/**
 * The registries that a command line reaches: the cluster's, through the kubeconfig's server, and all others.
 *
 * @module
 */
import {
  CLUSTER_REGISTRY,
  DEFAULT_REGISTRY,
  DEFAULT_REGISTRY_HOST,
} from "../../base/oci/reference.ts";
import { RegistryClient } from "../../client/registry/mod.ts";
import type { CliContext } from "../context.ts";
import { dockerCredentials } from "./docker_config.ts";

/** Registries on the machine itself speak plain HTTP, as docker has it. */
const LOCAL = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/;

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

async function otherRegistry(
  { host }: CliContext,
  registry: string,
  { plainHttp = LOCAL.test(registry) }: { readonly plainHttp?: boolean },
): Promise<RegistryClient> {
  const credentials = await dockerCredentials(host, registry);
  const name = registry === DEFAULT_REGISTRY ? DEFAULT_REGISTRY_HOST : registry;
  return new RegistryClient(host, {
    baseUrl: new URL(`${plainHttp ? "http" : "https"}://${name}`),
    fetch: (request) => host.net.fetch(request),
    ...credentials && { credentials },
  });
}
