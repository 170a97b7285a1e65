/** What a node does when it runs short: of disk, until it is full; of memory; and what pods may take of it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { HTTP_ECHO_IMAGE } from "../../tools/make_image.ts";
import type { Any } from "../e2e/objects.ts";
import { isReady, Rig } from "../e2e/rig.ts";
import { shellPod } from "./config_pods.ts";

const node = (rig: Rig): Promise<Any> => rig.call("GET", "/api/v1/nodes/n1");

/** The status of a condition of the node. */
async function condition(rig: Rig, type: string): Promise<string> {
  const { status } = await node(rig);
  return status.conditions.find((held: Any) => held.type === type)?.status;
}

async function hasImage(rig: Rig, image: string): Promise<boolean> {
  const { status } = await node(rig);
  return status.images.some(({ names }: Any) => names.includes(image));
}

async function command(name: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(name, { args }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

/** Puts the agent's data on a small disk of its own. */
async function onSmallDisk(rig: Rig, size: string): Promise<AsyncDisposable> {
  await rig.endPods();
  const folder = join(rig.cluster.dir, "agent");
  const copy = join(rig.cluster.dir, "small");
  await Deno.mkdir(copy);
  await command(
    "mount",
    "-n",
    "-t",
    "tmpfs",
    "-o",
    `size=${size}`,
    "tmpfs",
    copy,
  );
  await command("cp", "-a", `${folder}/.`, copy);
  await command("mount", "-n", "--move", copy, folder);
  return {
    [Symbol.asyncDispose]: async () => {
      await rig.endPods();
      await command("umount", "-n", "-l", folder);
    },
  };
}

testWith("a full disk: images go, then who filled it; the agent goes on", {
  needs: ["root", "containerd"],
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox", "http-echo"] });
    await using _disk = await onSmallDisk(rig, "96m");
    await rig.startAgent({
      args: [
        ...["--eviction-hard", "nodefs.available<20%,imagefs.available<20%"],
        ...["--eviction-pressure-transition-period", "20s"],
        ...["--minimum-image-ttl-duration", "0s"],
      ],
    });
    const { pid } = rig.agent;
    await rig.create(shellPod("calm"));
    await rig.until(
      "calm runs",
      async () => isReady(await rig.get("pods", "calm")),
    );
    assert.ok(await hasImage(rig, HTTP_ECHO_IMAGE));
    await rig.create(shellPod("writer", {
      script: "dd if=/dev/zero of=/scratch/x bs=65536 2>/dev/null",
      container: { volumeMounts: [{ name: "s", mountPath: "/scratch" }] },
      spec: { volumes: [{ name: "s", emptyDir: {} }] },
    }));

    await t.step("who filled it is evicted, and told why", async () => {
      await rig.until("the writer is evicted", async () => {
        const { status } = await rig.get("pods", "writer");
        return status.phase === "Failed";
      });
      const { status } = await rig.get("pods", "writer");
      assert.equal(status.reason, "Evicted");
      assert.match(
        status.message,
        /^The node was low on resource: ephemeral-storage\. Threshold quantity: \d+(Ki)?, available: \w+\. /,
      );
      const disruption = status.conditions.find(({ type }: Any) =>
        type === "DisruptionTarget"
      );
      assert.equal(disruption?.reason, "TerminationByKubelet");
      await rig.until(
        "the event is written",
        async () => (await rig.reasons("writer")).includes("Evicted"),
      );
    });

    await t.step("what nobody used went before", async () => {
      await rig.until(
        "the image is gone",
        async () => !await hasImage(rig, HTTP_ECHO_IMAGE),
      );
      assert.ok((await rig.reasons("n1")).includes("EvictionThresholdMet"));
    });

    await t.step("the node says so, and keeps new pods away", async () => {
      await rig.until("the node was tainted", async () => {
        const reasons = await rig.reasons("n1");
        return reasons.includes("NodeHasDiskPressure");
      });
      await rig.create(shellPod("waits"));
      await rig.until(
        "the pressure is over",
        async () => await condition(rig, "DiskPressure") === "False",
      );
      await rig.until(
        "what waited runs",
        async () => isReady(await rig.get("pods", "waits")),
      );
    });

    await t.step("nothing else has happened", async () => {
      assert.equal(rig.agent.pid, pid);
      assert.equal(rig.agent.ended(), false);
      const before = await rig.get("pods", "calm");
      assert.ok(isReady(before));
      assert.equal(before.status.containerStatuses[0].restartCount, 0);
      await rig.agent.stop("SIGKILL");
      await rig.startAgent();
      const after = await rig.get("pods", "calm");
      assert.equal(
        after.status.containerStatuses[0].containerID,
        before.status.containerStatuses[0].containerID,
      );
    });
  },
});

testWith("storage limits and short memory send pods away", {
  needs: ["root", "containerd"],
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });

    await t.step("who takes more than it may goes", async () => {
      const over = shellPod("over", {
        script: "dd if=/dev/zero of=/scratch/x bs=65536 count=48 2>/dev/null",
        container: { volumeMounts: [{ name: "s", mountPath: "/scratch" }] },
        spec: { volumes: [{ name: "s", emptyDir: { sizeLimit: "1Mi" } }] },
      });
      const layer = shellPod("layer", {
        script: "dd if=/dev/zero of=/x bs=65536 count=48 2>/dev/null",
        container: { resources: { limits: { "ephemeral-storage": "1Mi" } } },
      });
      await rig.create(over, layer, shellPod("good"));
      await rig.until("both are evicted", async () => {
        const pods = await rig.list("pods");
        return pods.filter(({ status }) => status.reason === "Evicted")
          .length === 2;
      });
      const { status } = await rig.get("pods", "over");
      assert.equal(
        status.message,
        'Usage of EmptyDir volume "s" exceeds the limit "1Mi". ',
      );
      assert.match(
        (await rig.get("pods", "layer")).status.message,
        /^Pod ephemeral local storage usage exceeds the total limit of containers 1Mi\. /,
      );
      assert.ok(isReady(await rig.get("pods", "good")));
      for (const name of ["over", "layer", "good"]) {
        await rig.call("DELETE", `/api/v1/namespaces/default/pods/${name}`);
      }
    });

    await t.step(
      "memory: who uses more than asked for goes first",
      async () => {
        await rig.create(
          shellPod("modest", {
            container: { resources: { requests: { memory: "64Mi" } } },
          }),
          shellPod("hungry", {
            script: "dd if=/dev/zero of=/dev/shm/x bs=65536 count=480",
          }),
        );
        await rig.until("both run", async () => {
          const pods = await Promise.all(
            ["modest", "hungry"].map((name) => rig.get("pods", name)),
          );
          return pods.every(isReady);
        });
        await rig.agent.stop();
        // A threshold that every machine is below.
        await rig.startAgent({
          args: ["--eviction-hard", "memory.available<99.9%"],
        });
        await rig.until(
          "the hungry one is evicted",
          async () =>
            (await rig.get("pods", "hungry")).status.reason === "Evicted",
        );
        const { status } = await rig.get("pods", "hungry");
        assert.match(
          status.message,
          /^The node was low on resource: memory\. .*Container app was using \w+, request is 0, has larger consumption of memory\. $/,
        );
        await rig.until(
          "the node says so",
          async () => await condition(rig, "MemoryPressure") === "True",
        );
      },
    );

    await t.step("and what asks for nothing is refused", async () => {
      await rig.create(shellPod("static-like", { spec: { nodeName: "n1" } }));
      await rig.until(
        "it has failed",
        async () =>
          (await rig.get("pods", "static-like")).status.phase === "Failed",
      );
      const { status } = await rig.get("pods", "static-like");
      assert.equal(status.reason, "Evicted");
      assert.match(
        status.message,
        /The node had condition: \[MemoryPressure\]\. $/,
      );
    });
  },
});
