/**
 * The wasmtime runtime: pods with `runtimeClassName: wasmtime`.
 *
 * | file | what |
 * |---|---|
 * | `wasmtime_engine.ts` | the engine as it is now, and what it is asked for |
 * | `engine_program.ts` | which wasmtime there is |
 * | `guest_arguments.ts`, `guest_environment.ts` | command lines |
 * | `module_cache.ts`, `compiler.ts` | compiling ahead of time |
 * | `wasm_kind.ts`, `wasm_outline.ts` | what a file is, and whether it can be run |
 * | `../process/` | a process per container: supervisor, state, logs, limits |
 * | `../../images/` | images of files and registries |
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import {
  EngineImages,
  type ImageFormat,
  type ImageSource,
} from "../../images/mod.ts";
import type { PodNetwork } from "../../network/pod_network.ts";
import { ownCgroups, ProcessRuntime } from "../process/process_runtime.ts";
import { Compiler } from "./compiler.ts";
import { ModuleCache } from "./module_cache.ts";
import { WasmtimeEngine } from "./wasmtime_engine.ts";

export { UnusableEngine } from "./engine_program.ts";

/** Images that the engine takes: the CNCF's wasm artifacts, what others called them before, and ordinary images with a module in them. */
export const WASM_FORMAT: ImageFormat = {
  name: "WASM",
  layerTypes: [
    "application/wasm",
    "application/vnd.wasm.content.layer.v1+wasm",
    "application/vnd.module.wasm.content.layer.v1+wasm",
  ],
  extensions: [".wasm", ".wat"],
  architectures: ["wasm", "wasm32"],
  unpacks: /\.wasm$/,
};

/** What {@linkcode openWasmtimeEngine} works with. */
export interface WasmtimeOptions {
  /** Folder of its own. */
  readonly dir: string;
  /** Path of wasmtime's command line. */
  readonly wasmtime: string;
  /** Folder of `file:name.wasm` images; without it only absolute paths are images. */
  readonly imageDir?: string;
  /** Where images come from that are no files of the node. @default nowhere */
  readonly imageSource?: ImageSource;
}

/** Opens the engine with its images and what was compiled of them. @throws {UnusableEngine} when wasmtime does not run */
export async function openWasmtimeEngine(
  host: Host,
  options: WasmtimeOptions,
): Promise<WasmtimeEngine> {
  const { dir, wasmtime, imageDir, imageSource } = options;
  const modulesDir = `${dir}/modules`;
  return await WasmtimeEngine.open(host, {
    wasmtime,
    images: await EngineImages.open(host, {
      dir: `${dir}/images`,
      format: WASM_FORMAT,
      ...(imageDir !== undefined && { imageDir }),
      ...(imageSource && { source: imageSource }),
    }),
    modules: await ModuleCache.open(host, {
      dir: modulesDir,
      compiler: new Compiler(host, {
        dir: modulesDir,
        cgroup: `${ownCgroups(host, dir)}-compile`,
      }),
    }),
  });
}

/** Opens the runtime with all its state in `<dataDir>/wasmtime`, and takes over what earlier agents left there. */
export async function openWasmtimeRuntime(
  host: Host,
  options: Omit<WasmtimeOptions, "dir"> & {
    /** The agent's data folder. */
    readonly dataDir: string;
    readonly network: PodNetwork;
  },
): Promise<ProcessRuntime> {
  const { dataDir, network, ...rest } = options;
  const dir = `${dataDir}/wasmtime`;
  const engine = await openWasmtimeEngine(host, { ...rest, dir });
  return await ProcessRuntime.open(host, { dir, engine, network });
}
