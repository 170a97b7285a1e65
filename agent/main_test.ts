/** The agent as a whole, against the real server. */
import assert from "node:assert/strict";
import { HostError } from "../src/base/host.ts";
import {
  CONFIG_MAPS,
  EVENTS,
  NODES,
  PODS,
  SECRETS,
} from "../src/client/resources.ts";
import { hasStatusCode } from "../src/client/response_error.ts";
import { startAgent } from "./main.ts";
import { FakeRuntime } from "./runtime/fake/mod.ts";
import { NodeBench } from "./testing/node_bench.ts";

Deno.test(
  "startAgent() registers its node, runs a pod, shows its output and removes it",
  async () => {
    await using bench = await NodeBench.open();
    bench.script = { lines: ["hello", "world"] };
    await bench.startAgent();
    const node = await bench.until("the node is Ready", async () => {
      const node = await bench.client.get(NODES, { name: "n1" });
      const ready = node.status?.conditions?.find(({ type }) =>
        type === "Ready"
      );
      return ready?.status === "True" && node;
    });
    assert.equal(
      (node as typeof node & object).metadata.labels!["kubernetes.io/hostname"],
      "n1",
    );
    await bench.createPod("web");
    await bench.until(
      "the pod runs",
      async () => (await bench.pod("web")).status?.phase === "Running",
    );
    const { status } = await bench.pod("web");
    assert.equal(status!.hostIP, "192.0.2.9");
    assert.equal(status!.qosClass, "BestEffort");
    const log = await bench.client.raw(
      "/api/v1/namespaces/default/pods/web/log?tailLines=1",
    );
    assert.equal(await log.text(), "world\n");
    await bench.until("the events are there", async () => {
      const { items } = await bench.client.list(EVENTS, {
        namespace: "default",
      });
      const reasons = items.map(({ reason }) => reason);
      return ["Pulled", "Created", "Started"].every((r) => reasons.includes(r));
    });
    await bench.client.delete(PODS, { name: "web", namespace: "default" });
    await bench.until("the pod is gone", async () => {
      try {
        return !(await bench.pod("web"));
      } catch (error) {
        return hasStatusCode(error, 404);
      }
    });
    await bench.until(
      "nothing is left",
      () => bench.machine.sandboxes.size === 0,
    );
    // The API knows a moment before the agent hears that it was told.
    await bench.until("the checkpoint forgot it", async () => {
      const left = await bench.host.disk.list(
        `${bench.folder}/agent/checkpoint/pods`,
      );
      return left.length === 0;
    });
    await assert.rejects(
      bench.host.disk.stat(`${bench.folder}/agent/pods`).then(async () => {
        const pods = await bench.host.disk.list(`${bench.folder}/agent/pods`);
        if (pods.length === 0) throw new HostError("not-found", "Empty");
      }),
    );
  },
);

Deno.test(
  "startAgent() takes running pods over and restarts nothing when it is started again",
  async () => {
    await using bench = await NodeBench.open();
    await bench.startAgent();
    await bench.createPod("web");
    await bench.until(
      "the pod runs",
      async () => (await bench.pod("web")).status?.phase === "Running",
    );
    const { resourceVersion } = (await bench.pod("web")).metadata;
    await bench.stopAgent();
    assert.deepEqual(bench.running(), ["default/web/app"]);
    // The second start needs no token any more.
    const { token: _token, ...options } = bench.agentOptions();
    await bench.startAgent(options);
    await bench.until("the pod is taken over", () => {
      const { pods } = bench.agent.state() as { pods: { state: string }[] };
      return pods[0]?.state === "running";
    });
    assert.deepEqual(bench.machine.starts, ["web/app#0"]);
    assert.equal(
      (await bench.pod("web")).metadata.resourceVersion,
      resourceVersion,
    );
  },
);

