/**
 * The agent's clock is set on and back by a year while pods run. (`agent/pod/clock_jump_test.ts` has back-offs, deadlines and graces, in virtual time.)
 */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import type { Any } from "../e2e/objects.ts";
import { MortalNode } from "../support/mortal_node.ts";
import {
  identity,
  remove,
  steadyPod,
  worksAgain,
} from "../support/steady_pod.ts";

const YEAR_MS = 365 * 24 * 3_600_000;

testWith("a clock that jumps by a year disturbs no pod and hinders none", {
  needs: ["root", "containerd", "wasmtime"],
  fn: async (t) => {
    await using node = await MortalNode.open({ images: ["busybox"] });
    const { rig } = node;
    await rig.create(steadyPod(rig, "steady", {
      container: {
        readinessProbe: { exec: { command: ["true"] }, periodSeconds: 1 },
      },
    }));
    await rig.ready("name=steady", 1);
    const before = await identity(rig, "steady");
    const check = async (next: string) => {
      await worksAgain(rig, { inPod: "steady", next });
      assert.deepEqual(await identity(rig, "steady"), before);
      const { status } = await rig.call("GET", "/api/v1/nodes/n1");
      const ready = status.conditions.find(({ type }: Any) => type === "Ready");
      assert.equal(ready.status, "True");
    };
    const jumps = { on: YEAR_MS, back: -YEAR_MS, right: 0 };
    for (const [way, skewMs] of Object.entries(jumps)) {
      await t.step(`${way}: under the running agent`, async () => {
        await node.setClock(skewMs);
        await check(`${way}-1`);
      });
      await t.step(`${way}: for the next agent`, async () => {
        await rig.agent.stop("SIGKILL");
        await node.start();
        await check(`${way}-2`);
      });
    }
    await remove(rig, "steady");
  },
});
