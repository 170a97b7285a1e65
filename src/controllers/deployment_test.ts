import assert from "node:assert/strict";
import { DEPLOYMENTS } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { podInformer, replicaSetInformer } from "../loop/shared_informers.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi, StoredObject } from "../testing/fake_api.ts";
import { DeploymentReconciler } from "./deployment.ts";
import { ReplicaReconciler } from "./replica_reconciler.ts";
import { REPLICA_SET_KIND } from "./replica_set.ts";

const PATH = "/apis/apps/v1/namespaces/default/deployments";
const WEB = `${PATH}/web`;
const PODS = "/api/v1/namespaces/default/pods";

function wire({ host, client, manager, recorder }: Bench): void {
  const deployments = manager.informer(DEPLOYMENTS);
  const replicaSets = replicaSetInformer(manager);
  const pods = podInformer(manager);
  const sets = new ReplicaReconciler(host, {
    client,
    kind: REPLICA_SET_KIND,
    owners: replicaSets,
    pods,
    recorder,
  });
  manager.add(
    new Controller(host, sets).watch(replicaSets).watch(
      pods,
      (change) => sets.keysOfPod(change),
    ),
  );
  const reconciler = new DeploymentReconciler(host, {
    client,
    deployments,
    replicaSets,
    pods,
    recorder,
  });
  manager.add(
    new Controller(host, reconciler).watch(deployments)
      .watch(replicaSets, (change) => reconciler.keysOfSet(change))
      .watch(pods, (change) => reconciler.keysOfPod(change)),
  );
}

function put(api: FakeApi, spec: Record<string, unknown> = {}): void {
  api.put(PATH, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "web",
      uid: "d-uid",
      generation: 1,
      annotations: { note: "hi" },
    },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "c", image: "v1" }] },
      },
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: 1, maxUnavailable: 1 },
      },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
  });
}

function change(api: FakeApi, edit: (deployment: StoredObject) => void): void {
  api.change(WEB, (deployment) => {
    edit(deployment);
    deployment.metadata.generation!++;
  });
}

const setImage = (api: FakeApi, image: string) =>
  change(api, ({ spec }) => spec.template.spec.containers[0].image = image);

/** Plays the agent: pods of these images run and are ready; those being deleted are gone. */
async function runPods(
  { host, api }: Bench,
  { ready = () => true, steps = 40, check = () => {} }: {
    ready?: (image: string) => boolean;
    steps?: number;
    check?: () => void;
  } = {},
): Promise<void> {
  for (let step = 0; step < steps; step++) {
    await host.settle();
    check();
    const pod = api.objects("pods").find(({ spec, status }) =>
      status.phase === "Pending" && ready(spec.containers[0].image)
    );
    if (pod === undefined) break;
    api.change(`${PODS}/${pod.metadata.name}`, ({ status }) => {
      status.phase = "Running";
      status.conditions = [{
        type: "Ready",
        status: "True",
        lastTransitionTime: new Date(host.clock.now()).toISOString(),
      }];
    });
  }
  await host.settle();
}

/** `v1:3/3` for each replica set with pods: image, told size, available. */
function sizes(api: FakeApi): string[] {
  return api.objects("replicasets").map(({ spec, status }) =>
    `${spec.template.spec.containers[0].image}:${spec.replicas}/${
      status?.availableReplicas ?? 0
    }`
  ).sort();
}

const condition = (api: FakeApi, type: string) => {
  const found = api.object(WEB).status.conditions?.find((
    held: { type: string },
  ) => held.type === type);
  return found && `${found.status} ${found.reason}: ${found.message}`;
};