Deno.test(
  "startAgent() brings everything back without a server after a power cut, with its secrets",
  async () => {
    await using bench = await NodeBench.open();
    await bench.startAgent();
    await bench.client.create(SECRETS, {
      metadata: { name: "key", namespace: "default" },
      data: { password: btoa("hunter2") },
    });
    await bench.createPod("web", {
      volumes: [{ name: "key", secret: { secretName: "key" } }],
      containers: [{
        name: "app",
        image: "app",
        env: [{
          name: "PASSWORD",
          valueFrom: { secretKeyRef: { name: "key", key: "password" } },
        }],
        volumeMounts: [{ name: "key", mountPath: "/key" }],
      }],
    });
    await bench.until(
      "the pod runs",
      async () => (await bench.pod("web")).status?.phase === "Running",
    );
    await bench.until(
      "the checkpoint holds the secret",
      async () =>
        (await bench.host.disk.list(`${bench.folder}/agent/checkpoint/secrets`))
          .length === 1,
    );
    await bench.stopAgent();
    await bench.stopServer();
    bench.machine.powerCut(Date.now());
    assert.deepEqual(bench.running(), []);
    await bench.startAgent();
    await bench.until("the pod runs again", () => bench.running().length === 1);
    const containers = [...bench.machine.containers.values()];
    const newest = containers.at(-1)!;
    assert.equal(newest.config.attempt, 1);
    assert.deepEqual(
      newest.config.env.find(({ name }) => name === "PASSWORD"),
      { name: "PASSWORD", value: "hunter2" },
    );
    const [mount] = newest.config.mounts;
    assert.equal(
      await bench.host.disk.readText(`${mount!.hostPath}/password`),
      "hunter2",
    );
    // What happened meanwhile reaches the server when it is back, and nothing is restarted for it.
    await bench.startServer();
    await bench.until(
      "the server knows",
      async () =>
        (await bench.pod("web")).status?.containerStatuses?.[0]
          ?.restartCount ===
          1,
    );
    assert.equal(bench.machine.starts.length, 2);
  },
);

Deno.test(
  "startAgent() ends a pod that was deleted while it was away",
  async () => {
    await using bench = await NodeBench.open();
    await bench.startAgent();
    await bench.createPod("web");
    await bench.until("the pod runs", () => bench.running().length === 1);
    await bench.stopAgent();
    await bench.client.delete(PODS, { name: "web", namespace: "default" }, {
      gracePeriodSeconds: 0,
    });
    await bench.startAgent();
    await bench.until(
      "nothing is left",
      () => bench.machine.sandboxes.size === 0,
    );
    assert.deepEqual(bench.running(), []);
  },
);

Deno.test(
  "mounted files follow their ConfigMap, and a pod waits for one that is missing",
  async () => {
    await using bench = await NodeBench.open();
    await bench.startAgent();
    await bench.createPod("web", {
      volumes: [{ name: "cfg", configMap: { name: "cfg" } }],
      containers: [{
        name: "app",
        image: "app",
        volumeMounts: [{ name: "cfg", mountPath: "/cfg" }],
      }],
    });
    await bench.until("FailedMount is told", async () => {
      const { items } = await bench.client.list(EVENTS, {
        namespace: "default",
      });
      return items.some(({ reason, message }) =>
        reason === "FailedMount" &&
        message ===
          'MountVolume.SetUp failed for volume "cfg" : configmap "cfg" not found'
      );
    });
    await bench.client.create(CONFIG_MAPS, {
      metadata: { name: "cfg", namespace: "default" },
      data: { a: "1" },
    });
    await bench.until("the pod runs", () => bench.running().length === 1);
    const [container] = [...bench.machine.containers.values()];
    const path = `${container!.config.mounts[0]!.hostPath}/a`;
    assert.equal(await bench.host.disk.readText(path), "1");
    await bench.client.patch(
      CONFIG_MAPS,
      { name: "cfg", namespace: "default" },
      {
        type: "merge",
        body: { data: { a: "2" } },
      },
    );
    await bench.until(
      "the file follows",
      async () => await bench.host.disk.readText(path) === "2",
    );
    assert.equal(bench.machine.starts.length, 1);
  },
);

Deno.test(
  "close() with stopPods ends the pods, and the next agent starts them again",
  async () => {
    await using bench = await NodeBench.open();
    await bench.startAgent();
    await bench.createPod("web");
    await bench.until("the pod runs", () => bench.running().length === 1);
    await bench.stopAgent({ stopPods: true });
    assert.deepEqual(bench.running(), []);
    assert.ok(await bench.pod("web"));
    await bench.startAgent();
    await bench.until("the pod runs again", () => bench.running().length === 1);
  },
);

Deno.test(
  "startAgent() throws when another agent works on the same folder or holds the health port",
  async () => {
    await using bench = await NodeBench.open();
    await bench.startAgent();
    await assert.rejects(
      startAgent(bench.host, bench.agentOptions()),
      /Could not start the agent: another one works in/,
    );
    const taken = await bench.host.net.serve(() => new Response("kubelet"), {
      at: { hostname: "127.0.0.1", port: 0 },
    });
    await assert.rejects(
      startAgent(
        bench.host,
        bench.agentOptions({
          dataDir: `${bench.folder}/other`,
          healthAddress: taken.address,
        }),
      ),
      /is in use, so another agent \(or a kubelet\) runs on this machine/,
    );
    await taken.close();
  },
);

