/**
 * A {@linkcode Rig} whose agent dies where a test wants it to (see `mortal_agent.ts`).
 *
 * @module
 */
import { join } from "node:path";
import { build, RUNTIME_FLAGS } from "../../tools/build.ts";
import { Rig } from "../e2e/rig.ts";
import { runCommand, startProgram } from "./cluster.ts";
import { ownContainerd } from "./own_containerd.ts";

/** No point has this name. */
const NOWHERE = "nowhere";

/** The cluster with such an agent. */
export class MortalNode implements AsyncDisposable {
  readonly rig: Rig;
  readonly #program: string;
  readonly #folder: string;

  private constructor(rig: Rig, paths: { program: string; folder: string }) {
    this.rig = rig;
    this.#program = paths.program;
    this.#folder = paths.folder;
  }

  /** Opens the rig, then puts this agent in the place of the usual one. */
  static async open(
    options: Parameters<typeof Rig.open>[0],
  ): Promise<MortalNode> {
    const rig = await Rig.open(options);
    try {
      const { wherry } = await build(join(rig.cluster.dir, "mortal"), {
        entry: "tests/support/mortal_agent.ts",
      });
      const folder = join(rig.cluster.dir, "control");
      await Deno.mkdir(folder);
      await rig.agent.stop();
      const node = new MortalNode(rig, { program: wherry, folder });
      await node.start();
      return node;
    } catch (error) {
      await rig[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts the agent, which lives on for now. */
  async start(): Promise<void> {
    const { cluster } = this.rig;
    await this.dieAt(NOWHERE);
    const token = (await cluster.wherry("token", "create")).stdout.trim();
    this.rig.agent = startProgram([
      ...[Deno.execPath(), "run", "-A", "--quiet", ...RUNTIME_FLAGS],
      ...[this.#program, join(cluster.dir, "agent"), this.#folder],
      ...[cluster.url, token],
    ], { logPath: join(cluster.dir, "agent.log") });
    await this.rig.until("the agent answers", async () => {
      if (this.rig.agent.ended()) throw new Error(await cluster.log("agent"));
      return (await this.rig.agentState())?.proxy !== undefined;
    });
  }

  /** From now on the agent dies at this point; counted anew. */
  async dieAt(point: string): Promise<void> {
    await Deno.remove(join(this.#folder, "points")).catch(() => {});
    // Written whole: the agent reads it at any moment.
    await Deno.writeTextFile(join(this.#folder, "next"), point);
    await Deno.rename(
      join(this.#folder, "next"),
      join(this.#folder, "die-at"),
    );
  }

  /** From now on nothing is counted that was before, and the agent lives on. */
  async observe(what: string): Promise<void> {
    await this.dieAt(`${NOWHERE} ${what}`);
  }

  /** Points that were met since {@linkcode MortalNode.dieAt}. */
  async points(): Promise<string[]> {
    const text = await Deno.readTextFile(join(this.#folder, "points"))
      .catch(() => "");
    return text.split("\n").filter(Boolean);
  }

  /** Sets the agent's wall clock so far off. */
  async setClock(skewMs: number): Promise<void> {
    await Deno.writeTextFile(join(this.#folder, "skew-ms"), String(skewMs));
  }

  /**
   * Waits until it is so. An agent that died meanwhile is started again.
   *
   * @param isSo is told whether it has died
   * @returns whether it died
   */
  async outlive(
    what: string,
    isSo: (died: boolean) => Promise<boolean>,
  ): Promise<boolean> {
    let died = false;
    await this.rig.until(what, async () => {
      if (this.rig.agent.ended()) {
        died = true;
        await this.start();
      }
      return await isSo(died);
    });
    return died;
  }

  /** What containerd has of a pod, its sandbox too: `id state`. */
  async containersOf(uid: string): Promise<string[]> {
    const { socket } = await ownContainerd(
      join(this.rig.cluster.dir, "agent"),
    );
    const ctr = [
      ...["--address", socket, "--namespace", "k8s.io", "containers", "list"],
      ...["--quiet", `labels."io.kubernetes.pod.uid"==${uid}`],
    ];
    const { code, stdout, stderr } = await runCommand("ctr", ctr);
    if (code !== 0) throw new Error(stderr);
    return stdout.split("\n").filter(Boolean);
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dieAt(NOWHERE);
    await this.rig[Symbol.asyncDispose]();
  }
}
