/**
 * A machine for tests of the wasmtime runtime: the real engine, a folder of its own, and a pod network as good as the user may make it.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Host } from "../../../src/base/host.ts";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { foundTools } from "../../../src/testing/needs.ts";
import { LoopbackNetwork } from "../../network/loopback_network.ts";
import type { PodNetwork } from "../../network/pod_network.ts";
import type { ContractSubject, Step } from "../runtime_contract.ts";
import type { ProcessRuntime } from "../process/process_runtime.ts";
import {
  closeRig,
  exerciserWords,
  leftoversOf,
  loopbackRanges,
} from "../process/process_rig.ts";
import { openWasmtimeRuntime } from "./mod.ts";

const GUESTS = new URL("../../../wasm/", import.meta.url);

/** The image of one of our own guests. */
export function guestImage(name: string): string {
  const base = Deno.env.get("WHERRY_TEST_GUESTS") ?? fileURLToPath(GUESTS);
  return `file://${base}${name}/${name}.wat`;
}

/** Path of the engine under test. */
export function wasmtimePath(): string {
  const found = foundTools().wasmtime;
  if (found) return found;
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if (Deno.statSync(`${folder}/wasmtime`).isFile) {
        return `${folder}/wasmtime`;
      }
    } catch {
      // not here
    }
  }
  throw new Error("No wasmtime on PATH");
}

/** A machine with the wasmtime runtime. */
export class WasmtimeRig implements ContractSubject {
  readonly folder: string;
  readonly missingImage = "file:///nowhere/missing.wasm";
  readonly host: Host & Disposable;
  readonly network: PodNetwork;

  private constructor(
    parts: { folder: string; host: Host & Disposable; network: PodNetwork },
  ) {
    this.folder = parts.folder;
    this.host = parts.host;
    this.network = parts.network;
  }

  /** @param makeNetwork pods' network; absent: loopback addresses that no product and hardly another test uses */
  static async make(
    makeNetwork?: (host: Host, dir: string) => Promise<PodNetwork>,
  ): Promise<WasmtimeRig> {
    const folder = await Deno.makeTempDir({ prefix: "wherry-wasmtime-" });
    const host = makeRealHost({ logLevel: "error" });
    const dir = `${folder}/network`;
    const network = makeNetwork
      ? await makeNetwork(host, dir)
      : new LoopbackNetwork(host, { dir });
    if (!makeNetwork) await network.configure(loopbackRanges());
    return new WasmtimeRig({ folder, host, network });
  }

  /** @inheritDoc */
  open(): Promise<ProcessRuntime> {
    return openWasmtimeRuntime(this.host, {
      dataDir: this.folder,
      wasmtime: wasmtimePath(),
      network: this.network,
    });
  }

  /** @inheritDoc */
  workload(steps: readonly Step[]) {
    return {
      image: guestImage("exerciser"),
      command: [],
      args: steps.flatMap(exerciserWords),
    };
  }

  /** @inheritDoc */
  readonly server = {
    image: guestImage("http_echo"),
    command: [],
    args: [],
    ports: [{ containerPort: 8080, protocol: "TCP" as const }],
  };

  /** What should not be there. */
  leftovers(): Promise<string[]> {
    return leftoversOf(this, "wasmtime");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeRig(this);
  }
}
