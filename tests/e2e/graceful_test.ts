/**
 * Pods go while clients use the service: no request is lost.
 */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import {
  type Any,
  containerDeployment,
  service,
  wasmDeployment,
  wasmPod,
} from "./objects.ts";
import { HAS_CONTAINERS, Rig } from "./rig.ts";
import { get, podOf, Traffic } from "./traffic.ts";

const ENGINES = HAS_CONTAINERS ? ["wasm", "box"] : ["wasm"];

testWith(
  "pods that are deleted, scaled down and replaced under load lose no request",
  {
    needs: ["wasmtime", "linux"],
    fn: async (t) => {
      await using rig = await Rig.open({
        images: HAS_CONTAINERS ? ["http-echo"] : [],
      });
      await rig.create(service("hello"), wasmDeployment("wasm", 3));
      if (HAS_CONTAINERS) await rig.create(containerDeployment("box", 2));
      const all = HAS_CONTAINERS ? 5 : 3;
      await rig.ready("app=hello", all, "hello");
      const address = await rig.address("hello");
      const replicas: Record<string, number> = { wasm: 3, box: 2 };

      for (const engine of ENGINES) {
        const of = `deployment=${engine}`;
        const underLoad = async (what: string, work: () => Promise<void>) => {
          await t.step(`${engine}: ${what}`, async () => {
            await using traffic = new Traffic(address);
            await traffic.more(100);
            await work();
            await rig.ready("app=hello", all, "hello");
            await traffic.more(100);
            assert.deepEqual((await traffic.stop()).failures, []);
          });
        };
        await underLoad("delete", async () => {
          const [pod] = await rig.list("pods", of);
          await rig.cluster.wherry("delete", "pod", pod.metadata.name);
          const pods = await rig.list("pods", of);
          assert.ok(
            !pods.some(({ metadata }) => metadata.uid === pod.metadata.uid),
          );
        });
        await underLoad("scale down and up", async () => {
          const scale = (count: number) =>
            rig.patch("deployments", engine, { spec: { replicas: count } });
          await scale(1);
          await rig.ready(of, 1);
          await scale(replicas[engine]!);
        });
        await underLoad("rolling update", async () => {
          const before = await rig.list("pods", of);
          await rig.patch("deployments", engine, {
            spec: { template: { metadata: { annotations: { version: "2" } } } },
          });
          await rig.until("all pods are new", async () => {
            const uids = before.map(({ metadata }) => metadata.uid);
            return (await rig.list("pods", of)).every(({ metadata }) =>
              !uids.includes(metadata.uid)
            );
          });
        });
      }
    },
  },
);

testWith("a running request ends before its pod does", {
  needs: ["wasmtime", "linux"],
  fn: async (t) => {
    await using rig = await Rig.open({
      images: HAS_CONTAINERS ? ["http-echo"] : [],
    });
    await rig.create(service("hello"), wasmDeployment("wasm", 1));
    if (HAS_CONTAINERS) await rig.create(containerDeployment("box", 1));
    await rig.ready("app=hello", ENGINES.length, "hello");
    const address = await rig.address("hello");
    for (const engine of ENGINES) {
      await t.step(engine, async () => {
        const [pod] = await rig.list("pods", `deployment=${engine}`);
        const path = engine === "wasm" ? "/sleep/2000" : "/cgi-bin/sleep?2000";
        let open = ENGINES.length;
        const requests = ENGINES.map(() =>
          get(address, path).catch(String).finally(() => open--)
        );
        // The other engine's pod does not know the path.
        await rig.until("the slow request alone is under way", async () => {
          const { proxy } = await rig.agentState();
          return open === 1 &&
            proxy.ports.some(({ name, connections }: Any) =>
              name.startsWith("default/hello") && connections === 1
            );
        });
        await rig.cluster.wherry("delete", "pod", pod.metadata.name);
        const answers = await Promise.all(requests);
        assert.ok(answers.map(podOf).includes(pod.metadata.name), `${answers}`);
        await rig.ready("app=hello", ENGINES.length, "hello");
      });
    }
  },
});

testWith("grace periods are kept and shortened as asked", {
  needs: ["wasmtime", "linux", "kubectl"],
  fn: async (t) => {
    await using rig = await Rig.open();
    // It does not heed TERM: without KILL it would go on for an hour.
    const stubborn = (name: string) =>
      wasmPod(name, ["spin"], { terminationGracePeriodSeconds: 3600 });
    const running = async (name: string) => {
      await rig.create(stubborn(name));
      await rig.until(
        `${name} runs`,
        async () => (await rig.get("pods", name)).status.phase === "Running",
      );
    };
    const gone = (name: string) =>
      rig.until(
        `${name} is gone`,
        async () => (await rig.get("pods", name)).code === 404,
      );
    const nothingRuns = (name: string) =>
      rig.until(`nothing of ${name} runs`, async () => {
        const { pods } = await rig.agentState();
        return !JSON.stringify(pods).includes(`default/${name}`);
      });

    await t.step("--grace-period=1", async () => {
      await running("one");
      const { code, stderr } = await rig.cluster.kubectl(
        ..."delete pod one --grace-period=1".split(" "),
      );
      assert.equal(code, 0, stderr);
      await gone("one");
      await nothingRuns("one");
    });
    await t.step("--force --grace-period=0", async () => {
      await running("two");
      const { code, stderr } = await rig.cluster.kubectl(
        ..."delete pod two --force --grace-period=0".split(" "),
      );
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Immediate deletion does not wait/);
      await gone("two");
      await nothingRuns("two");
    });
    await t.step("a shorter grace period while it terminates", async () => {
      await running("three");
      await rig.cluster.kubectl(
        ..."delete pod three --wait=false".split(" "),
      );
      await rig.until("it is terminating", async () => {
        const { metadata } = await rig.get("pods", "three");
        return metadata.deletionGracePeriodSeconds === 3600;
      });
      await rig.cluster.kubectl(
        ..."delete pod three --grace-period=1".split(" "),
      );
      await gone("three");
      await nothingRuns("three");
    });
  },
});
