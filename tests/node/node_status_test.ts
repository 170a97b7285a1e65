/** What a node tells of itself, who must leave it, and how it goes down. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Any } from "../e2e/objects.ts";
import { milliUnits, wholeUnits } from "../../src/api/quantity.ts";
import { testWith } from "../../src/testing/needs.ts";
import { isReady, Rig } from "../e2e/rig.ts";
import { groupFile, shellPod } from "./config_pods.ts";

const MIB = 1024 ** 2;

/** The node as the API has it. */
const node = (rig: Rig): Promise<Any> => rig.call("GET", "/api/v1/nodes/n1");

/** Reasons of the events about the node. */
async function nodeReasons(rig: Rig): Promise<string[]> {
  return (await rig.list("events"))
    .filter(({ involvedObject }) => involvedObject.kind === "Node")
    .map(({ reason }) => reason);
}

/** A `systemctl` before the machine's own that says that it goes down. */
async function stoppingMachine(): Promise<Disposable> {
  const folder = await Deno.makeTempDir({ prefix: "wherry-systemctl-" });
  const program = join(folder, "systemctl");
  await Deno.writeTextFile(program, "#!/bin/sh\necho stopping\nexit 1\n");
  await Deno.chmod(program, 0o755);
  const path = Deno.env.get("PATH") ?? "";
  Deno.env.set("PATH", `${folder}:${path}`);
  return {
    [Symbol.dispose]: () => {
      Deno.env.set("PATH", path);
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

function patient(name: string, seconds?: number): Any {
  return shellPod(name, {
    spec: {
      tolerations: [{
        key: "fire",
        operator: "Exists",
        effect: "NoExecute",
        ...seconds !== undefined && { tolerationSeconds: seconds },
      }],
    },
  });
}

testWith(
  "a node tells what it is and keeps what is reserved; taints send pods away; it goes down in order",
  {
    needs: ["root", "containerd", "kubectl"],
    fn: async (t) => {
      using _systemctl = await stoppingMachine();
      await using rig = await Rig.open({
        images: ["busybox"],
        agentArgs: [
          ...["--system-reserved", "cpu=100m,memory=64Mi"],
          ...["--kube-reserved", "memory=64Mi,ephemeral-storage=1Mi"],
          ...["--eviction-hard", "memory.available<128Mi"],
          ...["--register-with-taints", "example.org/new=yes:PreferNoSchedule"],
          ...["--node-labels", "room=kitchen"],
          ...["--shutdown-grace-period", "20s"],
          ...["--shutdown-grace-period-critical-pods", "10s"],
        ],
      });

      await t.step("status, labels, taints", async () => {
        const { metadata, spec, status } = await node(rig);
        assert.equal(metadata.labels.room, "kitchen");
        assert.deepEqual(spec.taints.map(({ key }: Any) => key), [
          "example.org/new",
        ]);
        const { capacity, allocatable, nodeInfo } = status;
        assert.equal(
          wholeUnits(capacity.memory) - wholeUnits(allocatable.memory),
          256 * MIB,
        );
        assert.equal(
          milliUnits(capacity.cpu) - milliUnits(allocatable.cpu),
          100,
        );
        assert.match(nodeInfo.bootID, /^[0-9a-f-]{36}$/);
        assert.match(nodeInfo.containerRuntimeVersion, /^containerd:\/\/\d/);
        assert.match(nodeInfo.kubeletVersion, /^v1\.36\./);
        assert.deepEqual(
          status.conditions.map(({ type, status, reason }: Any) =>
            `${type} ${status} ${reason}`
          ),
          [
            "MemoryPressure False KubeletHasSufficientMemory",
            "DiskPressure False KubeletHasNoDiskPressure",
            "PIDPressure False KubeletHasSufficientPID",
            "Ready True KubeletReady",
          ],
        );
      });

      await t.step("events in kubelet's words", async () => {
        const wanted = [
          "Starting",
          "NodeHasSufficientMemory",
          "NodeHasNoDiskPressure",
          "NodeHasSufficientPID",
          "NodeReady",
        ];
        await rig.until("the events are written", async () => {
          const reasons = await nodeReasons(rig);
          return wanted.every((reason) => reasons.includes(reason));
        });
        const { stdout } = await rig.cluster.wherry("describe", "node", "n1");
        assert.match(stdout, /Starting kubelet\./);
      });

      await t.step("the status follows the images on the node", async () => {
        await rig.until("the image is told", async () => {
          const { status } = await node(rig);
          return status.images.some(({ names }: Any) =>
            names.some((name: string) => name.includes("busybox"))
          );
        });
      });

      await t.step(
        "NoExecute sends pods away: at once, later, never",
        async () => {
          await rig.create(
            shellPod("leaves"),
            patient("later", 2),
            patient("stays"),
          );
          await rig.until("they run", async () => {
            const pods = await rig.list("pods");
            return pods.length === 3 && pods.every(isReady);
          });
          const { code, stderr } = await rig.cluster.kubectl(
            ...["taint", "nodes", "n1", "fire=here:NoExecute"],
          );
          assert.equal(code, 0, stderr);
          await rig.until("only one stays", async () => {
            const pods = await rig.list("pods");
            return pods.length === 1 && pods[0].metadata.name === "stays";
          });
          for (const name of ["leaves", "later"]) {
            assert.ok(
              (await rig.reasons(name)).includes("TaintManagerEviction"),
            );
          }
          await rig.cluster.kubectl("taint", "nodes", "n1", "fire-");
          assert.ok(isReady(await rig.get("pods", "stays")));
        },
      );

      await t.step("all pods together are kept to what is left", async () => {
        const { status } = await node(rig);
        const limit = groupFile("/kubepods", {
          v1: "memory.limit_in_bytes",
          v2: "memory.max",
        });
        // Thresholds are no part of it: they are there to be acted upon before.
        assert.equal(
          limit,
          String(wholeUnits(status.capacity.memory) - 128 * MIB),
        );
        await rig.until(
          "the event is written",
          async () =>
            (await nodeReasons(rig)).includes("NodeAllocatableEnforced"),
        );
      });

      await t.step("nothing is written without a change", async () => {
        const { nodeWrites } = await rig.agentState();
        // The Node, its status, its labels, each image, the address range …
        assert.ok(nodeWrites < 12, `${nodeWrites} writes`);
      });

      await t.step(
        "a cordoned node is told of, and takes nothing",
        async () => {
          await rig.cluster.kubectl("cordon", "n1");
          await rig.until(
            "the event is written",
            async () => (await nodeReasons(rig)).includes("NodeNotSchedulable"),
          );
          await rig.create(shellPod("waits"));
          await rig.until(
            "it cannot be scheduled",
            async () =>
              (await rig.reasons("waits")).includes("FailedScheduling"),
          );
          await rig.cluster.kubectl("uncordon", "n1");
          await rig.until(
            "it runs after all",
            async () => isReady(await rig.get("pods", "waits")),
          );
        },
      );

      await t.step(
        "drain takes what has an owner or is forced to",
        async () => {
          const refused = await rig.cluster.kubectl("drain", "n1");
          assert.notEqual(refused.code, 0);
          const { code, stderr } = await rig.cluster.kubectl(
            ...["drain", "n1", "--force", "--ignore-daemonsets"],
          );
          assert.equal(code, 0, stderr);
          assert.deepEqual(await rig.list("pods"), []);
          await rig.cluster.kubectl("uncordon", "n1");
        },
      );

      await t.step(
        "the machine goes down: pods end in order and say why",
        async () => {
          const critical = shellPod("critical", {
            script: "trap 'echo late; exit 0' TERM; touch /tmp/x",
            container: {
              command: [
                ...["sh", "-c"],
                "trap 'exit 0' TERM; while :; do sleep 0.1; done",
              ],
            },
            spec: { priorityClassName: "system-node-critical" },
          });
          await rig.create(shellPod("plain"), critical);
          await rig.until("they run", async () => {
            const pods = await rig.list("pods");
            return pods.length === 2 && pods.every(isReady);
          });
          assert.equal(await rig.agent.stop(), 0);
          const [plain, last] = [
            await rig.get("pods", "plain"),
            await rig.get("pods", "critical"),
          ];
          for (const { status } of [plain, last]) {
            assert.equal(status.phase, "Failed");
            assert.equal(status.reason, "Terminated");
            assert.equal(
              status.message,
              "Pod was terminated in response to imminent node shutdown.",
            );
            const [disruption] = status.conditions.filter(({ type }: Any) =>
              type === "DisruptionTarget"
            );
            assert.equal(disruption.reason, "TerminationByKubelet");
          }
          const ended = ({ status }: Any) =>
            status.containerStatuses[0].state.terminated.finishedAt;
          assert.ok(ended(plain) <= ended(last));
          const { status } = await node(rig);
          const ready = status.conditions.find(({ type }: Any) =>
            type === "Ready"
          );
          assert.equal(ready.status, "False");
          assert.equal(ready.message, "node is shutting down");
          assert.ok((await nodeReasons(rig)).includes("Shutdown"));
          // After the boot the node is there again; what has ended stays so.
          await rig.startAgent();
          await rig.until("the node is Ready", async () => {
            const { status } = await node(rig);
            return status.conditions.some(({ type, status }: Any) =>
              type === "Ready" && status === "True"
            );
          });
          assert.equal((await rig.get("pods", "plain")).status.phase, "Failed");
          await rig.create(shellPod("after"));
          await rig.until(
            "new pods run",
            async () => isReady(await rig.get("pods", "after")),
          );
        },
      );
    },
  },
);
