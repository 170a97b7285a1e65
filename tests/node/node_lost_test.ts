/** A node that is out of reach: whose pods are given up, whose stay, and what it finds when it is back. */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import type { Any } from "../e2e/objects.ts";
import { isReady, Rig } from "../e2e/rig.ts";
import { shellPod } from "./config_pods.ts";

/** Another node, as far as the server can see: it says that it is well. Without one nobody is given up. */
class TalkingNode implements AsyncDisposable {
  readonly #rig: Rig;
  readonly #stop = new AbortController();
  readonly #talking: Promise<void>;

  private constructor(rig: Rig) {
    this.#rig = rig;
    this.#talking = this.#talk();
  }

  static async open(rig: Rig): Promise<TalkingNode> {
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n2" } };
    const made = await rig.call("POST", "/api/v1/nodes", node);
    assert.equal(made.kind, "Node", made.message);
    return new TalkingNode(rig);
  }

  async #talk(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const now = `${new Date().toISOString().slice(0, 19)}Z`;
      await this.#rig.call("PATCH", "/api/v1/nodes/n2/status", {
        status: {
          conditions: [{
            type: "Ready",
            status: "True",
            reason: "KubeletReady",
            message: "kubelet is posting ready status",
            lastHeartbeatTime: now,
            lastTransitionTime: now,
          }],
        },
      });
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 5_000);
        this.#stop.signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        }, { once: true });
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#talking;
    await this.#rig.call("DELETE", "/api/v1/nodes/n2");
  }
}

const TOLERATIONS = ["not-ready", "unreachable"].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 2,
}));

testWith("pods of a lost node are given up, or stay where they say so", {
  needs: ["root", "containerd"],
  fn: async () => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const spec = { nodeName: "n1", tolerations: TOLERATIONS };
    const stays = shellPod("stays", { spec });
    stays.metadata.annotations = { "wherry.dev/offline-tolerance": "forever" };
    await rig.create(shellPod("leaves", { spec }), stays);
    await rig.until("both run", async () => {
      const pods = await rig.list("pods");
      return pods.length === 2 && pods.every(isReady);
    });
    const before = await rig.get("pods", "stays");
    await using _other = await TalkingNode.open(rig);
    await rig.agent.stop("SIGKILL");

    // Each takes a good part of the time that a wait has.
    await rig.until("nobody knows how the node is", async () => {
      const { status } = await rig.call("GET", "/api/v1/nodes/n1");
      return status.conditions.some(({ type, status }: Any) =>
        type === "Ready" && status === "Unknown"
      );
    });
    await rig.until("the node is given up", async () => {
      const { spec } = await rig.call("GET", "/api/v1/nodes/n1");
      return (spec.taints ?? []).some(({ key, effect }: Any) =>
        key === "node.kubernetes.io/unreachable" && effect === "NoExecute"
      );
    });
    await rig.until("one is to go", async () => {
      const { metadata } = await rig.get("pods", "leaves");
      return metadata.deletionTimestamp !== undefined;
    });
    const leaving = await rig.get("pods", "leaves");
    const disruption = leaving.status.conditions.find(({ type }: Any) =>
      type === "DisruptionTarget"
    );
    assert.equal(disruption?.reason, "DeletionByTaintManager");

    await rig.startAgent();
    await rig.until("the other is left, as it was", async () => {
      const pods = await rig.list("pods");
      return pods.length === 1 && isReady(pods[0]);
    });
    const after = await rig.get("pods", "stays");
    assert.equal(
      after.status.containerStatuses[0].containerID,
      before.status.containerStatuses[0].containerID,
    );
    await rig.until("the node is trusted again", async () => {
      const { spec } = await rig.call("GET", "/api/v1/nodes/n1");
      return (spec.taints ?? []).length === 0;
    });
  },
});
