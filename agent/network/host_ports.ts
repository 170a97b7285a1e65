/**
 * Ports of the node that lead to pods, by an nftables table of our own. The kernel does all of it, so they work while no agent runs.
 *
 * Everything is one table, replaced as one transaction: a crash leaves either the old or the new rules, and the next start begins with its own.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { BRIDGE_NAME } from "./cni_config.ts";
import type { NftCommand } from "./egress.ts";

/** Name of our table, family ip. */
export const HOST_PORTS_TABLE = "wherry_ports";

/** A port of the node, and where it leads to. */
export interface HostPortRule {
  /** One of the node's addresses; absent for all of them. */
  readonly hostIP?: string;
  readonly hostPort: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly podIP: string;
  readonly podPort: number;
}

/** What the rules depend on beside the ports. */
export interface HostPortRanges {
  /** The node's pods. */
  readonly podCidr: string;
  /** Services: their addresses lead to this machine too, and are not the node's. */
  readonly serviceCidr: string;
}

/** Who dials 127.0.0.1 leaves by the bridge with that address, which the kernel takes for a forgery otherwise. */
const ROUTE_LOCALNET = `/proc/sys/net/ipv4/conf/${BRIDGE_NAME}/route_localnet`;

/** The node's ports that pods have. */
export class HostPorts {
  readonly #host: Pick<Host, "processes">;
  readonly #nft: NftCommand;
  /** The last rules that were loaded: the same ones are not loaded again. */
  #loaded: string | undefined;

  constructor(
    host: Pick<Host, "processes">,
    options: { readonly nft: NftCommand },
  ) {
    this.#host = host;
    this.#nft = options.nft;
  }

  /** These ports, and no others. @throws {Error} when the kernel refuses */
  async apply(
    ports: readonly HostPortRule[],
    ranges: HostPortRanges,
  ): Promise<void> {
    const rules = hostPortRules(ports, ranges);
    if (rules === this.#loaded) return;
    if (ports.length > 0) await this.#routeLocal();
    await this.#load(rules);
    this.#loaded = rules;
  }

  /** Takes them all away, also those of an earlier life. */
  async close(): Promise<void> {
    await this.#load(EMPTY);
    this.#loaded = undefined;
  }

  async #routeLocal(): Promise<void> {
    // The file knows no rename: it has to be written in place. The bridge comes with the first pod, before its ports.
    const { code, stderr } = await this.#host.processes.run("/bin/sh", {
      args: ["-c", 'echo 1 > "$1"', "sh", ROUTE_LOCALNET],
    });
    if (code !== 0) {
      throw new Error(
        `Could not let the node reach its pods' ports: ${stderr.trim()}`,
      );
    }
  }

  async #load(script: string): Promise<void> {
    const { code, stderr } = await this.#host.processes.run(this.#nft.path, {
      args: ["-f", "-"],
      env: this.#nft.env ?? {},
      stdin: script,
    });
    if (code !== 0) {
      throw new Error(`Could not load the pods' ports: ${stderr.trim()}`);
    }
  }
}

/** `table …` before `delete` makes the deletion succeed on the first run too. */
const EMPTY =
  `table ip ${HOST_PORTS_TABLE}\ndelete table ip ${HOST_PORTS_TABLE}\n`;

/**
 * The whole table as nft's script; without ports there is none.
 *
 * - A port of one address comes before the same port of all.
 * - The node's own connections from 127.0.0.1, and those of pods of this node (whose answers would go straight across the bridge), come from the bridge's
 *   address.
 * - That the bridge may carry 127.0.0.0/8 must not let pods dial what listens there.
 */
export function hostPortRules(
  ports: readonly HostPortRule[],
  { podCidr, serviceCidr }: HostPortRanges,
): string {
  if (ports.length === 0) return EMPTY;
  const rules = [...ports].sort((a, b) =>
    Number(b.hostIP !== undefined) - Number(a.hostIP !== undefined)
  ).map(({ hostIP, hostPort, protocol, podIP, podPort }) =>
    `${
      hostIP === undefined ? "" : `ip daddr ${hostIP} `
    }${protocol.toLowerCase()} dport ${hostPort} dnat to ${podIP}:${podPort}`
  );
  const enter = `fib daddr type local ip daddr != ${serviceCidr} jump ports`;
  return `${EMPTY}table ip ${HOST_PORTS_TABLE} {
  chain ports {
    ${rules.join("\n    ")}
  }
  chain incoming {
    type nat hook prerouting priority -90;
    ${enter}
  }
  chain own {
    type nat hook output priority -90;
    ${enter}
  }
  chain back {
    type nat hook postrouting priority 90;
    ct status dnat oifname "${BRIDGE_NAME}" ip saddr { 127.0.0.0/8, ${podCidr} } masquerade
  }
  chain guard {
    type filter hook prerouting priority -300;
    iifname "${BRIDGE_NAME}" ip daddr 127.0.0.0/8 drop
  }
}
`;
}
