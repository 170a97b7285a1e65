/**
 * Stands where an engine was and is not now: it was removed, or replaced by one that cannot be used, while no agent was there.
 *
 * What it started goes on, supervised as before: such a pod is not to be taken for one that is gone. Nothing new is started, and who asks is told why.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import type { PodNetwork } from "../../network/pod_network.ts";
import { RuntimeError } from "../runtime.ts";
import type { Engine } from "./engine.ts";
import { ProcessRuntime } from "./process_runtime.ts";

/** An engine that runs nothing. */
export class AbsentEngine implements Engine {
  readonly name: string;
  readonly #why: string;

  /** @param why it cannot be used, for whoever asks */
  constructor(name: string, why: string) {
    this.name = name;
    this.#why = why;
  }

  status(): ReturnType<Engine["status"]> {
    return Promise.resolve({ ready: false, version: "", message: this.#why });
  }

  imageStatus(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  pullImage(): Promise<never> {
    return Promise.reject(new RuntimeError("ErrImagePull", this.#why));
  }

  listImages(): Promise<never[]> {
    return Promise.resolve([]);
  }

  launch(): Promise<never> {
    return Promise.reject(new RuntimeError("CreateContainerError", this.#why));
  }

  /** All of it is needed again when the engine is back. */
  removeUnused(): Promise<void> {
    return Promise.resolve();
  }
}

/** The runtime of an engine that is away, where an earlier agent has had it; undefined where there never was one. */
export async function openAbsentRuntime(
  host: Host,
  options: {
    /** The engine's. */
    readonly name: string;
    /** Why it cannot be used. */
    readonly why: string;
    /** The agent's data folder. */
    readonly dataDir: string;
    readonly network: PodNetwork;
  },
): Promise<ProcessRuntime | undefined> {
  const { name, why, dataDir, network } = options;
  const dir = `${dataDir}/${name}`;
  const wasThere = await host.disk.stat(dir).then(() => true, () => false);
  if (!wasThere) return undefined;
  const engine = new AbsentEngine(name, why);
  return await ProcessRuntime.open(host, { dir, engine, network });
}
