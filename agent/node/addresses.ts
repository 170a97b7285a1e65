/**
 * The node's own addresses.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { BRIDGE_NAME } from "../network/cni_config.ts";

/** When the machine has no other address. */
const LOOPBACK = "127.0.0.1";

/** How often, in milliseconds, a node looks whether its address is another: two small files of the kernel's. */
const LOOK_MS = 60_000;

/**
 * The IPv4 address of the interface that the default route leaves by; without a default route, of the first interface that has one,
 * the bridge of its pods aside; without any, a global IPv6 address; else 127.0.0.1. Read from /proc, so it needs neither programs nor packets.
 */
export async function findNodeAddress(
  { disk }: Pick<Host, "disk">,
): Promise<string> {
  try {
    const found = nodeAddress({
      routes: await disk.readText("/proc/net/route"),
      trie: await disk.readText("/proc/net/fib_trie"),
    });
    if (found !== LOOPBACK) return found;
    const table = await disk.readText("/proc/net/if_inet6").catch(() => "");
    return globalAddress6(table) ?? LOOPBACK;
  } catch {
    return LOOPBACK; // no such files: not Linux, or simulated
  }
}

/** The node's addresses, as they are now. */
export class NodeAddresses {
  readonly #host: Pick<Host, "disk" | "clock">;
  readonly #fixed: boolean;
  readonly #onChange: () => void;
  #now: readonly string[];

  private constructor(
    host: Pick<Host, "disk" | "clock">,
    options: { now: readonly string[]; fixed: boolean; onChange: () => void },
  ) {
    this.#host = host;
    this.#now = options.now;
    this.#fixed = options.fixed;
    this.#onChange = options.onChange;
  }

  /** @param options.fixed what the owner says; then nothing is looked at */
  static async open(
    host: Pick<Host, "disk" | "clock">,
    { fixed, onChange }: { fixed?: readonly string[]; onChange: () => void },
  ): Promise<NodeAddresses> {
    return new NodeAddresses(host, {
      now: fixed ?? [await findNodeAddress(host)],
      fixed: fixed !== undefined,
      onChange,
    });
  }

  /** The first is the node's own. */
  get all(): readonly string[] {
    return this.#now;
  }

  /** Looks now: a line that broke and came back is the usual sign of another address. A machine that has none for a moment keeps the old one. */
  async look(): Promise<void> {
    if (this.#fixed) return;
    const found = await findNodeAddress(this.#host);
    if (found === LOOPBACK || found === this.#now[0]) return;
    this.#now = [found];
    this.#onChange();
  }

  /** Looks slowly until the signal aborts: nothing on Linux tells a program without a netlink socket. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#fixed) {
      await this.#host.clock.sleep(LOOK_MS, signal);
      await this.look();
    }
  }
}

/** The first global address in `/proc/net/if_inet6`. */
export function globalAddress6(table: string): string | undefined {
  for (const line of table.split("\n")) {
    const [hex = "", , , scope] = line.trim().split(/\s+/);
    if (scope !== "00" || !/^[23]/.test(hex)) continue;
    const groups = hex.match(/.{4}/g)!.join(":");
    return new URL(`http://[${groups}]/`).hostname.slice(1, -1); // writes it short
  }
  return undefined;
}

/** {@linkcode findNodeAddress} over the contents of `/proc/net/route` and `/proc/net/fib_trie`. */
export function nodeAddress(
  { routes, trie }: { routes: string; trie: string },
): string {
  const rows = routes.trim().split("\n").slice(1).map((line) => {
    const [device = "", destination = "", , , , , metric = "0", mask = ""] =
      line.split("\t");
    return {
      device,
      destination: fromHex(destination),
      mask: fromHex(mask.trim()),
      metric: Number(metric),
    };
  });
  const defaults = rows.filter(({ destination, mask }) =>
    destination === 0 && mask === 0
  ).sort((a, b) => a.metric - b.metric);
  const device = defaults[0]?.device;
  const isIn = (address: string, subnets: typeof rows) =>
    subnets.some(({ destination, mask }) =>
      mask !== 0 && ((toNumber(address) & mask) >>> 0) === destination
    );
  // A box whose line is down would take its pods' gateway for itself: nobody reaches a node by that.
  const ofPods = rows.filter((row) => row.device === BRIDGE_NAME);
  const subnets = rows.filter((row) =>
    device === undefined || row.device === device
  );
  const own = localAddresses(trie).filter((address) => !isIn(address, ofPods));
  const found = own.find((address) => isIn(address, subnets));
  return found ?? own[0] ?? LOOPBACK;
}

/** Addresses of the machine, without loopback: the /32 entries of type LOCAL. */
function localAddresses(trie: string): string[] {
  const found = new Set<string>();
  let last = "";
  for (const line of trie.split("\n")) {
    const leaf = /\|--\s+(\d+\.\d+\.\d+\.\d+)/.exec(line);
    if (leaf) last = leaf[1]!;
    else if (line.includes("/32 host LOCAL") && !last.startsWith("127.")) {
      found.add(last);
    }
  }
  return [...found];
}

/** The kernel prints addresses as little-endian hex. */
function fromHex(text: string): number {
  const bytes = (text.match(/../g) ?? []).map((hex) => parseInt(hex, 16));
  return bytes.reverse().reduce((sum, byte) => (sum * 256 + byte) >>> 0, 0);
}

function toNumber(address: string): number {
  return address.split(".").reduce(
    (sum, part) => (sum * 256 + Number(part)) >>> 0,
    0,
  );
}