Deno.test(
  "startAgent() throws for a bad token, and fails when the server does not know the token or is another",
  async () => {
    await using bench = await NodeBench.open();
    await assert.rejects(
      startAgent(bench.host, bench.agentOptions({ token: "nonsense" })),
      /Could not read the join token/,
    );
    const wrongSecret = bench.token.replace("0123", "9999");
    const refused = await startAgent(
      bench.host,
      bench.agentOptions({ token: wrongSecret }),
    );
    await assert.rejects(refused.failed, /The server refused this node/);
    await refused.close();
    const wrongHash = bench.token.replace(/.{4}$/, "0000");
    const distrusted = await startAgent(
      bench.host,
      bench.agentOptions({ token: wrongHash, dataDir: `${bench.folder}/b` }),
    );
    await assert.rejects(distrusted.failed, /Could not trust/);
    await distrusted.close();
  },
);

Deno.test(
  "a second node of the same name with another key is refused",
  async () => {
    await using bench = await NodeBench.open();
    await bench.startAgent();
    await bench.until(
      "the node is there",
      () => bench.client.get(NODES, { name: "n1" }),
    );
    const impostor = await startAgent(
      bench.host,
      bench.agentOptions({ dataDir: `${bench.folder}/impostor` }),
    );
    await assert.rejects(impostor.failed, /The server refused this node/);
    await impostor.close();
  },
);

Deno.test("files of the downward API follow the pod's labels", async () => {
  await using bench = await NodeBench.open();
  await bench.startAgent();
  await bench.createPod("web", {
    volumes: [{
      name: "me",
      downwardAPI: {
        items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }],
      },
    }],
    containers: [{
      name: "app",
      image: "app",
      volumeMounts: [{ name: "me", mountPath: "/me" }],
    }],
  });
  await bench.until("the pod runs", () => bench.running().length === 1);
  const [container] = [...bench.machine.containers.values()];
  const path = `${container!.config.mounts[0]!.hostPath}/labels`;
  assert.equal(await bench.host.disk.readText(path), "");
  await bench.client.patch(PODS, { name: "web", namespace: "default" }, {
    type: "merge",
    body: { metadata: { labels: { color: "red" } } },
  });
  await bench.until(
    "the file follows",
    async () => await bench.host.disk.readText(path) === 'color="red"',
  );
});

Deno.test("a pod's whole life costs four writes of the checkpoint, and none while it just runs", async () => {
  await using bench = await NodeBench.open();
  const touched: string[] = [];
  const { disk } = bench.host;
  const [write, remove] = [disk.writeAtomic.bind(disk), disk.remove.bind(disk)];
  const note = (path: string) =>
    path.includes("/checkpoint/pods/") && touched.push(path);
  disk.writeAtomic = (path, content, options) => {
    note(path);
    return write(path, content, options);
  };
  disk.remove = (path) => {
    note(path);
    return remove(path);
  };
  await bench.startAgent();
  await bench.createPod("web");
  await bench.until(
    "the pod runs",
    async () => (await bench.pod("web")).status?.phase === "Running",
  );
  await bench.client.patch(PODS, { name: "web", namespace: "default" }, {
    type: "merge",
    subresource: "status",
    body: { status: { message: "somebody else's word" } },
  });
  await bench.until(
    "the status is put right",
    async () => (await bench.pod("web")).status?.message === undefined,
  );
  assert.equal(touched.length, 1);
  await bench.client.delete(PODS, { name: "web", namespace: "default" });
  await bench.until(
    "nothing is left",
    async () =>
      (await disk.list(`${bench.folder}/agent/checkpoint/pods`)).length === 0,
  );
  // The wish to end, the final status, and the removal.
  assert.equal(touched.length, 4);
});

Deno.test("startAgent() has its node follow a runtime that goes away and comes back", async () => {
  await using bench = await NodeBench.open();
  let away = () => {};
  let ready = true;
  await bench.startAgent({
    parts: (host) => ({
      runtimes: [
        Object.assign(new FakeRuntime(host, { machine: bench.machine }), {
          status: () => Promise.resolve({ ready, version: "1" }),
          onAway: (listener: () => void) => {
            away = listener;
            return { [Symbol.dispose]: () => {} };
          },
        }),
      ],
      defaultRuntime: "fake",
    }),
  });
  const becomes = (status: string) =>
    bench.until(`Ready is ${status}`, async () => {
      const node = await bench.client.get(NODES, { name: "n1" });
      return node.status?.conditions?.find(({ type }) => type === "Ready")
        ?.status === status;
    });
  await becomes("True");
  ready = false;
  away();
  await becomes("False");
  ready = true; // nobody rings for it
  await becomes("True");
});
