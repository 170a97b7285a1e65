/**
 * The engines of an agent that run a process per container: wasmtime and Deno.
 *
 * @module
 */
import type { Host } from "../src/base/host.ts";
import type { ImageSource } from "./images/image_source.ts";
import type { PodNetwork } from "./network/pod_network.ts";
import { SharedNetwork } from "./network/shared_network.ts";
import type { Runtime } from "./runtime/runtime.ts";

/** What {@linkcode openEngines} works with. */
export interface EnginesOptions {
  /** The agent's data folder. */
  readonly dataDir: string;
  /** The pods' network, which they share. */
  readonly network: PodNetwork;
  /** Folder of `file:` images. */
  readonly imageDir: string;
  /** Where other images come from. */
  readonly images: ImageSource;
  /** Path of wasmtime's command line; undefined where there is none. */
  readonly wasmtime: string | undefined;
}

/** Opens the runtimes that can be had here, and those that have been here: what they started goes on without their engine. */
export async function openEngines(
  host: Host,
  options: EnginesOptions,
): Promise<Runtime[]> {
  const shared = new SharedNetwork(options.network);
  // Both faces before the first runtime: what is left of crashes goes when both have told what they have.
  const wasmNetwork = shared.face();
  const denoNetwork = host.processes.os === "linux" ? shared.face() : undefined;
  const wasm = await openWasm(host, options, wasmNetwork);
  const deno = denoNetwork && await openDeno(host, options, denoNetwork);
  return [wasm, deno].filter((runtime) => runtime !== undefined);
}

async function openWasm(
  host: Host,
  { dataDir, imageDir, images, wasmtime }: EnginesOptions,
  network: PodNetwork,
): Promise<Runtime | undefined> {
  let why = "WASM cannot run here: no wasmtime on PATH";
  if (wasmtime === undefined) {
    host.log("warn", "No wasmtime on PATH: WASM pods cannot run here");
  } else {
    const { openWasmtimeRuntime, UnusableEngine } = await import(
      "./runtime/wasmtime/mod.ts"
    );
    try {
      return await openWasmtimeRuntime(host, {
        ...{ dataDir, wasmtime, network, imageDir },
        imageSource: images,
      });
    } catch (error) {
      if (!(error instanceof UnusableEngine)) throw error;
      why = error.message;
      host.log("error", "WASM pods cannot run here", { error: why });
    }
  }
  const { openAbsentRuntime } = await import(
    "./runtime/process/absent_engine.ts"
  );
  const name = "wasmtime";
  const absent = await openAbsentRuntime(host, { name, why, dataDir, network });
  if (!absent) await network.cleanup(new Set());
  return absent;
}

async function openDeno(
  host: Host,
  { dataDir, imageDir, images }: EnginesOptions,
  network: PodNetwork,
): Promise<Runtime> {
  const { openDenoRuntime } = await import("./runtime/deno/mod.ts");
  return await openDenoRuntime(host, {
    ...{ dataDir, network, imageDir },
    source: images,
  });
}
