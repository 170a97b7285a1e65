/**
 * A machine with two engines of processes, for tests of pods that have containers of both. Both are wasmtime, under two names: what is between them does
 * not depend on what they run.
 *
 * @module
 */
import { SharedNetwork } from "../../network/shared_network.ts";
import type { ContractSubject, Step } from "../runtime_contract.ts";
import type { Runtime } from "../runtime.ts";
import { openWasmtimeRuntime } from "../wasmtime/mod.ts";
import { wasmtimePath, type WasmtimeRig } from "../wasmtime/wasmtime_rig.ts";
import { MixedRuntime } from "./mixed_runtime.ts";

/** What the engine is called whose sandboxes are joined. */
export const BASE = "containerd";

/** See the module. */
export class MixedRig implements ContractSubject {
  readonly #rig: WasmtimeRig;
  readonly #make: (engines: readonly Runtime[]) => MixedRuntime;

  private constructor(
    rig: WasmtimeRig,
    make: (engines: readonly Runtime[]) => MixedRuntime,
  ) {
    this.#rig = rig;
    this.#make = make;
  }

  /** Makes one of a machine with wasmtime. */
  static async over(
    rig: WasmtimeRig,
    make: (engines: readonly Runtime[]) => MixedRuntime = (engines) =>
      new MixedRuntime(engines),
  ): Promise<MixedRig> {
    await Deno.mkdir(`${rig.folder}/base`);
    return new MixedRig(rig, make);
  }

  /** Opens both engines. */
  async engines(): Promise<Runtime[]> {
    const shared = new SharedNetwork(this.#rig.network);
    const faces = [shared.face(), shared.face()] as const;
    const open = (network: typeof faces[0], dataDir: string) =>
      openWasmtimeRuntime(this.#rig.host, {
        dataDir,
        wasmtime: wasmtimePath(),
        network,
      });
    const own = await open(faces[0], this.folder);
    const base = await open(faces[1], `${this.folder}/base`);
    Object.defineProperty(base, "name", { value: BASE });
    return [own, base];
  }

  /** @inheritDoc */
  async open(): Promise<MixedRuntime> {
    const engines = await this.engines();
    const mixed = this.#make(engines);
    await mixed.listSandboxes();
    mixed[Symbol.asyncDispose] = async () => {
      for (const engine of engines) await engine[Symbol.asyncDispose]();
    };
    return mixed;
  }

  /** @inheritDoc */
  get folder(): string {
    return this.#rig.folder;
  }

  /** @inheritDoc */
  get missingImage(): string {
    return this.#rig.missingImage;
  }

  /** @inheritDoc */
  get server(): ContractSubject["server"] {
    return this.#rig.server;
  }

  /** @inheritDoc */
  workload(steps: readonly Step[]) {
    return this.#rig.workload(steps);
  }

  /** @inheritDoc */
  async leftovers(): Promise<readonly string[]> {
    const found = [...await this.#rig.leftovers()];
    for (const part of ["sandboxes", "containers", "exits"]) {
      const folder = `${this.folder}/base/wasmtime/${part}`;
      try {
        for (const { name } of Deno.readDirSync(folder)) {
          found.push(`${folder}/${name}`);
        }
      } catch {
        // never made
      }
    }
    return found;
  }

  /** @inheritDoc */
  async [Symbol.asyncDispose](): Promise<void> {
    const runtime = await this.open();
    for (const { id } of await runtime.listSandboxes()) {
      await runtime.removeSandbox(id);
    }
    await runtime[Symbol.asyncDispose]();
    await this.#rig[Symbol.asyncDispose]();
  }
}
