/**
 * An agent that finds its engine gone: pods that run go on, and are the same pods when the engine is back.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { wasmPod } from "../e2e/objects.ts";
import { isReady, Rig } from "../e2e/rig.ts";
import { Neighbour } from "../support/neighbour.ts";

testWith(
  "pods go on while an agent starts without their engine, and are taken over when it is back",
  {
    needs: ["root", "wasmtime", "containerd"],
    fn: async (t) => {
      await using rig = await Rig.open();
      await using neighbour = await Neighbour.open(rig);
      const main = async (name: string) =>
        (await rig.get("pods", name)).status.containerStatuses[0];
      const { startedAt } = (await main("neighbour")).state.running;
      const path = Deno.env.get("PATH")!;
      const programs = join(rig.cluster.dir, "programs");
      await linkPrograms(path, programs, "wasmtime");
      try {
        await neighbour.step(t, "without the engine", async () => {
          await rig.create(wasmPod("ends", ["sleep", "4000", "exit", "3"]));
          await rig.ready("name=ends", 1);
          await rig.agent.stop();
          Deno.env.set("PATH", programs);
          await rig.startAgent();
          await rig.until(
            "what ends is not run again, and says why",
            async () => {
              const { state, lastState } = await main("ends");
              return /no wasmtime on PATH/.test(state.waiting?.message ?? "") &&
                lastState.terminated?.exitCode === 3;
            },
          );
          assert.ok(isReady(await rig.get("pods", "neighbour")));
          assert.equal(
            (await main("neighbour")).state.running.startedAt,
            startedAt,
          );
        });
        await neighbour.step(t, "with the engine again", async () => {
          Deno.env.set("PATH", path);
          await rig.agent.stop();
          await rig.startAgent();
          await rig.until(
            "what ended runs again",
            async () => (await main("ends")).restartCount > 0,
          );
          assert.ok(isReady(await rig.get("pods", "neighbour")));
          assert.equal(
            (await main("neighbour")).state.running.startedAt,
            startedAt,
          );
        });
      } finally {
        Deno.env.set("PATH", path);
      }
    },
  },
);

/** A folder with all programs of a PATH but one. */
async function linkPrograms(
  path: string,
  folder: string,
  without: string,
): Promise<void> {
  await Deno.mkdir(folder);
  for (const from of path.split(":")) {
    const entries = await Array.fromAsync(Deno.readDir(from)).catch(() => []);
    for (const { name } of entries) {
      if (name === without) continue;
      // The first of a name is the one that counts.
      await Deno.symlink(join(from, name), join(folder, name)).catch(() => {});
    }
  }
}