Deno.test("DeploymentReconciler makes a replica set, tells its state, and writes nothing the second time", () =>
  withBench(wire, async (bench) => {
    const { api, host, events, writes } = bench;
    put(api);
    await host.settle();
    const [set] = api.objects("replicasets");
    const hash = set.metadata.labels["pod-template-hash"];
    assert.equal(set.metadata.name, `web-${hash}`);
    assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]+$/);
    assert.deepEqual(set.spec.selector.matchLabels, {
      app: "web",
      "pod-template-hash": hash,
    });
    assert.deepEqual(set.spec.template.metadata.labels, {
      app: "web",
      "pod-template-hash": hash,
    });
    assert.deepEqual(set.metadata.annotations, {
      note: "hi",
      "deployment.kubernetes.io/revision": "1",
      "deployment.kubernetes.io/desired-replicas": "4",
      "deployment.kubernetes.io/max-replicas": "5",
    });
    assert.equal(
      condition(api, "Available"),
      "False MinimumReplicasUnavailable: Deployment does not have minimum availability.",
    );
    assert.equal(
      condition(api, "Progressing"),
      `True ReplicaSetUpdated: ReplicaSet "web-${hash}" is progressing.`,
    );
    await runPods(bench);
    const { status, metadata } = api.object(WEB);
    assert.equal(
      metadata.annotations["deployment.kubernetes.io/revision"],
      "1",
    );
    const { conditions: _, ...counts } = status;
    assert.deepEqual(counts, {
      observedGeneration: 1,
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
      terminatingReplicas: 0,
    });
    assert.equal(
      condition(api, "Available"),
      "True MinimumReplicasAvailable: Deployment has minimum availability.",
    );
    assert.equal(
      condition(api, "Progressing"),
      `True NewReplicaSetAvailable: ReplicaSet "web-${hash}" has successfully progressed.`,
    );
    assert.ok(
      (await events()).includes(
        `Normal ScalingReplicaSet Scaled up replica set web-${hash} from 0 to 4`,
      ),
    );
    writes();
    await host.advance(3_600_000);
    assert.deepEqual(writes(), []);
    assert.equal(host.timers, 0);
  }));

Deno.test("DeploymentReconciler rolls within surge and what may be missing", () =>
  withBench(wire, async (bench) => {
    const { api, host } = bench;
    put(api);
    await runPods(bench);
    setImage(api, "v2");
    let fewest = Infinity, most = 0;
    await runPods(bench, {
      check: () => {
        const active = api.objects("pods");
        most = Math.max(most, active.length);
        fewest = Math.min(
          fewest,
          active.filter(({ status }) => status.conditions).length,
        );
      },
    });
    assert.deepEqual(sizes(api), ["v1:0/0", "v2:4/4"]);
    assert.ok(most <= 5, `${most} pods`);
    assert.ok(fewest >= 3, `${fewest} available`);
    assert.equal(
      api.object(WEB).metadata.annotations["deployment.kubernetes.io/revision"],
      "2",
    );
    // The look at the deadline that no longer matters is the last thing to happen.
    await host.advance(700_000);
    assert.equal(host.timers, 0);
  }));

Deno.test("DeploymentReconciler stops at what may be missing when new pods do not get ready, and says so after the deadline", () =>
  withBench(wire, async (bench) => {
    const { api, host } = bench;
    put(api);
    await runPods(bench);
    setImage(api, "bad");
    await runPods(bench, { ready: (image) => image === "v1" });
    assert.deepEqual(sizes(api), ["bad:2/0", "v1:3/3"]);
    await host.advance(598_000);
    assert.match(condition(api, "Progressing")!, /^True ReplicaSetUpdated/);
    await host.advance(10_000);
    assert.match(
      condition(api, "Progressing")!,
      /^False ProgressDeadlineExceeded: ReplicaSet "web-\w+" has timed out progressing\.$/,
    );
    assert.match(condition(api, "Available")!, /^True/);
    assert.equal(host.timers, 0);
    // Unready pods of a template that is given up go first.
    setImage(api, "v3");
    await runPods(bench, { ready: (image) => image === "v3" });
    assert.deepEqual(sizes(api), ["bad:0/0", "v1:0/0", "v3:4/4"]);
  }));

Deno.test("DeploymentReconciler takes an old template's set up again, with a new number and its history", () =>
  withBench(wire, async (bench) => {
    const { api } = bench;
    put(api);
    await runPods(bench);
    setImage(api, "v2");
    await runPods(bench);
    setImage(api, "v1");
    await runPods(bench);
    assert.deepEqual(sizes(api), ["v1:4/4", "v2:0/0"]);
    const annotations = api.objects("replicasets").find(({ spec }) =>
      spec.replicas === 4
    ).metadata.annotations;
    assert.equal(annotations["deployment.kubernetes.io/revision"], "3");
    assert.equal(annotations["deployment.kubernetes.io/revision-history"], "1");
    assert.equal(
      api.object(WEB).metadata.annotations["deployment.kubernetes.io/revision"],
      "3",
    );
  }));

Deno.test("DeploymentReconciler keeps as many old sets as asked for", () =>
  withBench(wire, async (bench) => {
    const { api } = bench;
    put(api, { revisionHistoryLimit: 1 });
    for (const image of ["v1", "v2", "v3", "v4"]) {
      setImage(api, image);
      await runPods(bench);
    }
    assert.deepEqual(sizes(api), ["v3:0/0", "v4:4/4"]);
  }));

