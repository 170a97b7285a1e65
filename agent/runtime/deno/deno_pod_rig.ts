/**
 * A pod with one container on a {@linkcode DenoRig}, for tests.
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
import { DenoRig } from "./deno_rig.ts";

/** One pod's container on a rig. */
export class DenoPod {
  readonly rig: DenoRig;
  readonly runtime: ProcessRuntime;
  sandboxId = "";
  id = "";

  constructor(rig: DenoRig, runtime: ProcessRuntime) {
    this.rig = rig;
    this.runtime = runtime;
  }

  /** Starts a bundle with this text, or the exerciser with these arguments, in a sandbox of its own. */
  async run(
    guest: string | readonly string[],
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
    const image = typeof guest === "string"
      ? await this.rig.image("guest.mjs", guest)
      : "file:exerciser.mjs";
    const { imageRef } = await this.runtime.pullImage(image, {
      signal: AbortSignal.timeout(60_000),
    });
    const sandbox = await this.runtime.runSandbox(config);
    this.sandboxId = sandbox.id;
    this.id = await this.runtime.createContainer(
      { id: sandbox.id, config },
      plainContainer({
        image,
        imageRef,
        args: typeof guest === "string" ? [] : guest,
        ...more,
      }),
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
    for (let i = 0; i < 1_500; i++) {
      if ((await this.status()).state === "exited") break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const status = await this.status();
    assert.equal(status.state, "exited");
    return status;
  }

  /** Its output once it has ended. */
  async output(): Promise<string[]> {
    await this.ended();
    const entries = await Array.fromAsync(
      this.runtime.logs(this.id, {
        follow: false,
        signal: AbortSignal.timeout(60_000),
      }),
    );
    return entries.map(({ line }) => new TextDecoder().decode(line));
  }
}

/** Registers a test with a pod on a rig of its own. */
export function denoTest(
  name: string,
  fn: (pod: DenoPod) => Promise<void>,
  needs: readonly ("root" | "linux")[] = ["linux"],
): void {
  testWith(name, {
    needs,
    // A watch of the disk or a child process that ends belongs to the rig and is gone with it.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using rig = await DenoRig.make();
      const pod = new DenoPod(rig, await rig.open());
      try {
        await fn(pod);
      } finally {
        await pod.runtime[Symbol.asyncDispose]();
      }
    },
  });
}
