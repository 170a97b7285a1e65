import assert from "node:assert/strict";
import { NODES } from "../../client/resources.ts";
import {
  claimInformer,
  podInformer,
  storageClassInformer,
  volumeInformer,
} from "../../loop/shared_informers.ts";
import { type Bench, withBench } from "../../testing/controller_bench.ts";
import type { FakeApi } from "../../testing/fake_api.ts";
import {
  CLAIMS,
  claimState,
  PODS,
  putClaim,
  putClass,
  putPod,
  putVolume,
  VOLUMES,
  volumeState,
  wire as wireControllers,
} from "../../testing/volume_objects.ts";
import { Scheduler } from "../scheduler.ts";
import { BIND_TIMEOUT_MS } from "./reservations.ts";

function wireScheduler({ host, client, manager, recorder }: Bench): void {
  manager.addRunnable(
    new Scheduler(host, {
      client,
      recorder,
      pods: podInformer(manager),
      nodes: manager.informer(NODES),
      volumes: {
        claims: claimInformer(manager),
        volumes: volumeInformer(manager),
        classes: storageClassInformer(manager),
      },
    }),
  );
}

/** Scheduler and controllers of volumes, as in a server. */
function wire(bench: Bench): void {
  wireControllers(bench);
  wireScheduler(bench);
}

function putNode(
  api: FakeApi,
  name: string,
  { labels = {}, annotations = {} } = {},
): void {
  api.put("/api/v1/nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: { "kubernetes.io/hostname": name, ...labels },
      annotations,
    },
    spec: {},
    status: {
      allocatable: { cpu: "4", memory: "4Gi", pods: "110" },
      conditions: [{ type: "Ready", status: "True" }],
    },
  });
}

const onNode = (name: string) => ({
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [{
        matchExpressions: [{
          key: "kubernetes.io/hostname",
          operator: "In",
          values: [name],
        }],
      }],
    },
  },
});

const nodeOf = (api: FakeApi, name: string): string | undefined =>
  api.object(`${PODS}/${name}`).spec.nodeName;

const whyNot = (api: FakeApi, name: string): string =>
  api.object(`${PODS}/${name}`).status.conditions[0].message;

const PREEMPTION = (nodes: number) =>
  `preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`;

Deno.test("Scheduler says which claim a pod waits for, and places it when the claim is bound", () =>
  withBench(wire, async ({ host, api }) => {
    putNode(api, "a");
    putNode(api, "b");
    await host.settle();
    putPod(api, "web", "data");
    await host.settle();
    assert.equal(
      whyNot(api, "web"),
      `0/2 nodes are available: persistentvolumeclaim "data" not found. ${
        PREEMPTION(2)
      }`,
    );
    putClaim(api, "data");
    await host.advance(1_000);
    const unbound =
      `0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. ${
        PREEMPTION(2)
      }`;
    assert.equal(whyNot(api, "web"), unbound);
    putPod(api, "second", "data");
    await host.settle();
    assert.equal(whyNot(api, "second"), unbound);
    putVolume(api, "disk", { spec: onNode("b") });
    await host.advance(5_000);
    assert.equal(nodeOf(api, "web"), "b");
    assert.equal(nodeOf(api, "second"), "b");
  }));

Deno.test("Scheduler says that a claim is going, lost or somebody else's", () =>
  withBench(wireScheduler, async ({ host, api }) => {
    putNode(api, "a");
    putClaim(api, "going", {
      metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
    });
    putClaim(api, "lost", { spec: { volumeName: "disk" } });
    api.change(`${CLAIMS}/lost`, ({ status }) => status.phase = "Lost");
    putClaim(api, "web-scratch");
    await host.settle();
    putPod(api, "going", "going");
    putPod(api, "lost", "lost");
    for (const name of ["web", "other"]) {
      api.put(PODS, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name },
        spec: {
          containers: [],
          volumes: [{ name: "scratch", ephemeral: {} }],
        },
        status: { phase: "Pending" },
      });
    }
    await host.settle();
    const why = ["going", "lost", "web", "other"].map((name) =>
      whyNot(api, name).replace("0/1 nodes are available: ", "")
        .replace(` ${PREEMPTION(1)}`, "")
    );
    assert.deepEqual(why, [
      'persistentvolumeclaim "going" is being deleted.',
      'persistentvolumeclaim "lost" bound to non-existent persistentvolume "disk".',
      "PVC default/web-scratch was not created for pod default/web (pod is not owner).",
      'waiting for ephemeral volume controller to create the persistentvolumeclaim "other-scratch".',
    ]);
  }));

