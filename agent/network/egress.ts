/**
 * The pods' way out of the node: forwarding, and masquerading in an nftables table of our own.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { BRIDGE_NAME } from "./cni_config.ts";
import type { NetworkRanges } from "./pod_network.ts";

/** Name of our table, family ip. */
export const EGRESS_TABLE = "wherry";

/** A program and what it needs to run from a cache folder. */
export interface NftCommand {
  readonly path: string;
  readonly env?: Readonly<Record<string, string>>;
}

const FORWARDING = "/proc/sys/net/ipv4/ip_forward";
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** Opens the way out, and closes it as it was before. */
export class Egress {
  readonly #host: Pick<Host, "disk" | "processes">;
  readonly #nft: NftCommand | undefined;
  readonly #recordPath: string;

  /**
   * @param options `nft` absent: pods reach what routes back to them only; `recordPath`: file that remembers whether the machine
   * forwarded before us
   */
  constructor(
    host: Pick<Host, "disk" | "processes">,
    options: { readonly nft?: NftCommand; readonly recordPath: string },
  ) {
    this.#host = host;
    this.#nft = options.nft;
    this.#recordPath = options.recordPath;
  }

  /** @throws {Error} when the kernel refuses (not root, no nft). */
  async open(ranges: NetworkRanges): Promise<void> {
    await this.#forward();
    await this.#load(
      `table ip ${EGRESS_TABLE}
delete table ip ${EGRESS_TABLE}
table ip ${EGRESS_TABLE} {
  chain egress {
    type nat hook postrouting priority 100;
    ip saddr ${ranges.podCidr} ip daddr != ${ranges.clusterCidr} oifname != "${BRIDGE_NAME}" masquerade
  }
}
`,
    );
  }

  /** Undoes {@linkcode Egress.open}, in this life or an earlier one. */
  async close(): Promise<void> {
    await this.#load(
      `table ip ${EGRESS_TABLE}\ndelete table ip ${EGRESS_TABLE}\n`,
    );
    const record = await this.#record();
    if (record?.bootId === await this.#bootId()) await this.#setForwarding("0");
    await this.#host.disk.remove(this.#recordPath);
  }

  async #forward(): Promise<void> {
    const { disk } = this.#host;
    if ((await disk.readText(FORWARDING)).trim() !== "0") return;
    // Noted before it is done: a crash in between leaves a note too many, not a machine that forwards for ever.
    const note = JSON.stringify({ bootId: await this.#bootId() });
    await disk.writeAtomic(this.#recordPath, note);
    await this.#setForwarding("1");
  }

  /** Present when this machine did not forward before us, in the boot that it names. */
  async #record(): Promise<{ bootId?: string } | undefined> {
    try {
      return JSON.parse(await this.#host.disk.readText(this.#recordPath));
    } catch {
      return undefined;
    }
  }

  async #bootId(): Promise<string> {
    return (await this.#host.disk.readText(BOOT_ID)).trim();
  }

  async #setForwarding(value: "0" | "1"): Promise<void> {
    // The file knows no rename: it has to be written in place.
    const { code, stderr } = await this.#host.processes.run("/bin/sh", {
      args: ["-c", 'echo "$1" > "$2"', "sh", value, FORWARDING],
    });
    if (code !== 0) {
      throw new Error(`Can not set IP forwarding: ${stderr.trim()}`);
    }
  }

  async #load(script: string): Promise<void> {
    if (!this.#nft) return;
    const { code, stderr } = await this.#host.processes.run(this.#nft.path, {
      args: ["-f", "-"],
      env: this.#nft.env ?? {},
      stdin: script,
    });
    if (code !== 0) {
      throw new Error(`Can not load the egress rules: ${stderr.trim()}`);
    }
  }
}
