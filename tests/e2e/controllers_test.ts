/**
 * Scheduler and controllers against the real API server over a store in memory; the nodes' agents are played.
 */
import assert from "node:assert/strict";
import { inProcessTransport } from "../../src/apiserver/api_server.ts";
import { componentUser } from "../../src/apiserver/auth/user.ts";
import {
  type Harness,
  startHarness,
} from "../../src/apiserver/testing/harness.ts";
import { RestClient } from "../../src/client/rest_client.ts";
import { addControllers } from "../../src/controllers/mod.ts";
import { Manager } from "../../src/loop/manager.ts";
import { addScheduler } from "../../src/scheduler/mod.ts";

const NS = "/api/v1/namespaces/default";
const APPS = "/apis/apps/v1/namespaces/default";

/** A cluster without real nodes. */
interface Cluster {
  readonly server: Harness;
  readonly manager: Manager;
  // deno-lint-ignore no-explicit-any -- tests read any field
  list(path: string): Promise<any[]>;
  /** Lets all run, and plays the agents: bound pods run and are ready, pods being deleted go. */
  run(options?: { ready?: (image: string) => boolean }): Promise<void>;
  /** Writes to the store so far. */
  writes(): number;
}

async function withCluster(
  body: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  await using server = await startHarness();
  const { host } = server;
  const clientOf = (component: string) =>
    new RestClient(inProcessTransport(server.app, componentUser(component)));
  const client = clientOf("system:kube-controller-manager");
  const manager = new Manager(host, client);
  await using parts = new AsyncDisposableStack();
  parts.use(addControllers(host, manager, { client, rootCa: "PEM" }));
  parts.use(
    addScheduler(host, manager, { client: clientOf("system:kube-scheduler") }),
  );
  parts.use(manager);
  await manager.start();
  const list = async (path: string) => (await server.json("GET", path)).items;
  const play = async (ready: (image: string) => boolean): Promise<boolean> => {
    let busy = false;
    for (const [at, pod] of (await list("/api/v1/pods")).entries()) {
      const path =
        `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
      if (pod.metadata.deletionTimestamp !== undefined) {
        busy = true;
        await server.json("DELETE", path, { body: { gracePeriodSeconds: 0 } });
      } else if (
        pod.spec.nodeName && pod.status.phase === "Pending" &&
        ready(pod.spec.containers[0].image)
      ) {
        busy = true;
        const ip = `10.42.0.${at + 1}`;
        await server.json("PATCH", `${path}/status`, {
          body: {
            status: {
              phase: "Running",
              podIP: ip,
              podIPs: [{ ip }],
              conditions: [
                ...pod.status.conditions ?? [],
                {
                  type: "Ready",
                  status: "True",
                  lastTransitionTime:
                    new Date(host.clock.now()).toISOString().slice(0, 19) + "Z",
                },
              ],
            },
          },
        });
      }
    }
    return busy;
  };
  await body({
    server,
    manager,
    list,
    writes: () => server.api.store.stats().writes,
    run: async ({ ready = () => true } = {}) => {
      for (let round = 0; round < 60; round++) {
        await host.advance(50);
        if (!await play(ready)) {
          await host.advance(2_000);
          if (!await play(ready)) return;
        }
      }
      throw new Error("The cluster does not settle");
    },
  });
  assert.deepEqual(host.failures, []);
}

async function addNode(server: Harness, name: string): Promise<void> {
  await server.json("POST", "/api/v1/nodes", {
    body: { apiVersion: "v1", kind: "Node", metadata: { name } },
  });
  await server.json("PATCH", `/api/v1/nodes/${name}/status`, {
    body: {
      status: {
        allocatable: { cpu: "4", memory: "4Gi", pods: "110" },
        conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }],
      },
    },
  });
}

const deployment = (name: string, replicas: number, image = "v1") => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [{
          name: "c",
          image,
          ports: [{ name: "http", containerPort: 8080 }],
        }],
      },
    },
  },
});

const service = (name: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: "http" }] },
});

Deno.test("a deployment and a service come up, roll, scale and go", () =>
  withCluster(async ({ server, list, run, writes }) => {
    await addNode(server, "n1");
    await addNode(server, "n2");
    await server.json("POST", `${APPS}/deployments`, {
      body: deployment("web", 4),
    });
    await server.json("POST", `${NS}/services`, { body: service("web") });
    await run();
    const nodes = await list("/api/v1/nodes");
    assert.deepEqual(nodes.map(({ spec }) => spec.podCIDR).sort(), [
      "10.42.0.0/24",
      "10.42.1.0/24",
    ]);
    assert.deepEqual(
      (await list("/api/v1/namespaces/kube-system/serviceaccounts")).map((
        { metadata },
      ) => metadata.name),
      ["default"],
    );
    const ready = async () =>
      (await list(
        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
      ))
        .filter(({ metadata }) =>
          metadata.labels["kubernetes.io/service-name"] === "web"
        )
        .flatMap(({ endpoints }) => endpoints ?? [])
        .filter(({ conditions }) => conditions.ready).length;
    assert.equal(await ready(), 4);
    const web = await server.json("GET", `${APPS}/deployments/web`);
    assert.equal(web.status.availableReplicas, 4);
    assert.equal(
      web.metadata.annotations["deployment.kubernetes.io/revision"],
      "1",
    );
    // At rest nothing is written.
    const before = writes();
    await server.host.advance(40_000);
    assert.equal(writes(), before);
    await server.json("PATCH", `${APPS}/deployments/web`, {
      body: {
        spec: {
          template: { spec: { containers: [{ name: "c", image: "v2" }] } },
        },
      },
      headers: { "content-type": "application/strategic-merge-patch+json" },
    });
    await run();
    const pods = await list(`${NS}/pods`);
    assert.deepEqual(pods.map(({ spec }) => spec.containers[0].image), [
      "v2",
      "v2",
      "v2",
      "v2",
    ]);
    assert.equal((await list(`${APPS}/replicasets`)).length, 2);
    await server.json("PATCH", `${APPS}/deployments/web/scale`, {
      body: { spec: { replicas: 1 } },
    });
    await run();
    assert.equal((await list(`${NS}/pods`)).length, 1);
    assert.equal(await ready(), 1);
    await server.json("DELETE", `${APPS}/deployments/web`);
    await server.json("DELETE", `${NS}/services/web`);
    await run();
    assert.equal((await list(`${NS}/pods`)).length, 0);
    assert.equal((await list(`${APPS}/replicasets`)).length, 0);
    assert.equal(await ready(), 0);
    assert.ok(
      !(await list(`${NS}/endpoints`)).some(({ metadata }) =>
        metadata.name === "web"
      ),
    );
  }));

Deno.test("a foreground deletion waits for the pods, an orphaning one leaves them", () =>
  withCluster(async ({ server, list, run }) => {
    await addNode(server, "n1");
    for (const name of ["fore", "orphan"]) {
      await server.json("POST", `${APPS}/deployments`, {
        body: deployment(name, 2),
      });
    }
    await run();
    await server.json("DELETE", `${APPS}/deployments/fore`, {
      body: { propagationPolicy: "Foreground" },
    });
    await server.json("DELETE", `${APPS}/deployments/orphan`, {
      body: { propagationPolicy: "Orphan" },
    });
    await server.host.advance(100);
    const fore = await server.json("GET", `${APPS}/deployments/fore`);
    assert.deepEqual(fore.metadata.finalizers, ["foregroundDeletion"]);
    await run();
    assert.deepEqual(await list(`${APPS}/deployments`), []);
    const sets = await list(`${APPS}/replicasets`);
    assert.equal(sets.length, 1);
    assert.equal(sets[0].metadata.ownerReferences, undefined);
    assert.equal((await list(`${NS}/pods`)).length, 2);
  }));

Deno.test("a namespace goes with all that is in it", () =>
  withCluster(async ({ server, list, run }) => {
    await addNode(server, "n1");
    await server.json("POST", "/api/v1/namespaces", {
      body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
    });
    await run();
    const shop = "/api/v1/namespaces/shop";
    assert.deepEqual(
      (await list(`${shop}/configmaps`)).map(({ metadata }) => metadata.name),
      ["kube-root-ca.crt"],
    );
    await server.json("POST", "/apis/apps/v1/namespaces/shop/deployments", {
      body: deployment("web", 3),
    });
    await server.json("POST", `${shop}/services`, { body: service("web") });
    await server.json("POST", `${shop}/configmaps`, {
      body: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "stuck", finalizers: ["example.dev/wait"] },
      },
    });
    await run();
    await server.json("DELETE", shop);
    await run();
    const { status } = await server.json("GET", shop);
    assert.equal(status.phase, "Terminating");
    const told = status.conditions.find(({ type }: { type: string }) =>
      type === "NamespaceContentRemaining"
    );
    assert.equal(
      told.message,
      "Some resources are remaining: configmaps. has 1 resource instances",
    );
    await server.json("PATCH", `${shop}/configmaps/stuck`, {
      body: { metadata: { finalizers: null } },
    });
    await server.host.advance(20_000);
    assert.equal((await server.ask("GET", shop)).status, 404);
    assert.ok(
      !(await list("/api/v1/pods")).some(({ metadata }) =>
        metadata.namespace === "shop"
      ),
    );
  }));

Deno.test("a replication controller replaces what is deleted, and pods that fit nowhere say why", () =>
  withCluster(async ({ server, list, run }) => {
    await addNode(server, "n1");
    await server.json("POST", `${NS}/replicationcontrollers`, {
      body: {
        apiVersion: "v1",
        kind: "ReplicationController",
        metadata: { name: "rc" },
        spec: {
          replicas: 3,
          selector: { app: "rc" },
          template: {
            metadata: { labels: { app: "rc" } },
            spec: {
              containers: [{
                name: "c",
                image: "v1",
                resources: { requests: { cpu: "1500m" } },
              }],
            },
          },
        },
      },
    });
    await run();
    const waiting = async () =>
      (await list(`${NS}/pods`)).filter(({ spec }) => !spec.nodeName);
    const [pending, ...others] = await waiting();
    assert.equal(others.length, 0);
    const scheduled = pending.status.conditions.find((
      { type }: { type: string },
    ) => type === "PodScheduled");
    assert.equal(
      scheduled.message,
      "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    );
    const running = (await list(`${NS}/pods`)).find(({ spec }) =>
      spec.nodeName
    );
    await server.json("DELETE", `${NS}/pods/${running.metadata.name}`, {
      body: { gracePeriodSeconds: 0 },
    });
    await run();
    assert.equal((await list(`${NS}/pods`)).length, 3);
    assert.equal((await waiting()).length, 1);
    const rc = await server.json("GET", `${NS}/replicationcontrollers/rc`);
    assert.equal(rc.status.replicas, 3);
    assert.equal(rc.status.readyReplicas, 2);
    const reasons = new Set(
      (await list(`${NS}/events`)).map(({ reason }) => reason),
    );
    for (
      const reason of ["SuccessfulCreate", "Scheduled", "FailedScheduling"]
    ) {
      assert.ok(reasons.has(reason), reason);
    }
  }));
