/**
 * The node's own address.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";

/** When the machine has no other address. */
const LOOPBACK = "127.0.0.1";

/**
 * The IPv4 address of the interface that the default route leaves by; without a default route, of the first interface that has one; without
 * any, 127.0.0.1. Read from /proc, so it needs neither programs nor packets.
 */
export async function findNodeAddress(
  { disk }: Pick<Host, "disk">,
): Promise<string> {
  try {
    return nodeAddress({
      routes: await disk.readText("/proc/net/route"),
      trie: await disk.readText("/proc/net/fib_trie"),
    });
  } catch {
    return LOOPBACK; // no such files: not Linux, or simulated
  }
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
  const subnets = rows.filter((row) =>
    row.mask !== 0 && (device === undefined || row.device === device)
  );
  const own = localAddresses(trie);
  const found = own.find((address) =>
    subnets.some(({ destination, mask }) =>
      ((toNumber(address) & mask) >>> 0) === destination
    )
  );
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