Deno.test("Scheduler chooses volume and node together for claims that wait for their consumer", () =>
  withBench(wire, async ({ host, api, events }) => {
    putNode(api, "a");
    putNode(api, "b");
    putClass(api, "local", {
      delayed: true,
      provisioner: "kubernetes.io/no-provisioner",
    });
    const spec = { storageClassName: "local" };
    putVolume(api, "on-b", { spec: { ...spec, ...onNode("b") } });
    putClaim(api, "data", { spec });
    putClaim(api, "more", { spec });
    await host.settle();
    putPod(api, "web", "data");
    // In the same moment: the volume is given away once.
    putPod(api, "web-2", "more");
    await host.advance(1_000);
    const [first, other] = claimState(api, "data") === "Bound on-b"
      ? ["web", "web-2"] as const
      : ["web-2", "web"] as const;
    assert.equal(nodeOf(api, first), "b");
    assert.equal(nodeOf(api, other), undefined);
    assert.equal(
      whyNot(api, other),
      `0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. ${
        PREEMPTION(2)
      }`,
    );
    putVolume(api, "on-a", { spec: { ...spec, ...onNode("a") } });
    await host.advance(60_000);
    assert.equal(nodeOf(api, other), "a");
    assert.ok((await events()).length > 0);
  }));

Deno.test("Scheduler gives one volume to a claim that a pod has twice", () =>
  withBench(wire, async ({ host, api }) => {
    putNode(api, "a");
    putClass(api, "local", {
      delayed: true,
      provisioner: "kubernetes.io/no-provisioner",
    });
    const spec = { storageClassName: "local" };
    putVolume(api, "disk", { spec });
    putClaim(api, "data", { spec });
    await host.settle();
    api.put(PODS, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web" },
      spec: {
        containers: [],
        volumes: ["a", "b"].map((name) => ({
          name,
          persistentVolumeClaim: { claimName: "data" },
        })),
      },
      status: { phase: "Pending" },
    });
    await host.advance(1_000);
    assert.equal(nodeOf(api, "web"), "a");
    assert.equal(claimState(api, "data"), "Bound disk");
  }));

Deno.test("Scheduler has a volume made on the node that it chose, and looks anew when that fails", () =>
  withBench(wire, async ({ host, api }) => {
    putNode(api, "a", { labels: { disk: "ssd" } });
    putClass(api, "fast", {
      delayed: true,
      allowedTopologies: [{
        matchLabelExpressions: [{ key: "disk", values: ["ssd"] }],
      }],
    });
    putClaim(api, "data", { spec: { storageClassName: "fast" } });
    putNode(api, "b");
    await host.settle();
    putPod(api, "web", "data");
    await host.settle();
    const selected = () =>
      api.object(`${CLAIMS}/data`).metadata
        .annotations["volume.kubernetes.io/selected-node"];
    assert.equal(selected(), "a");
    assert.equal(nodeOf(api, "web"), undefined);
    api.change(`${CLAIMS}/data`, ({ metadata }) => {
      const annotations = metadata.annotations as Record<string, string>;
      delete annotations["volume.kubernetes.io/selected-node"];
    });
    await host.settle();
    assert.equal(
      whyNot(api, "web"),
      'binding volumes: provisioning failed for PVC "data"',
    );
    await host.advance(2_000);
    assert.equal(selected(), "a");
    const { uid } = api.object(`${CLAIMS}/data`).metadata;
    putVolume(api, "made", {
      spec: {
        storageClassName: "fast",
        claimRef: { namespace: "default", name: "data", uid },
      },
    });
    await host.settle();
    assert.equal(claimState(api, "data"), "Bound made");
    assert.equal(nodeOf(api, "web"), "a");
    await host.advance(1_000); // events are written
    assert.equal(host.timers, 0);
  }));

