/**
 * A node with a neighbour that is asked all the while, and pods that mean harm.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Any } from "../e2e/objects.ts";
import { isReady, Rig, type RigOptions } from "../e2e/rig.ts";
import { Neighbour } from "./neighbour.ts";

/** What each hostile guest may have. */
const LIMITS = { memory: "64Mi", cpu: "500m" };

/** The node. Disposing stops everything. */
export class HostileBench implements AsyncDisposable {
  readonly rig: Rig;
  readonly neighbour: Neighbour;
  /** For modules, volumes and what must not be reached. */
  readonly folder: string;
  readonly #t: Deno.TestContext;

  private constructor(t: Deno.TestContext, rig: Rig, neighbour: Neighbour) {
    this.#t = t;
    this.rig = rig;
    this.neighbour = neighbour;
    this.folder = join(rig.cluster.dir, "hostile");
  }

  /** Starts a cluster and the neighbour. */
  static async open(
    t: Deno.TestContext,
    options: RigOptions = {},
  ): Promise<HostileBench> {
    const rig = await Rig.open(options);
    try {
      const bench = new HostileBench(t, rig, await Neighbour.open(rig));
      await Deno.mkdir(bench.folder);
      return bench;
    } catch (error) {
      await rig[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One named thing that a guest does, after which all is well: see {@linkcode Neighbour.step}. */
  step(name: string, work: () => Promise<void>): Promise<void> {
    return this.neighbour.step(this.#t, name, work);
  }

  /** A file; answers it as an image. */
  async file(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.folder, name);
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else await Deno.writeFile(path, content);
    return `file://${path}`;
  }

  /** A pod of one container that runs once, within limits. */
  async run(
    name: string,
    container: Any,
    more: { readonly spec?: Any; readonly annotations?: Any } = {},
  ): Promise<void> {
    await this.rig.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name,
        labels: { name },
        ...more.annotations && { annotations: more.annotations },
      },
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 1,
        runtimeClassName: "wasmtime",
        ...more.spec,
        containers: [{
          name: "main",
          resources: { limits: LIMITS },
          terminationMessagePolicy: "FallbackToLogsOnError",
          ...container,
        }],
      },
    });
  }

  /** How the pod's container is. */
  async state(name: string): Promise<Any> {
    const { status } = await this.rig.get("pods", name);
    return status?.containerStatuses?.[0]?.state ?? {};
  }

  /** Waits for the container's end; answers how it ended. */
  async end(name: string): Promise<Any> {
    let ended: Any;
    await this.rig.until(`${name} ends`, async () => {
      ended = (await this.state(name)).terminated;
      return ended !== undefined;
    });
    return ended;
  }

  /** Waits for the container's end, of which it is told why in these words. */
  async endsWith(name: string, words: RegExp): Promise<Any> {
    let ended: Any;
    await this.rig.until(`${name} ends with ${words}`, async () => {
      ended = (await this.state(name)).terminated;
      return words.test(ended?.message ?? "");
    });
    return ended;
  }

  /** Waits until the pod is Ready. */
  async running(name: string): Promise<void> {
    await this.rig.until(
      `${name} runs`,
      async () => isReady(await this.rig.get("pods", name)),
    );
  }

  /** What the container has printed. */
  log(name: string): Promise<string> {
    return this.rig.text(`/api/v1/namespaces/default/pods/${name}/log`);
  }

  /** Waits until the container has printed something. */
  async prints(name: string, words: RegExp): Promise<string> {
    let text = "";
    await this.rig.until(`${name} prints ${words}`, async () => {
      const answer = await this.rig.ask(
        "GET",
        `/api/v1/namespaces/default/pods/${name}/log`,
      );
      text = await answer.text();
      return words.test(text);
    });
    return text;
  }

  /** Ends the pod, whatever it does, and waits until it is gone. */
  async remove(name: string): Promise<void> {
    await this.rig.call("DELETE", `/api/v1/namespaces/default/pods/${name}`);
    await this.rig.until(
      `${name} is gone`,
      async () => (await this.rig.get("pods", name)).reason === "NotFound",
    );
  }

  /** Waits until the container is refused; the pod's events say why too. Answers the reason's words. */
  async refusal(name: string): Promise<string> {
    let message = "";
    await this.rig.until(`${name} is refused`, async () => {
      const { waiting } = await this.state(name);
      message = waiting?.message ?? "";
      return [
        "ErrImagePull",
        "ImagePullBackOff",
        "CreateContainerError",
        "CreateContainerConfigError",
      ].includes(waiting?.reason);
    });
    let told: readonly string[] = [];
    await this.rig.until(`${name}'s events say why`, async () => {
      told = (await this.rig.list("events"))
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ message }) => message);
      return told.some((text) =>
        text.startsWith("Error:") || text.startsWith("Failed")
      );
    });
    await this.remove(name);
    return [message, ...told].join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.neighbour[Symbol.asyncDispose]();
    await this.rig[Symbol.asyncDispose]();
  }
}

/** The sum of the sizes of all files below a folder. */
export async function bytesBelow(path: string): Promise<number> {
  const { stdout } = await new Deno.Command("du", { args: ["-sb", path] })
    .output();
  const text = new TextDecoder().decode(stdout);
  assert.match(text, /^\d+/);
  return parseInt(text);
}
