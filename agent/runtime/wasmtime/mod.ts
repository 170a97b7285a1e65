/**
 * The wasmtime runtime: pods with `runtimeClassName: wasmtime`.
 *
 * | file | what |
 * |---|---|
 * | `wasmtime_engine.ts` | command lines, the way in |
 * | `image_store.ts` | `file://` images |
 * | `module_store.ts` | compiling ahead of time, the cache |
 * | `wasm_kind.ts` | what a file is |
 * | `../process/` | a process per container: supervisor, state, logs, limits |
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import type { PodNetwork } from "../../network/pod_network.ts";
import { ProcessRuntime } from "../process/process_runtime.ts";
import { WasmtimeEngine } from "./wasmtime_engine.ts";

/** Opens the runtime with all its state in `<dataDir>/wasmtime`, and takes over what earlier agents left there. */
export async function openWasmtimeRuntime(host: Host, options: {
  /** The agent's data folder. */
  readonly dataDir: string;
  /** Path of wasmtime's command line. */
  readonly wasmtime: string;
  /** Folder of `file:name.wasm` images; without it only absolute paths are images. */
  readonly imageDir?: string;
  readonly network: PodNetwork;
}): Promise<ProcessRuntime> {
  const dir = `${options.dataDir}/wasmtime`;
  const engine = await WasmtimeEngine.open(host, {
    dir,
    wasmtime: options.wasmtime,
    ...(options.imageDir === undefined ? {} : { imageDir: options.imageDir }),
  });
  return await ProcessRuntime.open(host, {
    dir,
    engine,
    network: options.network,
  });
}
