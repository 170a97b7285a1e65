/**
 * The local route of the service network. Without it a box that lost its default route has no way to a VIP and its connects fail before any rule sees
 * them; with it the kernel takes the whole network as its own.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";

/** `ip route add local CIDR dev lo`, until disposed. */
export class LocalRoute implements AsyncDisposable {
  readonly #host: Host;
  readonly #cidr: string;

  private constructor(host: Host, cidr: string) {
    this.#host = host;
    this.#cidr = cidr;
  }

  /**
   * Adds the route, or takes over the one that an earlier run left.
   *
   * @throws {Error} when it cannot be added (not root, no `ip` program)
   */
  static async add(host: Host, cidr: string): Promise<LocalRoute> {
    const { code, stderr } = await host.processes.run("ip", {
      args: ["route", "replace", "local", cidr, "dev", "lo"],
    });
    if (code !== 0) {
      throw new Error(
        `Could not add the local route of the service network: ${stderr.trim()}`,
      );
    }
    return new LocalRoute(host, cidr);
  }

  /** Takes the route away; no error when it is gone already. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host.processes.run("ip", {
      args: ["route", "del", "local", this.#cidr, "dev", "lo"],
    });
  }
}
