/**
 * The Deno runtime: pods with `runtimeClassName: deno`.
 *
 * | file | what |
 * |---|---|
 * | `deno_engine.ts` | the engine: images, and the process for a container |
 * | `bundle.ts` | what a bundle is: what it imports, and whether it serves or runs |
 * | `permissions.ts`, `net_permission.ts` | what the guest may, from the Pod and nothing else |
 * | `environment.ts`, `prelude.ts` | how variables reach the guest without steering Deno |
 * | `../process/` | a process per container in a root folder of its own: supervisor, state, logs, limits |
 * | `../../images/` | images of files and registries |
 *
 * What holds a guest: `docs/decisions/0023-deno-sandbox.md`.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import { EngineImages, type ImageSource } from "../../images/mod.ts";
import type { PodNetwork } from "../../network/pod_network.ts";
import { ProcessRuntime } from "../process/process_runtime.ts";
import { DENO_FORMAT, DenoEngine, MAX_BUNDLE_BYTES } from "./deno_engine.ts";

/** Opens the runtime with all its state in `<dataDir>/deno`, and takes over what earlier agents left there. */
export async function openDenoRuntime(host: Host, options: {
  /** The agent's data folder. */
  readonly dataDir: string;
  /** Folder of `file:name.mjs` images; without it only absolute paths are images. */
  readonly imageDir?: string;
  /** Where images come from that are no files. @default nowhere */
  readonly source?: ImageSource;
  readonly network: PodNetwork;
  /** Whether guests get a root folder of their own where the machine lets us. @default true */
  readonly wantsRoot?: boolean;
}): Promise<ProcessRuntime> {
  const { dataDir, imageDir, source, network, wantsRoot = true } = options;
  const dir = `${dataDir}/deno`;
  const images = await EngineImages.open(host, {
    dir: `${dir}/contents`,
    format: DENO_FORMAT,
    maxBytes: MAX_BUNDLE_BYTES,
    ...(imageDir === undefined ? {} : { imageDir }),
    ...(source && { source }),
  });
  const engine = new DenoEngine(host, { images, wantsRoot });
  return await ProcessRuntime.open(host, { dir, engine, network });
}
