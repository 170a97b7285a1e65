/**
 * A containerd of a test's own, in a temporary folder and a network namespace of its own.
 *
 * @module
 */

import { plainContainer } from "../../agent/testing/plain_container.ts";
import { join } from "node:path";
import {
  type ContainerdTools,
  OwnContainerd,
} from "../../agent/runtime/containerd/mod.ts";
import type {
  ContainerConfig,
  SandboxConfig,
} from "../../agent/runtime/runtime.ts";
import { BUSYBOX_IMAGE, makeImage } from "../../tools/make_image.ts";
import type { Host } from "../base/host.ts";
import { makeRealHost } from "../base/real_host.ts";
import { foundTools } from "./needs.ts";
import { dialInNetns } from "./netns_dial.ts";

/** The pods' network in the rig's namespace. */
const SUBNET = "10.42.200.0/24";
/** Its bridge. */
const BRIDGE = "wherry0";

/** A running containerd with {@linkcode BUSYBOX_IMAGE}. Disposing removes everything. */
export class ContainerdRig implements AsyncDisposable {
  readonly host: Host & Disposable;
  /** Temporary folder; containerd's own is `containerd` in it. */
  readonly dir: string;
  /** Name of the network namespace; absent in the test's own. */
  readonly netns: string | undefined;
  readonly tools: ContainerdTools;
  #own: OwnContainerd | undefined;

  private constructor(parts: {
    host: Host & Disposable;
    dir: string;
    netns: string | undefined;
    tools: ContainerdTools;
  }) {
    this.host = parts.host;
    this.dir = parts.dir;
    this.netns = parts.netns;
    this.tools = parts.tools;
  }

  /**
   * Starts it all. Needs root and the set-up's tools (`testWith`, needs: containerd).
   *
   * @param options.here in the network namespace of the test, which has it for itself (`tests/node`). @default false
   */
  static async open(options: { here?: boolean } = {}): Promise<ContainerdRig> {
    const real = makeRealHost({ logLevel: "error" });
    const dir = await Deno.makeTempDir({ prefix: "wherry-cri-" });
    const netns = options.here ? undefined : `wherry-test-${dir.slice(-8)}`;
    const host = netns === undefined
      ? real
      : { ...real, net: networkWith(real.net, netns) };
    const rig = new ContainerdRig({
      host,
      dir,
      netns,
      tools: await toolsIn(host, { dir, netns }),
    });
    try {
      await writeNetwork(dir);
      await rig.connect();
      const archive = join(dir, "busybox.tar");
      const busybox = String(foundTools()["busybox"]);
      await Deno.writeFile(archive, await makeImage("busybox", busybox));
      await rig.own.importImage(archive);
      return rig;
    } catch (error) {
      await rig[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The client. */
  get own(): OwnContainerd {
    if (!this.#own) throw new Error("The rig is not connected");
    return this.#own;
  }

  /** Lets go of containerd and takes hold of it again, as an agent's restart does. */
  async connect(): Promise<OwnContainerd> {
    await this.#own?.[Symbol.asyncDispose]();
    return this.#own = await OwnContainerd.open(this.host, {
      dir: join(this.dir, "containerd"),
      tools: this.tools,
    });
  }

  /** A pod's sandbox, ready to be run. */
  sandbox(name: string): SandboxConfig {
    return {
      name,
      namespace: "default",
      // Rigs of other test processes have pods of the same name.
      uid: `${name}-${this.dir.slice(-8)}`,
      attempt: 0,
      hostname: name,
      labels: { app: name },
      annotations: { note: "kept" },
      logDirectory: join(this.dir, "logs", name),
      hostNetwork: false,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own?.purge();
    if (this.netns === undefined) {
      await this.host.processes.run("ip", {
        args: ["link", "delete", BRIDGE],
      }).catch(() => {}); // no pod ever had a network
    } else {
      await this.host.processes.run("ip", {
        args: ["netns", "del", this.netns],
      });
    }
    await Deno.remove(this.dir, { recursive: true });
    this.host[Symbol.dispose]();
  }
}

/** A container that runs a shell script on {@linkcode BUSYBOX_IMAGE}. */
export function shellContainer(
  script: string,
  more: Partial<ContainerConfig> = {},
): ContainerConfig {
  return plainContainer({
    imageRef: BUSYBOX_IMAGE,
    image: BUSYBOX_IMAGE,
    command: ["sh", "-c"],
    args: [script],
    ...more,
  });
}

/** containerd is started inside the namespace; so are the CNI plugins that it runs. */
async function toolsIn(
  host: Host,
  { dir, netns }: { dir: string; netns: string | undefined },
): Promise<ContainerdTools> {
  const { containerd, ctr, runc, cniBin } = foundTools() as Record<
    keyof ContainerdTools,
    string
  >;
  if (netns === undefined) return { containerd, ctr, runc, cniBin };
  await host.processes.run("ip", { args: ["netns", "add", netns] });
  await host.processes.run("ip", {
    args: ["-n", netns, "link", "set", "lo", "up"],
  });
  const wrapper = join(dir, "bin/containerd");
  await Deno.mkdir(join(dir, "bin"));
  await Deno.writeTextFile(
    wrapper,
    `#!/bin/sh\nexec nsenter --net=/run/netns/${netns} ${containerd} "$@"\n`,
    { mode: 0o755 },
  );
  return { containerd: wrapper, ctr, runc, cniBin };
}

/** The streaming server listens in the namespace. */
function networkWith(net: Host["net"], netns: string): Host["net"] {
  const busybox = String(foundTools()["busybox"]);
  return {
    ...net,
    dial: (to, options) =>
      "hostname" in to && to.hostname === "127.0.0.1"
        ? Promise.resolve(dialInNetns({ netns, busybox }, to))
        : net.dial(to, options),
  };
}

async function writeNetwork(dir: string): Promise<void> {
  const conf = join(dir, "containerd/cni");
  await Deno.mkdir(conf, { recursive: true });
  await Deno.writeTextFile(
    join(conf, "10-test.conflist"),
    JSON.stringify({
      cniVersion: "0.4.0",
      name: "test",
      plugins: [{
        type: "bridge",
        bridge: BRIDGE,
        isGateway: true,
        ipMasq: false,
        ipam: {
          type: "host-local",
          dataDir: join(dir, "ipam"),
          ranges: [[{ subnet: SUBNET }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      }],
    }),
  );
}
