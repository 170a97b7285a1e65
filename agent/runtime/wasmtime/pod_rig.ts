/**
 * A pod with one container on a {@linkcode WasmtimeRig}, for tests.
 *
 * @module
 */
import assert from "node:assert/strict";
import { plainContainer } from "../../testing/plain_container.ts";
import { testWith } from "../../../src/testing/needs.ts";
import type { ProcessRuntime } from "../process/process_runtime.ts";
import type {
  ContainerConfig,
  ContainerStatus,
  SandboxConfig,
} from "../runtime.ts";
import { guestImage, WasmtimeRig } from "./wasmtime_rig.ts";

/** A time in milliseconds that no test lasts, as a guest's argument. */
export const LONG = "600000";

/** One pod's container on a rig. */
export class Pod {
  readonly rig: WasmtimeRig;
  runtime: ProcessRuntime;
  sandboxId = "";
  id = "";

  constructor(rig: WasmtimeRig, runtime: ProcessRuntime) {
    this.rig = rig;
    this.runtime = runtime;
  }

  /** Starts the exerciser (or another image) with these arguments in a sandbox of its own. */
  async run(
    args: string[],
    more: Partial<ContainerConfig> = {},
    sandboxMore: Partial<SandboxConfig> = {},
  ): Promise<void> {
    const config = {
      name: "web",
      namespace: "default",
      uid: "uid",
      attempt: 0,
      hostname: "web",
      labels: {},
      annotations: {},
      logDirectory: `${this.rig.folder}/logs/web`,
      hostNetwork: false,
      ...sandboxMore,
    };
    const image = more.image ?? guestImage("exerciser");
    const { imageRef } = await this.runtime.pullImage(image, {
      signal: AbortSignal.timeout(60_000),
    });
    const sandbox = await this.runtime.runSandbox(config);
    this.sandboxId = sandbox.id;
    this.id = await this.runtime.createContainer(
      { id: sandbox.id, config },
      plainContainer({ image, imageRef, args, ...more }),
    );
    await this.runtime.startContainer(this.id);
  }

  /** The container's status. */
  async status(): Promise<ContainerStatus> {
    const status = await this.runtime.containerStatus(this.id);
    assert.ok(status);
    return status;
  }

  /** Its status once it has ended. */
  async ended(): Promise<ContainerStatus> {
    await until(async () => (await this.status()).state === "exited");
    return await this.status();
  }

  /** Its output. */
  async lines(): Promise<string[]> {
    const entries = await Array.fromAsync(
      this.runtime.logs(this.id, {
        follow: false,
        signal: AbortSignal.timeout(60_000),
      }),
    );
    return entries.map(({ line }) => new TextDecoder().decode(line));
  }

  /** The file that the supervisor writes. */
  get statePath(): string {
    return `${this.rig.folder}/wasmtime/containers/${this.id}/state`;
  }

  /** The words of the state file: `running`, boot id, time, process, its start, supervisor, its start. */
  async state(): Promise<string[]> {
    return (await Deno.readTextFile(this.statePath)).trim().split(/ +/);
  }

  /** Goes on as the next agent. */
  async reopen(): Promise<void> {
    await this.runtime[Symbol.asyncDispose]();
    this.runtime = await this.rig.open();
  }
}

/** Waits until something holds. */
export async function until(
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  for (let i = 0; i < 1_500 && !await holds(); i++) await sleep(20);
  assert.ok(await holds(), "It did not happen in 30 seconds");
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Registers a test with a pod on a rig of its own. */
export function podTest(
  name: string,
  fn: (pod: Pod) => Promise<void>,
  needs: readonly ("root" | "linux")[] = ["linux"],
): void {
  testWith(name, {
    needs: [...needs, "wasmtime"],
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using rig = await WasmtimeRig.make();
      const pod = new Pod(rig, await rig.open());
      try {
        await fn(pod);
      } finally {
        await pod.runtime[Symbol.asyncDispose]();
      }
    },
  });
}

/** Whether there is such a file. */
export function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
