/**
 * Pod networks by the CNI plugins bridge and host-local, called by the agent itself: each sandbox has a network namespace, kept alive
 * by a bind mount on a file of ours.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { keepFile } from "../../src/base/keep_file.ts";
import { Limiter } from "../../src/base/limiter.ts";
import {
  addressesOf,
  BRIDGE_NAME,
  type CniSettings,
  conflist,
  CONFLIST_NAME,
  failureOf,
  NETWORK_NAME,
  pluginConfig,
} from "./cni_config.ts";
import { Egress, type NftCommand } from "./egress.ts";
import { parseCidr } from "./ipv4.ts";
import { NeighbourRoom } from "./neighbour_room.ts";
import {
  type NetworkRanges,
  type PodNetwork,
  type PodPlace,
  SANDBOX_PREFIX,
} from "./pod_network.ts";

/** What {@linkcode BridgeNetwork} works with. */
export interface BridgeNetworkOptions {
  /** Folder of its own, below the agent's data folder. */
  readonly dir: string;
  /** Folder of the CNI plugins. */
  readonly cniBin: string;
  /** Absent: no masquerading. */
  readonly nft?: NftCommand;
}

type BridgeHost = Pick<Host, "disk" | "processes" | "log">;

/** How many plugins run at once: they wait for locks of the kernel and of each other, and hundreds of them only make each other slower. */
const PARALLEL_PLUGINS = 8;

/**
 * One shell makes the namespace and becomes the plugin, which reads the configuration from standard input. $1 the namespace's file, $2 the plugin.
 *
 * In its own namespace a pod may bind any port, as in other runtimes: there is nobody to take port 80 from.
 */
const ADD = `: > "$1" &&
unshare --net="$1" sh -c 'ip link set lo up && echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start' </dev/null &&
exec "$2"`;

/** The plugin frees the address and removes the interfaces; then the namespace goes, also when the plugin fails. */
const DELETE = `if mountpoint -q "$1"; then CNI_NETNS=$1; else CNI_NETNS=; fi
export CNI_NETNS
"$2"
status=$?
if [ -n "$CNI_NETNS" ]; then umount "$1" || exit; fi
rm -f "$1"
exit $status`;

/** The network of a node whose agent is root. */
export class BridgeNetwork implements PodNetwork {
  /** @inheritDoc */
  readonly kind = "bridge";
  readonly #host: BridgeHost;
  readonly #options: BridgeNetworkOptions;
  readonly #egress: Egress;
  readonly #neighbours: NeighbourRoom;
  readonly #limiter = new Limiter(PARALLEL_PLUGINS);
  #ranges: NetworkRanges | undefined;

