/**
 * containerd is killed and comes back: containers go on, are taken over and are not started again.
 */
import assert from "node:assert/strict";
import { ContainerdRig } from "../../src/testing/containerd_rig.ts";
import { testWith } from "../../src/testing/needs.ts";
import { killAll, processes } from "../e2e/processes.ts";
import { isReady, Rig } from "../e2e/rig.ts";
import { ownContainerd } from "../support/own_containerd.ts";
import {
  identity,
  remove,
  steadyPod,
  worksAgain,
} from "../support/steady_pod.ts";

/** Whether pods of containers are sent to the node: it is Ready without them, for WASM. */
async function takesContainers(rig: Rig): Promise<boolean> {
  const { metadata } = await rig.call("GET", "/api/v1/nodes/n1");
  return "wherry.dev/runtime-containerd" in metadata.labels;
}

testWith("our own containerd is killed and comes back", {
  needs: ["root", "containerd", "wasmtime"],
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    await rig.create(steadyPod(rig, "steady"));
    await rig.ready("name=steady", 1);
    const before = await identity(rig, "steady");
    const agentDir = rig.agentFolder;
    const kill = async () => {
      const { pid } = await ownContainerd(agentDir);
      await killAll([pid]);
      return pid;
    };

    await t.step("by the agent at once", async () => {
      const pid = await kill();
      await rig.until(
        "there is another",
        async () => (await ownContainerd(agentDir)).pid !== pid,
      );
      await worksAgain(rig, { inPod: "steady", next: "next" });
      assert.deepEqual(await identity(rig, "steady"), before);
    });

    await t.step("by the next agent when both were killed", async () => {
      await rig.agent.stop("SIGKILL");
      await kill();
      await rig.startAgent();
      await worksAgain(rig, { inPod: "steady", next: "another" });
      assert.deepEqual(await identity(rig, "steady"), before);
    });

    await t.step("an end in between is told with its code", async () => {
      await rig.agent.stop("SIGKILL");
      await kill();
      const [sleeping] = (await processes())
        .filter(({ command }) => command === "sleep\x00366\0");
      Deno.kill(sleeping!.parent, "SIGTERM"); // its shell exits
      await rig.startAgent();
      await rig.until("it runs again", async () => {
        const pod = await rig.get("pods", "steady");
        return isReady(pod) && pod.status.containerStatuses[0].restartCount > 0;
      });
      const { status } = await rig.get("pods", "steady");
      const [{ restartCount, lastState }] = status.containerStatuses;
      assert.equal(restartCount, 1);
      assert.deepEqual(
        [lastState.terminated.containerID, lastState.terminated.exitCode],
        [before.id, 143],
      );
      const { starts } = await identity(rig, "steady");
      assert.equal(starts, "started\n".repeat(2));
    });
    await remove(rig, "steady");
  },
});

testWith("somebody else's containerd is killed and comes back", {
  needs: ["root", "containerd", "wasmtime"],
  fn: async () => {
    await using theirs = await ContainerdRig.open({ here: true });
    await using rig = await Rig.open({
      agentArgs: [
        "--container-runtime-endpoint",
        `unix://${theirs.own.socket}`,
      ],
    });
    await rig.create(steadyPod(rig, "steady"));
    await rig.ready("name=steady", 1);
    const before = await identity(rig, "steady");
    for (const next of ["next", "another"]) {
      // Let go of it first: it would bring its containerd back by itself.
      const pid = await theirs.own.pid();
      await theirs.own[Symbol.asyncDispose]();
      await killAll([pid!]);
      await rig.until(
        "the node says so",
        async () => !await takesContainers(rig),
      );
      assert.equal(
        (await rig.get("pods", "steady")).status.containerStatuses[0]
          .restartCount,
        0,
      );
      await theirs.connect();
      await rig.until("the node says so", () => takesContainers(rig));
      await worksAgain(rig, { inPod: "steady", next });
      assert.deepEqual(await identity(rig, "steady"), before);
    }
    await remove(rig, "steady");
  },
});
