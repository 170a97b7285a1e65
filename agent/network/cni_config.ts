/**
 * The pod network in the words of CNI (https://www.cni.dev/docs/spec/): one bridge a node, addresses by host-local.
 *
 * @module
 */

/** Name of the network; host-local keeps its addresses in a folder of that name. */
export const NETWORK_NAME = "wherry";

/** The bridge that joins the node's pods. */
export const BRIDGE_NAME = "wherry0";

/** Name of the configuration file, as the CRI runtime finds it. */
export const CONFLIST_NAME = "10-wherry.conflist";

/** The newest version that Debian 11's plugins and containerd 1.6 both know. */
const CNI_VERSION = "0.4.0";

/** What the plugins have to know of this node. */
export interface CniSettings {
  /** The node's share of the pods' addresses. */
  readonly podCidr: string;
  /** Folder in which host-local notes who has which address; pods of every runtime share it. */
  readonly ipamDir: string;
}

/** The bridge plugin's part. Masquerading is ours (see `egress.ts`): the plugin would need iptables for it. */
function bridgePlugin(settings: CniSettings): Record<string, unknown> {
  return {
    type: "bridge",
    bridge: BRIDGE_NAME,
    isDefaultGateway: true,
    ipMasq: false,
    hairpinMode: true, // a pod may reach itself through its service
    ipam: {
      type: "host-local",
      dataDir: settings.ipamDir,
      ranges: [[{ subnet: settings.podCidr }]],
    },
  };
}

/** What the bridge plugin reads from its standard input when the agent calls it. */
export function pluginConfig(settings: CniSettings): string {
  return JSON.stringify({
    cniVersion: CNI_VERSION,
    name: NETWORK_NAME,
    ...bridgePlugin(settings),
  });
}

/** The file for a CRI runtime, so that its pods are on the same bridge and take from the same addresses. */
export function conflist(settings: CniSettings): string {
  return JSON.stringify(
    {
      cniVersion: CNI_VERSION,
      name: NETWORK_NAME,
      plugins: [bridgePlugin(settings)],
    },
    null,
    2,
  ) + "\n";
}

/**
 * The addresses in a plugin's answer to ADD.
 *
 * @throws {Error} when the answer holds none.
 */
export function addressesOf(answer: string): string[] {
  const result: unknown = JSON.parse(answer);
  const ips = (result as { ips?: { address?: unknown }[] }).ips ?? [];
  const addresses = ips.flatMap(({ address }) =>
    typeof address === "string" ? [address.split("/")[0] ?? ""] : []
  );
  if (addresses.length === 0) {
    throw new Error(`The network plugin gave no address: ${answer.trim()}`);
  }
  return addresses;
}

/** Why a plugin failed: its error object on standard output, else what it wrote on standard error. */
export function failureOf(
  result: {
    readonly stdout: string;
    readonly stderr: string;
    readonly code: number;
  },
): string {
  try {
    const { msg, details } = JSON.parse(result.stdout);
    if (msg) return details ? `${msg}: ${details}` : String(msg);
  } catch {
    // it did not come as far as to answer
  }
  return result.stderr.trim().split("\n").at(-1) ||
    `exit status ${result.code}`;
}
