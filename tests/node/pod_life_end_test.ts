/** How pods end on the real containerd: what users see meanwhile, and how long it may take. */
import assert from "node:assert/strict";
import { type Any, service } from "../e2e/objects.ts";
import { HAS_CONTAINERS, Rig } from "../e2e/rig.ts";
import { eventsOf, gone, output, shellPod } from "./config_pods.ts";

/** Ends only by KILL. */
const STUBBORN =
  "trap 'echo told' TERM; echo done; while true; do sleep 0.1; done";

function stubborn(name: string, graceSeconds: number, more: Any = {}): Any {
  return shellPod(name, {
    script: STUBBORN,
    spec: { terminationGracePeriodSeconds: graceSeconds },
    ...more,
  });
}

async function talks(rig: Rig, name: string, word = "done"): Promise<void> {
  await rig.until(
    `${name} says ${word}`,
    async () => (await output(rig, name)).includes(word),
  );
}

function path(name: string): string {
  return `/api/v1/namespaces/default/pods/${name}`;
}

async function isGone(rig: Rig, name: string): Promise<void> {
  await rig.until(
    `${name} is gone`,
    async () => (await rig.get("pods", name)).kind === "Status",
  );
}

/** Whether a container of this pod is there; the label is the CRI's. */
async function isOnNode(rig: Rig, uid: string): Promise<boolean> {
  const state = await rig.agentState();
  return JSON.stringify(state).includes(uid);
}

Deno.test({
  name:
    "a pod that is deleted is out of its service at once, told to end, killed after its grace and gone last",
  ignore: !HAS_CONTAINERS,
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    await t.step(
      "terminating, out of the service, told, killed, gone",
      async () => {
        const front = service("slow", { app: "slow" });
        front.spec.ports = [{ port: 80 }];
        await rig.create(front, stubborn("slow", 8));
        await rig.ready("app=slow", 1, "slow");
        await talks(rig, "slow");
        const deleted = await rig.call("DELETE", path("slow"));
        assert.ok(deleted.metadata.deletionTimestamp);
        await rig.until("it is out of the service", async () => {
          const slices = await rig.list(
            "endpointslices",
            "kubernetes.io/service-name=slow",
          );
          return slices.flatMap(({ endpoints }) => endpoints ?? [])
            .every(({ conditions }) => !conditions.ready);
        });
        // It is still there, and was told.
        await talks(rig, "slow", "told");
        assert.ok((await rig.get("pods", "slow")).metadata.deletionTimestamp);
        await isGone(rig, "slow");
        assert.ok(
          (await eventsOf(rig, "slow")).includes(
            "Killing: Stopping container app",
          ),
        );
      },
    );
    await t.step("a second delete shortens the grace", async () => {
      await rig.create(stubborn("shortened", 3_000));
      await talks(rig, "shortened");
      await rig.call("DELETE", path("shortened"));
      await talks(rig, "shortened", "told");
      await rig.call("DELETE", `${path("shortened")}?gracePeriodSeconds=1`);
      await isGone(rig, "shortened");
    });
    await t.step(
      "by force the object is gone first, and the containers follow",
      async () => {
        await rig.create(stubborn("forced", 2));
        await talks(rig, "forced");
        const { metadata } = await rig.get("pods", "forced");
        await rig.call("DELETE", `${path("forced")}?gracePeriodSeconds=0`);
        assert.equal((await rig.get("pods", "forced")).kind, "Status");
        await rig.until(
          "nothing of it is on the node",
          async () => !await isOnNode(rig, metadata.uid),
        );
      },
    );
    await t.step(
      "a finalizer holds the object, not the containers",
      async () => {
        await rig.create(stubborn("held", 1, {
          metadata: {
            name: "held",
            labels: { app: "held" },
            finalizers: ["example.com/hold"],
          },
        }));
        await talks(rig, "held");
        await rig.call("DELETE", path("held"));
        await rig.until(
          "it has ended",
          async () => (await rig.get("pods", "held")).status.phase === "Failed",
        );
        const { metadata, status } = await rig.get("pods", "held");
        assert.equal(
          status.containerStatuses[0].state.terminated.exitCode,
          137,
        );
        await rig.until(
          "nothing of it is on the node",
          async () => !await isOnNode(rig, metadata.uid),
        );
        await rig.patch("pods", "held", { metadata: { finalizers: null } });
        await isGone(rig, "held");
      },
    );
    await t.step(
      "after the agent's restart the grace starts again",
      async () => {
        await rig.create(stubborn("again", 6));
        await talks(rig, "again");
        await rig.call("DELETE", path("again"));
        await talks(rig, "again", "told");
        await rig.agent.stop("SIGKILL");
        await rig.startAgent();
        await isGone(rig, "again");
      },
    );
    await t.step("a deadline", async () => {
      await rig.create(shellPod("late", {
        spec: { activeDeadlineSeconds: 2, restartPolicy: "Never" },
      }));
      await rig.until(
        "it has failed",
        async () => (await rig.get("pods", "late")).status.phase === "Failed",
      );
      const { status } = await rig.get("pods", "late");
      assert.equal(status.reason, "DeadlineExceeded");
      assert.ok(
        (await eventsOf(rig, "late")).includes(
          "DeadlineExceeded: Pod was active on the node longer than the specified deadline",
        ),
      );
      await gone(rig, "late");
    });
  },
});

Deno.test({
  name: "the pods of a node whose object was removed are ended",
  ignore: !HAS_CONTAINERS,
  fn: async () => {
    await using rig = await Rig.open({ images: ["busybox"] });
    await rig.create(stubborn("orphan", 1));
    await talks(rig, "orphan");
    const { metadata, spec } = await rig.get("pods", "orphan");
    await rig.call("DELETE", `/api/v1/nodes/${spec.nodeName}`);
    await isGone(rig, "orphan");
    await rig.until(
      "nothing of it is on the node",
      async () => !await isOnNode(rig, metadata.uid),
    );
    // As with kubelet, the next agent makes the Node anew.
    await rig.agent.stop();
    await rig.startAgent();
    await rig.until("the node is there", async () => {
      const node = await rig.call("GET", `/api/v1/nodes/${spec.nodeName}`);
      return node.kind === "Node";
    });
  },
});

Deno.test({
  name: "50 pods come and go at once",
  ignore: !HAS_CONTAINERS,
  fn: async () => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const names = Array.from({ length: 50 }, (_, n) => `many-${n}`);
    await Promise.all(
      names.map((name) =>
        rig.create(
          shellPod(name, { metadata: { name, labels: { app: "many" } } }),
        )
      ),
    );
    await rig.ready("app=many", 50);
    const pods = await rig.list("pods", "app=many");
    assert.equal(new Set(pods.map(({ status }) => status.podIP)).size, 50);
    await gone(rig, ...names);
  },
});
