/**
 * What is said about registries, in containerd's words: `certs.d/<registry>/hosts.toml`.
 *
 * @see {@link https://github.com/containerd/containerd/blob/main/docs/hosts.md}
 *
 * @module
 */
import {
  DEFAULT_REGISTRY,
  DEFAULT_REGISTRY_HOST,
} from "../../src/base/oci/reference.ts";
import type { RegistryConfig, RegistryTls } from "./registry_config.ts";

/** containerd's folder for all registries that have none. */
const ALL = "_default";

/** The files' texts by the folder that they are in. */
export function hostsToml(config: RegistryConfig): Map<string, string> {
  const { mirrors, hosts } = config;
  const registries = new Set([
    ...mirrors.keys(),
    ...[...hosts].filter(([, { tls }]) => tls).map(([host]) => host),
  ]);
  return new Map(
    [...registries].map((registry) => [
      registry === "*" ? ALL : registry,
      textOf(registry, config),
    ]),
  );
}

/** Where containerd finds the cluster's registry: on this machine, with a key that is no credential anywhere else. */
export function forwarderToml(port: number, key: string): string {
  const url = s(`http://127.0.0.1:${port}`);
  const header = `${KEY_HEADER} = ${s(key)}`;
  return [
    `server = ${url}`,
    READS,
    "",
    "[header]",
    header,
    "",
    `[host.${url}]`,
    READS,
    "",
    `[host.${url}.header]`,
    header,
    "",
  ].join("\n");
}

/** Says that a request comes from our containerd. */
export const KEY_HEADER = "x-wherry-key";

const READS = 'capabilities = ["pull", "resolve"]';

function textOf(registry: string, { mirrors, hosts }: RegistryConfig): string {
  const own = registry === DEFAULT_REGISTRY ? DEFAULT_REGISTRY_HOST : registry;
  const tls = hosts.get(registry)?.tls ?? hosts.get(own)?.tls;
  const server = `https://${own}`;
  const endpoints = mirrors.get(registry) ?? [];
  return [
    // What stands above the hosts is the registry itself, which is asked last. containerd reads no file without any host.
    ...registry === "*" ? [] : [`server = ${s(server)}`, ...tlsLines(tls), ""],
    ...endpoints.flatMap((url) => hostLines(url, hosts.get(url.host)?.tls)),
    ...endpoints.length === 0 ? hostLines(new URL(server), tls) : [],
  ].join("\n");
}

function hostLines(url: URL, tls: RegistryTls | undefined): string[] {
  const path = url.pathname.replace(/\/+$/, "");
  return [
    `[host.${s(`${url.origin}${path}`)}]`,
    READS,
    ...path === "" ? [] : ["override_path = true"],
    ...tlsLines(tls),
    "",
  ];
}

function tlsLines(tls: RegistryTls = {}): string[] {
  const { caFile, certFile, keyFile, insecureSkipVerify } = tls;
  return [
    ...caFile === undefined ? [] : [`ca = ${s(caFile)}`],
    ...certFile === undefined
      ? []
      : [`client = [[${s(certFile)}, ${s(keyFile!)}]]`],
    ...insecureSkipVerify ? ["skip_verify = true"] : [],
  ];
}

/** A TOML basic string is written as JSON writes one. */
function s(text: string): string {
  return JSON.stringify(text);
}