  constructor(host: BridgeHost, options: BridgeNetworkOptions) {
    this.#host = host;
    this.#options = options;
    this.#egress = new Egress(host, {
      ...(options.nft ? { nft: options.nft } : {}),
      recordPath: `${options.dir}/forwarding.json`,
    });
    this.#neighbours = new NeighbourRoom(host, {
      recordPath: `${options.dir}/neighbours.json`,
    });
  }

  /** @inheritDoc */
  get ranges(): NetworkRanges | undefined {
    return this.#ranges;
  }

  /** Folder with the configuration for a CRI runtime; the file is there after {@linkcode BridgeNetwork.configure}. */
  get cniConfDir(): string {
    return `${this.#options.dir}/cni`;
  }

  /** @inheritDoc */
  async configure(ranges: NetworkRanges): Promise<void> {
    const { disk } = this.#host;
    const { size } = parseCidr(ranges.podCidr);
    parseCidr(ranges.clusterCidr);
    await disk.mkdir(this.#nsDir);
    await disk.mkdir(this.cniConfDir);
    await this.#egress.open(ranges);
    await this.#neighbours.makeFor(size);
    await keepFile(
      disk,
      `${this.cniConfDir}/${CONFLIST_NAME}`,
      conflist(this.#settings(ranges.podCidr)),
    );
    this.#ranges = ranges;
  }

  /** @inheritDoc */
  async add(id: string): Promise<PodPlace> {
    if (!this.#ranges) {
      throw new Error("Can not make the pod's network: the node has no range");
    }
    const netns = this.#nsPath(id);
    const result = await this.#plugin(ADD, "ADD", id);
    try {
      if (result.code !== 0) throw new Error(failureOf(result));
      return { ips: addressesOf(result.stdout), netns };
    } catch (error) {
      await this.release(id).catch((leak) =>
        this.#host.log("warn", "Pod network was left half made", {
          id,
          error: String(leak),
        })
      );
      throw new Error(
        `Can not make the pod's network: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }

  /** @inheritDoc */
  async release(id: string): Promise<void> {
    const result = await this.#plugin(DELETE, "DEL", id);
    if (result.code !== 0) {
      throw new Error(
        `Can not take the pod's network away: ${failureOf(result)}`,
      );
    }
  }

  /** @inheritDoc */
  async isAlive(id: string): Promise<boolean> {
    return (await this.#mounted()).has(this.#nsPath(id));
  }

  /** @inheritDoc */
  async cleanup(keep: ReadonlySet<string>): Promise<void> {
    const { disk } = this.#host;
    const list = (path: string) => disk.list(path).catch(() => []);
    const ids = new Set(await list(this.#nsDir));
    // Leases whose namespace is gone: those of our sandboxes. Other runtimes' pods lease here too and look after their own.
    for (const address of await list(this.#leaseDir)) {
      const lease = await disk.readText(`${this.#leaseDir}/${address}`)
        .catch(() => "");
      const id = lease.split(/\s/)[0] ?? "";
      if (id.startsWith(SANDBOX_PREFIX)) ids.add(id);
    }
    for (const id of ids) {
      if (keep.has(id)) continue;
      this.#host.log("info", "Removing a pod network that no pod has", {
        id,
      });
      try {
        await this.release(id);
      } catch (error) {
        // The others can still go. The next start finds this one again.
        this.#host.log("warn", "Pod network could not be removed", {
          id,
          error: String(error),
        });
      }
    }
  }

  /** @inheritDoc */
  async remove(): Promise<void> {
    await this.cleanup(new Set());
    await this.#egress.close();
    await this.#neighbours[Symbol.asyncDispose]();
    // No error when no pod ever made it.
    await this.#host.processes.run("ip", {
      args: ["link", "delete", BRIDGE_NAME],
    });
    await this.#host.disk.remove(this.#options.dir);
    this.#ranges = undefined;
  }

  get #nsDir(): string {
    return `${this.#options.dir}/ns`;
  }

  get #leaseDir(): string {
    return `${this.#options.dir}/ipam/${NETWORK_NAME}`;
  }

  #nsPath(id: string): string {
    return `${this.#nsDir}/${id}`;
  }

  #settings(podCidr: string): CniSettings {
    return { podCidr, ipamDir: `${this.#options.dir}/ipam` };
  }

  /** Runs a script that runs the bridge plugin, as the CNI specification's section 3 has it: parameters in the environment. */
  #plugin(script: string, command: "ADD" | "DEL", id: string) {
    const { cniBin } = this.#options;
    const netns = this.#nsPath(id);
    const run = () =>
      this.#host.processes.run("/bin/sh", {
        args: ["-c", script, "sh", netns, `${cniBin}/bridge`],
        env: {
          CNI_COMMAND: command,
          CNI_CONTAINERID: id,
          CNI_NETNS: netns,
          CNI_IFNAME: "eth0",
          CNI_PATH: cniBin,
        },
        // A deletion before the first configuration needs a range too, but any one: only the folder counts.
        stdin: pluginConfig(
          this.#settings(this.#ranges?.podCidr ?? "10.42.0.0/24"),
        ),
      });
    return this.#limiter.run(run);
  }

  /** Files that a network namespace is mounted on. */
  async #mounted(): Promise<Set<string>> {
    const table = await this.#host.disk.readText("/proc/self/mountinfo");
    return new Set(
      table.split("\n").flatMap((line) => {
        const [, , , , path = ""] = line.split(" ");
        return line.includes(" - nsfs ") ? [unescapePath(path)] : [];
      }),
    );
  }
}

/** mountinfo writes blanks and backslashes in octal. */
function unescapePath(path: string): string {
  return path.replace(
    /\\([0-7]{3})/g,
    (_, code: string) => String.fromCharCode(parseInt(code, 8)),
  );
}
