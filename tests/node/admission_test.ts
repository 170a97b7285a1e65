/** Pods that the node itself refuses: they came without the scheduler. */
import assert from "node:assert/strict";
import type { Any } from "../e2e/objects.ts";
import { HAS_CONTAINERS, Rig } from "../e2e/rig.ts";
import { eventsOf, gone, shellPod } from "./config_pods.ts";

/** A pod that names its node: nobody else looks whether it fits. */
function pinned(name: string, container: Any = {}, spec: Any = {}): Any {
  return shellPod(name, { container, spec: { nodeName: "n1", ...spec } });
}

Deno.test({
  name: "a node refuses pods that do not fit it, once and for all",
  ignore: !HAS_CONTAINERS,
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const running = (name: string) =>
      rig.until(
        `${name} runs`,
        async () => (await rig.get("pods", name)).status.phase === "Running",
      );
    const refusal = async (pod: Any): Promise<string> => {
      const { name } = pod.metadata;
      await rig.create(pod);
      await rig.until(
        `${name} is refused`,
        async () => (await rig.get("pods", name)).status.phase === "Failed",
      );
      const { status } = await rig.get("pods", name);
      const message = status.message.replace(/^Pod was rejected: /, "");
      assert.notEqual(message, status.message);
      await rig.until(
        `${name} has its event`,
        async () =>
          (await eventsOf(rig, name)).includes(`${status.reason}: ${message}`),
      );
      assert.equal(status.containerStatuses, undefined);
      return `${status.reason}: ${message}`;
    };
    const cpus = navigator.hardwareConcurrency;

    await t.step("room", async () => {
      assert.equal(
        await refusal(pinned("large", {
          resources: { requests: { cpu: String(cpus + 1) } },
        })),
        `OutOfcpu: Node didn't have enough resource: cpu, requested: ${
          (cpus + 1) * 1000
        }, used: 0, capacity: ${cpus * 1000}`,
      );
    });

    await t.step("labels", async () => {
      assert.equal(
        await refusal(pinned("elsewhere", {}, { nodeSelector: { zone: "b" } })),
        "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
      );
      // The node's label and the pod come on different ways: the pod may be first.
      await rig.call("PATCH", "/api/v1/nodes/n1", {
        metadata: { labels: { zone: "c" } },
      });
      await rig.create(pinned("here", {}, { nodeSelector: { zone: "c" } }));
      await running("here");
    });

    const port = (name: string) =>
      pinned(name, { ports: [{ containerPort: 80, hostPort: 8765 }] });
    await t.step("ports, until they are free again", async () => {
      await rig.create(port("first"));
      await running("first");
      const clash =
        "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
      assert.equal(await refusal(port("second")), clash);
      await gone(rig, "first");
      await rig.create(port("third"));
      await running("third");
    });

    await t.step("another system", async () => {
      assert.equal(
        await refusal(pinned("windows", {}, { os: { name: "windows" } })),
        "PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS",
      );
    });

    await t.step("an agent that starts anew asks nobody again", async () => {
      await rig.call("PATCH", "/api/v1/nodes/n1", {
        metadata: { labels: { zone: null } },
      });
      const before = (await rig.get("pods", "here")).status;
      await rig.agent.stop("SIGKILL");
      await rig.startAgent();
      await rig.create(pinned("later"));
      await running("later");
      const { status } = await rig.get("pods", "here");
      assert.equal(status.phase, "Running");
      assert.equal(
        status.containerStatuses[0].containerID,
        before.containerStatuses[0].containerID,
      );
      const { status: refused } = await rig.get("pods", "second");
      assert.equal(refused.reason, "NodePorts");
      assert.equal(refused.containerStatuses, undefined);
    });

    await t.step("a critical pod pushes others away", async () => {
      const request = `${cpus * 1000 - 100}m`;
      const resources = { requests: { cpu: request } };
      await rig.create(pinned("victim", { resources }));
      await running("victim");
      await rig.create(
        pinned("critical", { resources }, {
          priorityClassName: "system-node-critical",
        }),
      );
      await running("critical");
      const { status } = await rig.get("pods", "victim");
      assert.equal(status.phase, "Failed");
      assert.equal(status.reason, "Preempting");
      assert.equal(status.message, "Preempted in order to admit critical pod");
    });
  },
});
