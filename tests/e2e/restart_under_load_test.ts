/**
 * The agent ends, planned and not, while clients use the service: pods go on and are taken over.
 */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { workloads } from "./processes.ts";
import {
  type Any,
  containerDeployment,
  service,
  wasmDeployment,
} from "./objects.ts";
import { HAS_CONTAINERS, IS_ROOT, Rig } from "./rig.ts";
import { Traffic } from "./traffic.ts";

const PODS = HAS_CONTAINERS ? 5 : 3;

testWith(
  "an agent's restart under load restarts no container and, with nft, fails no request",
  {
    needs: ["wasmtime", "linux"],
    fn: async (t) => {
      await using rig = await Rig.open({
        images: HAS_CONTAINERS ? ["http-echo"] : [],
      });
      await rig.create(service("hello"), wasmDeployment("wasm", 3));
      if (HAS_CONTAINERS) await rig.create(containerDeployment("box", 2));
      await rig.ready("app=hello", PODS, "hello");
      const address = await rig.address("hello");
      const before = await identities(rig);

      await t.step("planned", async () => {
        await using traffic = new Traffic(address);
        await traffic.more(200);
        assert.equal(await rig.agent.stop(), 0);
        if (IS_ROOT) await traffic.more(200); // nobody but the kernel now
        await rig.startAgent();
        await traffic.more(200);
        const { failures, pods } = await traffic.stop();
        if (IS_ROOT) assert.deepEqual(failures, []);
        assert.equal(pods.size, PODS);
        assert.deepEqual(await identities(rig), before);
      });

      await t.step("killed", async () => {
        await rig.agent.stop("SIGKILL");
        await rig.startAgent();
        await using traffic = new Traffic(address);
        await traffic.more(200);
        const { failures, pods } = await traffic.stop();
        assert.deepEqual(failures, []);
        assert.equal(pods.size, PODS);
        assert.deepEqual(await identities(rig), before);
      });

      await t.step(
        "a container that ends while no agent is there is started again by the next",
        async () => {
          await rig.agent.stop("SIGKILL");
          const [victim] = [...before.keys()];
          Deno.kill(before.get(victim!)!.pids[0]!, "SIGKILL");
          await rig.startAgent();
          await rig.until("the container is back", async () => {
            const { status } = await rig.get("pods", victim!);
            const [container] = status.containerStatuses;
            return container.restartCount === 1 && container.ready;
          });
          const { status } = await rig.get("pods", victim!);
          const [{ lastState }] = status.containerStatuses;
          assert.equal(lastState.terminated.exitCode, 137);
          const now = await identities(rig);
          for (const [name, identity] of before) {
            if (name !== victim) assert.deepEqual(now.get(name), identity);
          }
        },
      );
    },
  },
);

interface Identity {
  readonly restarts: number;
  readonly id: string;
  readonly pids: readonly number[];
  readonly ready: boolean;
  readonly ip: string;
}

/** What must stay the same of each pod. */
async function identities(rig: Rig): Promise<Map<string, Identity>> {
  const pods = await rig.list("pods", "app=hello");
  const pids = await workloads(pods.map(({ metadata }) => metadata.name));
  return new Map(
    pods.map(({ metadata, status }: Any) => {
      const [container] = status.containerStatuses;
      return [metadata.name, {
        restarts: container.restartCount,
        id: container.containerID,
        ready: container.ready,
        ip: status.podIP,
        pids: pids.get(metadata.name) ?? [],
      }];
    }),
  );
}
