/**
 * The annotation `wherry.dev/allow-net`: where a guest may connect to.
 *
 * @module
 */
import { type ContainerConfig, RuntimeError } from "../runtime.ts";

/** Names of hosts, addresses or networks with commas between, each with or without `:port`; or `none`. */
export const ALLOW_NET_ANNOTATION = "wherry.dev/allow-net";

const NAME =
  /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;
const IPV4_NETWORK = /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/;
const IPV6 = /^\[[0-9a-f:.]+\]$/i;

/**
 * What follows `--allow-net`: undefined when everything is allowed, else the list.
 *
 * Whatever the annotation says, a guest may listen on the ports that its container declares.
 *
 * @throws {RuntimeError} `CreateContainerConfigError` when the annotation cannot be read
 */
export function netPermission(
  annotation: string | undefined,
  { name, ports, addresses }: {
    /** The container's. */
    name: string;
    ports: readonly Pick<ContainerConfig["ports"][number], "containerPort">[];
    /** What the container may listen on. */
    addresses: readonly string[];
  },
): readonly string[] | undefined {
  if (annotation === undefined) return undefined;
  const peers = annotation.trim() === "none"
    ? []
    : annotation.split(",").map((peer) => peer.trim()).filter(Boolean);
  for (const peer of peers) {
    if (isPeer(peer)) continue;
    throw new RuntimeError(
      "CreateContainerConfigError",
      `Can not create container "${name}": annotation "${ALLOW_NET_ANNOTATION}" has "${peer}", which is not host[:port]`,
    );
  }
  const own = ports.flatMap(({ containerPort }) =>
    addresses.map((address) => `${address}:${containerPort}`)
  );
  return [...new Set([...peers, ...own])];
}

function isPeer(peer: string): boolean {
  const [, host = "", port] = /^(.*?)(?::(\d{1,5}))?$/.exec(peer) ?? [];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    return false;
  }
  if (IPV4_NETWORK.test(peer)) return true;
  return host.length <= 253 && (NAME.test(host) || IPV6.test(host));
}
