/**
 * Pod addresses for agents that may not make network namespaces: each pod has an address of the machine's own 127.0.0.0/8, which
 * every process may bind. The engine is told to bind that one; nothing but the engine keeps a pod from using another.
 *
 * @module
 */
import { type Host, HostError } from "../../src/base/host.ts";
import { formatIpv4, parseCidr, parseIpv4 } from "./ipv4.ts";
import type { NetworkRanges, PodNetwork, PodPlace } from "./pod_network.ts";

/** Hands out loopback addresses and keeps in files who has which: `<dir>/<address>` holds the sandbox's id. */
export class LoopbackNetwork implements PodNetwork {
  /** @inheritDoc */
  readonly kind = "loopback";
  readonly #host: Pick<Host, "disk" | "log">;
  readonly #dir: string;
  #ranges: NetworkRanges | undefined;
  /** Read from the files once: this agent alone writes them. */
  #owners: Promise<Map<string, string>> | undefined;
  /** Address handed out last; the next one is used next, so that a fresh pod does not get a connection meant for a dead one. */
  #last = 0;

  /** @param options `dir`: folder of its own */
  constructor(
    host: Pick<Host, "disk" | "log">,
    options: { readonly dir: string },
  ) {
    this.#host = host;
    this.#dir = options.dir;
  }

  /** @inheritDoc */
  get ranges(): NetworkRanges | undefined {
    return this.#ranges;
  }

  /** @inheritDoc */
  async configure(ranges: NetworkRanges): Promise<void> {
    parseCidr(ranges.podCidr);
    if (!ranges.podCidr.startsWith("127.")) {
      // Programs that only connect to others run all the same.
      this.#host.log(
        "warn",
        "Pods of this agent cannot listen: it has loopback addresses only, and the cluster's are others; run it as root with CNI plugins, or the server with --cluster-cidr 127.64.0.0/16 --service-cidr 127.96.0.0/16",
        { podCidr: ranges.podCidr },
      );
    }
    this.#ranges = ranges;
    await this.#load();
  }

  /** @inheritDoc */
  async add(id: string): Promise<PodPlace> {
    const owners = await this.#load();
    for (const [address, owner] of owners) {
      if (owner === id) return { ips: [address] };
    }
    // No await between choosing and taking: two adds at once must not choose the same.
    const address = this.#next(owners);
    owners.set(address, id);
    try {
      await this.#host.disk.writeAtomic(`${this.#dir}/${address}`, id, {
        sync: false, // after a power cut no pod of before runs
      });
    } catch (error) {
      owners.delete(address);
      throw error;
    }
    return { ips: [address] };
  }

  /** @inheritDoc */
  async release(id: string): Promise<void> {
    const owners = await this.#load();
    for (const [address, owner] of [...owners]) {
      if (owner !== id) continue;
      await this.#host.disk.remove(`${this.#dir}/${address}`);
      owners.delete(address);
    }
  }

  /** @inheritDoc */
  async isAlive(id: string): Promise<boolean> {
    return [...(await this.#load()).values()].includes(id);
  }

  /** @inheritDoc */
  async cleanup(keep: ReadonlySet<string>): Promise<void> {
    for (const owner of new Set((await this.#load()).values())) {
      if (!keep.has(owner)) await this.release(owner);
    }
  }

  /** @inheritDoc */
  async remove(): Promise<void> {
    await this.#host.disk.remove(this.#dir);
    this.#owners = undefined;
  }

  #next(owners: ReadonlyMap<string, string>): string {
    if (!this.#ranges) {
      throw new Error("Can not give the pod an address: the node has no range");
    }
    const { first, size } = parseCidr(this.#ranges.podCidr);
    // The first address names the network and the last one is its broadcast address, here by custom only.
    const usable = size - 2;
    const start = this.#last > first && this.#last < first + size
      ? this.#last - first
      : 0;
    for (let i = 0; i < usable; i++) {
      const offset = (start + i) % usable + 1;
      const address = formatIpv4(first + offset);
      if (owners.has(address)) continue;
      this.#last = first + offset;
      return address;
    }
    throw new Error(
      `Can not give the pod an address: all ${usable} of ${this.#ranges.podCidr} are taken`,
    );
  }

  #load(): Promise<Map<string, string>> {
    return this.#owners ??= this.#read();
  }

  async #read(): Promise<Map<string, string>> {
    const { disk } = this.#host;
    await disk.mkdir(this.#dir);
    const owners = new Map<string, string>();
    for (const name of await disk.list(this.#dir)) {
      const value = parseIpv4(name);
      if (value === undefined) {
        await disk.remove(`${this.#dir}/${name}`); // a draft of a write that a crash cut short
        continue;
      }
      try {
        owners.set(name, await disk.readText(`${this.#dir}/${name}`));
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
      }
      this.#last = Math.max(this.#last, value);
    }
    return owners;
  }
}