Deno.test("Scheduler gives local folders to nodes that have some, and waits until one does", () =>
  withBench(wire, async ({ host, api }) => {
    putNode(api, "a");
    putClass(api, "folders", {
      delayed: true,
      provisioner: "wherry.dev/local-path",
    });
    putClaim(api, "data", { spec: { storageClassName: "folders" } });
    await host.settle();
    putPod(api, "web", "data");
    await host.settle();
    assert.match(
      whyNot(api, "web"),
      /^0\/1 nodes are available: 1 node\(s\) didn't find available persistent volumes to bind\./,
    );
    assert.equal(api.object(`${CLAIMS}/data`).metadata.annotations, undefined);
    putNode(api, "a", {
      annotations: { "wherry.dev/local-storage": "/srv/volumes" },
    });
    await host.advance(1_000);
    assert.equal(nodeOf(api, "web"), "a");
  }));

Deno.test("Scheduler gives up waiting for a volume after a time, and at once when the pod is gone", () =>
  withBench(wire, async ({ host, api }) => {
    putNode(api, "a");
    putClass(api, "slow", { delayed: true });
    putClaim(api, "data", { spec: { storageClassName: "slow" } });
    await host.settle();
    putPod(api, "web", "data");
    await host.advance(BIND_TIMEOUT_MS);
    assert.equal(
      whyNot(api, "web"),
      "binding volumes: context deadline exceeded",
    );
    await host.advance(10_000);
    assert.ok(host.timers > 0); // it waits again
    api.remove(`${PODS}/web`);
    await host.settle();
    assert.equal(host.timers, 0);
  }));

Deno.test("Scheduler places one pod at a time for a claim that is ReadWriteOncePod", () =>
  withBench(wire, async ({ host, api }) => {
    putNode(api, "a");
    putNode(api, "b");
    const spec = { accessModes: ["ReadWriteOncePod"] };
    putVolume(api, "disk", { spec });
    putClaim(api, "data", { spec });
    await host.settle();
    putPod(api, "web", "data");
    await host.settle();
    putPod(api, "web-2", "data");
    await host.settle();
    assert.ok(nodeOf(api, "web"));
    assert.equal(
      whyNot(api, "web-2"),
      "0/2 nodes are available: 2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod. " +
        "preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
    );
    api.remove(`${PODS}/web`);
    await host.advance(1_000);
    assert.ok(nodeOf(api, "web-2"));
  }));

Deno.test("Scheduler keeps pods in the zones and on the nodes of their volumes", () =>
  withBench(wire, async ({ host, api }) => {
    const zone = (name: string) => ({
      labels: { "topology.kubernetes.io/zone": name },
    });
    putNode(api, "a", zone("x"));
    putNode(api, "b", zone("y"));
    putVolume(api, "zoned", { metadata: zone("y") });
    putVolume(api, "nowhere", { size: "9Gi", spec: onNode("c") });
    putClaim(api, "data", { spec: { volumeName: "zoned" } });
    putClaim(api, "far", { spec: { volumeName: "nowhere" } });
    await host.settle();
    putPod(api, "web", "data");
    putPod(api, "stuck", "far");
    await host.settle();
    assert.equal(nodeOf(api, "web"), "b");
    assert.match(
      whyNot(api, "stuck"),
      /^0\/2 nodes are available: 2 node\(s\) didn't match PersistentVolume's node affinity\./,
    );
    putNode(api, "c");
    await host.advance(1_000);
    assert.equal(nodeOf(api, "stuck"), "c");
    api.remove(`${VOLUMES}/zoned`);
    putPod(api, "late", "data");
    await host.settle();
    assert.equal(claimState(api, "data"), "Lost zoned");
    assert.equal(volumeState(api, "zoned"), "gone");
    assert.match(whyNot(api, "late"), /bound to non-existent/);
  }));
