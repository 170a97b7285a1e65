/**
 * A power cut, and no network afterwards: the node brings back what it was told to run.
 */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { killAll, nodeProcesses, workloads } from "./processes.ts";
import {
  containerDeployment,
  service,
  shellPod,
  wasmDeployment,
  wasmPod,
} from "./objects.ts";
import { HAS_CONTAINERS, Rig } from "./rig.ts";
import { get, podOf, type ServiceAddress, Traffic } from "./traffic.ts";

const REPLICAS = HAS_CONTAINERS ? 5 : 3;

/** What a pod of the test reads: variables and files, from a ConfigMap and a Secret. */
const CONFIGURED = {
  container: {
    env: [
      {
        name: "GREETING",
        valueFrom: { configMapKeyRef: { name: "words", key: "greeting" } },
      },
      {
        name: "PASSWORD",
        valueFrom: { secretKeyRef: { name: "keys", key: "password" } },
      },
    ],
    volumeMounts: [
      { name: "words", mountPath: "/words" },
      { name: "keys", mountPath: "/keys" },
    ],
  },
  volumes: [
    { name: "words", configMap: { name: "words" } },
    { name: "keys", secret: { secretName: "keys" } },
  ],
};

testWith("a node brings its pods back after a power cut without its server", {
  needs: ["wasmtime", "linux"],
  fn: async (t) => {
    await using rig = await Rig.open({
      images: HAS_CONTAINERS ? ["http-echo", "busybox"] : [],
    });
    await rig.create(
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "words" },
        data: { greeting: "good morning\n" },
      },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "keys" },
        stringData: { password: "mellon\n" },
      },
      service("hello"),
      wasmDeployment("wasm", 3),
      wasmPod("reader", [
        ...["env", "read", "/words/greeting", "read", "/keys/password"],
        ...["sleep", "36000000"],
      ], CONFIGURED),
    );
    if (HAS_CONTAINERS) {
      await rig.create(
        containerDeployment("box", 2),
        shellPod(
          "box-reader",
          "env; cat /words/greeting /keys/password; exec sleep 36000",
          CONFIGURED,
        ),
      );
    }
    await rig.ready("app=hello", REPLICAS, "hello");
    const readers = HAS_CONTAINERS ? ["reader", "box-reader"] : ["reader"];
    for (const name of readers) await rig.ready(`name=${name}`, 1);
    const address = await rig.address("hello");
    const pods = await rig.list("pods");
    const uids = new Map(
      pods.map(({ metadata }) => [metadata.name, metadata.uid]),
    );
    const logs = (name: string, attempt: number) =>
      Deno.readTextFile(
        `${rig.cluster.dir}/agent/logs/default_${name}_${
          uids.get(name)
        }/main/${attempt}.log`,
      ).catch(() => "");

    await t.step("the power goes", async () => {
      assert.equal(await rig.server.stop(), 0);
      await rig.agent.stop("SIGKILL");
      const left = await nodeProcesses({
        dir: rig.cluster.dir,
        uids: [...uids.values()],
        except: [],
      });
      assert.ok(left.length >= pods.length);
      await killAll(left);
      await assert.rejects(answers(address));
    });

    await t.step(
      "pods, their configuration and the service are back",
      async () => {
        await rig.startAgent({ wait: false });
        await until(
          rig,
          async () => (await answers(address)).size === REPLICAS,
        );
        for (const name of readers) {
          await until(rig, async () => {
            const text = await logs(name, 1);
            return text.includes("F mellon");
          });
          const text = await logs(name, 1);
          for (const line of ["GREETING=good morning", "PASSWORD=mellon"]) {
            assert.ok(text.includes(`F ${line}`), text);
          }
          assert.match(text, /F good morning\n/);
        }
      },
    );

    await t.step(
      "the server comes back and learns of it; nothing restarts",
      async () => {
        await using traffic = new Traffic(address, { clients: 2 });
        await traffic.more(50);
        const before = await workloads(uids.keys());
        assert.equal(before.size, REPLICAS);
        await rig.startServer();
        await rig.until("all statuses are new", async () => {
          const pods = await rig.list("pods");
          return pods.length === uids.size &&
            pods.every(({ status }) =>
              status.containerStatuses[0].restartCount === 1 &&
              status.containerStatuses[0].ready
            );
        });
        await rig.ready("app=hello", REPLICAS, "hello");
        await traffic.more(50);
        assert.deepEqual(await workloads(uids.keys()), before);
        const { pods, failures } = await traffic.stop();
        assert.deepEqual(failures, []);
        assert.equal(pods.size, REPLICAS);
        const now = await rig.list("pods");
        assert.deepEqual(
          new Map(now.map(({ metadata }) => [metadata.name, metadata.uid])),
          uids,
        );
        // The addresses are the new ones.
        const slices = await rig.list("endpointslices");
        const endpoints = slices.filter(({ metadata }) =>
          metadata.labels["kubernetes.io/service-name"] === "hello"
        ).flatMap(({ endpoints }) => endpoints).flatMap(({ addresses }) =>
          addresses
        );
        const ips = now.filter(({ metadata }) =>
          metadata.labels.app === "hello"
        )
          .map(({ status }) => status.podIP);
        assert.deepEqual(endpoints.sort(), ips.sort());
      },
    );
  },
});

/** Pods that answered a round of requests. @throws when one fails */
async function answers(address: ServiceAddress): Promise<Set<string>> {
  const pods = new Set<string>();
  for (let i = 0; i < 2 * REPLICAS; i++) pods.add(podOf(await get(address)));
  return pods;
}

/** Like `rig.until`, but the server is not there to be asked. */
async function until(rig: Rig, isSo: () => Promise<boolean>): Promise<void> {
  await rig.cluster.until("it is so", () => isSo().catch(() => false));
}