Deno.test("DeploymentReconciler does not roll while it is paused, but scales", () =>
  withBench(wire, async (bench) => {
    const { api } = bench;
    put(api);
    await runPods(bench);
    change(api, ({ spec }) => spec.paused = true);
    setImage(api, "v2");
    await runPods(bench);
    assert.deepEqual(sizes(api), ["v1:4/4"]);
    assert.equal(
      condition(api, "Progressing"),
      "Unknown DeploymentPaused: Deployment is paused",
    );
    change(api, ({ spec }) => spec.replicas = 6);
    await runPods(bench);
    assert.deepEqual(sizes(api), ["v1:6/6"]);
    change(api, ({ spec }) => delete spec.paused);
    await runPods(bench);
    assert.deepEqual(sizes(api), ["v1:0/0", "v2:6/6"]);
  }));

Deno.test("DeploymentReconciler keeps the proportions of a rollout when it is scaled in between", () =>
  withBench(wire, async (bench) => {
    const { api, host } = bench;
    put(api, {
      replicas: 10,
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: 3, maxUnavailable: 2 },
      },
    });
    await runPods(bench);
    setImage(api, "v2");
    await runPods(bench, { ready: (image) => image === "v1" });
    assert.deepEqual(sizes(api), ["v1:8/8", "v2:5/0"]);
    // Kubernetes' own example: 10 to 15 makes 11 and 7 of 8 and 5.
    change(api, ({ spec }) => spec.replicas = 15);
    await host.settle();
    assert.deepEqual(sizes(api), ["v1:11/8", "v2:7/0"]);
  }));

Deno.test("DeploymentReconciler recreates: no new pod before the last old one is gone", () =>
  withBench(wire, async (bench) => {
    const { api, host } = bench;
    put(api, { strategy: { type: "Recreate" } });
    await runPods(bench);
    for (const { metadata } of api.objects("pods")) {
      api.change(
        `${PODS}/${metadata.name}`,
        ({ spec }) => spec.nodeName = "n1",
      );
    }
    setImage(api, "v2");
    await host.settle();
    // All are terminating; none is gone.
    assert.equal(api.objects("pods").length, 4);
    assert.deepEqual(sizes(api), ["v1:0/0"]);
    const [last, ...others] = api.objects("pods").map(({ metadata }) =>
      metadata.name
    );
    for (const name of others) api.remove(`${PODS}/${name}`);
    await host.settle();
    assert.deepEqual(sizes(api), ["v1:0/0"]);
    api.remove(`${PODS}/${last}`);
    await runPods(bench);
    assert.deepEqual(sizes(api), ["v1:0/0", "v2:4/4"]);
  }));

Deno.test("DeploymentReconciler makes another name when its first is taken", () =>
  withBench(wire, async (bench) => {
    const { api, host } = bench;
    put(api);
    await host.settle();
    const [{ metadata: { name, uid } }] = api.objects("replicasets");
    api.remove(WEB);
    api.change(
      `/apis/apps/v1/namespaces/default/replicasets/${name}`,
      ({ metadata }) => {
        metadata.ownerReferences = [{
          kind: "Other",
          name: "o",
          uid: "o",
          controller: true,
        }];
      },
    );
    await host.settle();
    put(api);
    await host.advance(10_000);
    const sets = api.objects("replicasets");
    assert.equal(sets.length, 2);
    assert.ok(
      sets.some(({ metadata }) =>
        metadata.uid !== uid && metadata.name !== name
      ),
    );
    assert.equal(api.object(WEB).status.collisionCount, 1);
  }));

Deno.test("DeploymentReconciler tells why a replica set fails", () =>
  withBench(wire, async (bench) => {
    const { api, host } = bench;
    api.intercept = (request) =>
      request.method === "POST" && request.url.endsWith("/pods")
        ? Response.json({
          kind: "Status",
          code: 403,
          reason: "Forbidden",
          message: "no quota",
        }, { status: 403 })
        : undefined;
    put(api);
    await host.settle();
    assert.equal(
      condition(api, "ReplicaFailure"),
      "True FailedCreate: no quota",
    );
    api.intercept = () => undefined;
    await host.advance(20_000);
    await runPods(bench);
    assert.equal(condition(api, "ReplicaFailure"), undefined);
    assert.deepEqual(sizes(api), ["v1:4/4"]);
  }));

Deno.test("DeploymentReconciler refuses to select everything", () =>
  withBench(wire, async ({ api, host, events, writes }) => {
    put(api, { selector: {} });
    await host.settle();
    assert.deepEqual(writes(), []);
    assert.deepEqual(await events(), [
      "Warning SelectingAll This deployment is selecting all pods. A non-empty selector is required.",
    ]);
  }));
