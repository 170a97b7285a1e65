/**
 * A machine for tests of the Deno runtime: the real engine, a folder of its own, and a pod network as good as the user may make it.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { LoopbackNetwork } from "../../network/loopback_network.ts";
import type { PodNetwork } from "../../network/pod_network.ts";
import { GuestRoots } from "../process/guest_root.ts";
import type { ProcessRuntime } from "../process/process_runtime.ts";
import {
  closeRig,
  exerciserWords,
  leftoversOf,
  loopbackRanges,
} from "../process/process_rig.ts";
import type { ContractSubject, Step } from "../runtime_contract.ts";
import { GUESTS } from "./deno_guests.ts";
import { openDenoRuntime } from "./mod.ts";

/** A machine with the Deno runtime. */
export class DenoRig implements ContractSubject {
  readonly folder: string;
  /** False on a machine that lets an ordinary user have no namespaces, and where one is to be played. */
  readonly hasRoots: boolean;
  readonly missingImage = "file:///nowhere/missing.mjs";
  readonly host: Host & Disposable;
  readonly network: PodNetwork;

  private constructor(parts: {
    folder: string;
    host: Host & Disposable;
    network: PodNetwork;
    hasRoots: boolean;
  }) {
    this.hasRoots = parts.hasRoots;
    this.folder = parts.folder;
    this.host = parts.host;
    this.network = parts.network;
  }

  /** @param makeNetwork pods' network; absent: loopback addresses that no product and hardly another test uses */
  static async make(
    makeNetwork?: (host: Host, dir: string) => Promise<PodNetwork>,
  ): Promise<DenoRig> {
    const folder = await Deno.makeTempDir({ prefix: "wherry-deno-" });
    const host = makeRealHost({ logLevel: "error" });
    const dir = `${folder}/network`;
    const network = makeNetwork
      ? await makeNetwork(host, dir)
      : new LoopbackNetwork(host, { dir });
    if (!makeNetwork) await network.configure(loopbackRanges());
    await Deno.mkdir(`${folder}/images`);
    const roots = await GuestRoots.open(host, folder);
    const hasRoots = await roots.isPossible() &&
      Deno.env.get("WHERRY_TEST_WITHOUT_ROOTS") === undefined;
    const rig = new DenoRig({ folder, host, network, hasRoots });
    for (const [name, text] of Object.entries(GUESTS)) {
      await rig.image(name, text);
    }
    return rig;
  }

  /** The name of an image with this content. */
  async image(name: string, text: string): Promise<string> {
    const path = `${this.folder}/images/${name}`;
    await Deno.writeTextFile(path, text);
    return `file://${path}`;
  }

  /** @inheritDoc */
  open(): Promise<ProcessRuntime> {
    return openDenoRuntime(this.host, {
      dataDir: this.folder,
      network: this.network,
      imageDir: `${this.folder}/images`,
      wantsRoot: this.hasRoots,
    });
  }

  /** @inheritDoc */
  workload(steps: readonly Step[]) {
    return {
      image: "file:exerciser.mjs",
      command: [],
      args: steps.flatMap(exerciserWords),
    };
  }

  /** @inheritDoc */
  readonly server = {
    image: "file:echo.js",
    command: [],
    args: [],
    ports: [{ containerPort: 8080, protocol: "TCP" as const }],
  };

  /** What should not be there. */
  leftovers(): Promise<string[]> {
    return leftoversOf(this, "deno");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeRig(this);
  }
}
