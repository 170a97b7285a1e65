/**
 * Room for neighbours in the kernel, for nodes of many pods.
 *
 * One table of neighbours serves all network namespaces of the machine: a node of a thousand pods needs two thousand entries (the node's of each pod, each
 * pod's of the node), and the kernel's own bound of 1,024 would keep pods from being reached. And who asks for a neighbour asks all ports of the bridge at
 * once: what comes in one go waits in a queue of 1,000 packets a processor, and beyond that is dropped, so that the last pods hear of no request.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import type { Host } from "../../src/base/host.ts";

/** Up to so many addresses the kernel's own bounds do. */
const ENOUGH_ADDRESSES = 256;

const TABLE = "/proc/sys/net/ipv4/neigh/default";

/** The bounds: from which number on entries are collected lazily, soon, and at once; and the queue of packets that have come. */
const PATHS = [
  `${TABLE}/gc_thresh1`,
  `${TABLE}/gc_thresh2`,
  `${TABLE}/gc_thresh3`,
  "/proc/sys/net/core/netdev_max_backlog",
] as const;
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** What was there before us, in which boot. */
interface NeighbourRecord {
  readonly bootId: string;
  readonly values: readonly number[];
}

/** Raises the bounds where that is needed, and sets them back. */
export class NeighbourRoom implements AsyncDisposable {
  readonly #host: Pick<Host, "disk" | "processes" | "log">;
  readonly #recordPath: string;

  /** @param options `recordPath`: file that remembers the bounds before us */
  constructor(
    host: Pick<Host, "disk" | "processes" | "log">,
    options: { readonly recordPath: string },
  ) {
    this.#host = host;
    this.#recordPath = options.recordPath;
  }

  /** Sees that there is room for so many pods' addresses. What cannot be had is logged: fewer pods work as well. */
  async makeFor(addresses: number): Promise<void> {
    if (addresses <= ENOUGH_ADDRESSES) return;
    const { disk, log } = this.#host;
    const wanted = boundsFor(addresses);
    try {
      const values = await Promise.all(
        PATHS.map(async (path) => Number(await disk.readText(path))),
      );
      if (values.every((value, i) => value >= wanted[i]!)) return;
      const bootId = await this.#bootId();
      if ((await this.#record())?.bootId !== bootId) {
        // Noted before it is done, as with forwarding.
        const record: NeighbourRecord = { bootId, values };
        await disk.writeAtomic(this.#recordPath, JSON.stringify(record));
      }
      await this.#set(values.map((value, i) => Math.max(value, wanted[i]!)));
    } catch (error) {
      log(
        "warn",
        "The kernel's room for neighbours could not be made larger: of more than some 500 pods not all may be reached",
        { error: messageOf(error) },
      );
    }
  }

  /** Sets the bounds back, also those that an earlier run has raised. */
  async [Symbol.asyncDispose](): Promise<void> {
    const record = await this.#record();
    if (!record) return;
    if (record.bootId === await this.#bootId()) await this.#set(record.values);
    await this.#host.disk.remove(this.#recordPath);
  }

  async #record(): Promise<NeighbourRecord | undefined> {
    try {
      return JSON.parse(await this.#host.disk.readText(this.#recordPath));
    } catch {
      return undefined;
    }
  }

  async #bootId(): Promise<string> {
    return (await this.#host.disk.readText(BOOT_ID)).trim();
  }

  /** The files know no rename: they have to be written in place. */
  async #set(values: readonly number[]): Promise<void> {
    const script = PATHS.map((path, i) => `echo "$${i + 1}" >${path}`)
      .join(" && ");
    const { code, stderr } = await this.#host.processes.run("/bin/sh", {
      args: ["-c", script, "sh", ...values.map(String)],
    });
    if (code !== 0) throw new Error(stderr.trim());
  }
}

/**
 * Bounds for a node whose share of the pods' network has so many addresses: an entry in each direction, and as much again for everybody else; a queue for
 * a few requests to all.
 */
export function boundsFor(addresses: number): readonly number[] {
  return [addresses, addresses * 2, addresses * 4, addresses * 8];
}
