/**
 * What a pod is called on the network.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import { RuntimeError } from "../runtime/runtime.ts";

/** Longest host name that Linux takes, and longest full one. */
const HOST_NAME_LIMIT = 63;
const FULL_NAME_LIMIT = 64;

/** A host name. */
export interface PodHostName {
  /** The short name. */
  readonly hostname: string;
  /** The domain behind it; empty when the pod has no subdomain. */
  readonly domain: string;
}

/** The pod's name for others: its own wish or its name, cut to what Linux takes, and the domain of its subdomain. */
export function podHostName(
  { metadata, spec }: Pod,
  clusterDomain: string,
): PodHostName {
  if (spec.hostnameOverride !== undefined) {
    return { hostname: cut(spec.hostnameOverride), domain: "" };
  }
  const domain = spec.subdomain
    ? `${spec.subdomain}.${metadata.namespace}.svc.${clusterDomain}`
    : "";
  return { hostname: cut(spec.hostname || metadata.name!), domain };
}

/**
 * The name that the pod's kernel has: the short one, or the full one where the pod wants that.
 *
 * @throws {RuntimeError} in kubelet's words when the full name is too long
 */
export function kernelHostName(
  { spec }: Pod,
  { hostname, domain }: PodHostName,
): string {
  if (!spec.setHostnameAsFQDN || domain === "") return hostname;
  const name = `${hostname}.${domain}`;
  if (name.length <= FULL_NAME_LIMIT) return name;
  throw new RuntimeError(
    "CreatePodSandboxError",
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${name} is too long (${FULL_NAME_LIMIT} characters is the max, ${name.length} characters requested)`,
  );
}

function cut(name: string): string {
  if (name.length <= HOST_NAME_LIMIT) return name;
  return name.slice(0, HOST_NAME_LIMIT).replace(/[-.]+$/, "");
}
