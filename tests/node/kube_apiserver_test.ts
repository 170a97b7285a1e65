/** The agent joins a real kube-apiserver by a kubeconfig, with no change of code. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { foundTools, testWith } from "../../src/testing/needs.ts";
import { BUSYBOX_IMAGE, makeImage } from "../../tools/make_image.ts";
import type { Any } from "../e2e/objects.ts";
import { isReady } from "../e2e/rig.ts";
import { TestCluster } from "../support/cluster.ts";
import { KubeApiServer } from "../support/kube_apiserver.ts";

const PODS = "/api/v1/namespaces/default/pods";
const LEASE =
  "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1";

testWith("the agent is a node of a real kube-apiserver", {
  needs: ["containerd", "kube-apiserver", "etcd"],
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using cluster = await TestCluster.make();
    await using api = await KubeApiServer.start(cluster.dir);
    const kubeconfig = join(cluster.dir, "node.kubeconfig");
    await Deno.writeTextFile(kubeconfig, api.nodeKubeconfig());
    const manifests = join(cluster.dir, "manifests");
    await Deno.mkdir(manifests);
    const start = (args: readonly string[] = []) =>
      cluster.startAgent({
        wait: false,
        args: [
          ...["--kubeconfig", kubeconfig, "--node-labels", "zone=a"],
          ...["--pod-manifest-path", manifests, ...args],
        ],
      });
    const until = async (what: string, isSo: () => Promise<boolean>) => {
      try {
        await api.until(what, isSo);
      } catch (error) {
        const pods = await api.call("GET", PODS);
        throw new Error(
          `${(error as Error).message}\n${await cluster.log("agent")}\n${
            JSON.stringify(pods.items.map(({ status }: Any) => status))
          }`,
        );
      }
    };
    const pod = (name: string) => api.call("GET", `${PODS}/${name}`);
    const ready = (name: string) =>
      until(`${name} is Ready`, async () => {
        const found = await pod(name);
        return found.kind === "Pod" && isReady(found);
      });
    let agent = await start();

    await t.step("it registers, with a Lease", async () => {
      await until(
        "the node is there",
        async () => (await api.call("GET", "/api/v1/nodes/n1")).kind === "Node",
      );
      // The part of kube-controller-manager.
      await api.call("PATCH", "/api/v1/nodes/n1", {
        spec: { podCIDR: "10.42.7.0/24", podCIDRs: ["10.42.7.0/24"] },
      });
      await until(
        "the node is Ready",
        async () => isReady(await api.call("GET", "/api/v1/nodes/n1")),
      );
      const node = await api.call("GET", "/api/v1/nodes/n1");
      assert.equal(node.metadata.labels.zone, "a");
      assert.equal(node.metadata.labels["kubernetes.io/hostname"], "n1");
      const lease = await api.call("GET", LEASE);
      assert.equal(lease.spec.holderIdentity, "n1");
      await until("the Lease is renewed and the node's own", async () => {
        const { spec, metadata } = await api.call("GET", LEASE);
        return spec.renewTime > lease.spec.renewTime &&
          metadata.ownerReferences?.[0]?.uid === node.metadata.uid;
      });
    });

    await t.step(
      "it runs a pod with configuration, a Secret and a token",
      async () => {
        const archive = join(cluster.dir, "busybox.tar");
        await Deno.writeFile(
          archive,
          await makeImage("busybox", String(foundTools()["busybox"])),
        );
        const { code, stderr } = await cluster.wherry(
          "image",
          "import",
          archive,
        );
        assert.equal(code, 0, stderr);
        await api.create("/api/v1/namespaces/default/configmaps", {
          metadata: { name: "words" },
          data: { word: "hello" },
        });
        await api.create("/api/v1/namespaces/default/secrets", {
          metadata: { name: "key" },
          stringData: { password: "hunter2" },
        });
        await api.create(PODS, webPod("web"));
        await ready("web");
        const { status } = await pod("web");
        assert.match(status.podIP, /^10\.42\.7\./);
        assert.equal(status.qosClass, "BestEffort");
        await until("it says what it was given", async () => {
          const [path] = await logFiles(
            join(cluster.dir, "agent/logs"),
            "_web_",
          );
          const said = await Deno.readTextFile(path!);
          return /hello hunter2/.test(said) &&
            /namespace default, token of 3 parts/.test(said);
        });
        await until("there are events", async () => {
          const { items } = await api.call(
            "GET",
            "/api/v1/namespaces/default/events",
          );
          const reasons = items.map(({ reason }: Any) => reason);
          return ["Created", "Started"].every((one) => reasons.includes(one));
        });
      },
    );

    await t.step("its static pods have mirrors", async () => {
      const { spec, metadata } = webPod("static");
      await Deno.writeTextFile(
        join(manifests, "static.json"),
        JSON.stringify({
          apiVersion: "v1",
          kind: "Pod",
          metadata,
          spec: {
            containers: [{
              ...spec.containers[0],
              command: ["sleep", "1000000"],
              env: [],
              volumeMounts: [],
            }],
            terminationGracePeriodSeconds: 1,
          },
        }),
      );
      await ready("static-n1");
      await Deno.remove(join(manifests, "static.json"));
      await until(
        "the mirror is gone",
        async () => (await pod("static-n1")).kind === "Status",
      );
    });

    await t.step("a restart of the agent restarts no pod", async () => {
      const before = (await pod("web")).status.containerStatuses[0];
      await agent.stop("SIGKILL");
      agent = await start();
      const { renewTime } = (await api.call("GET", LEASE)).spec;
      await until(
        "the Lease is renewed",
        async () => (await api.call("GET", LEASE)).spec.renewTime > renewTime,
      );
      const after = (await pod("web")).status.containerStatuses[0];
      assert.equal(after.containerID, before.containerID);
      assert.equal(after.restartCount, 0);
    });

    await t.step("a server that was away is found again", async () => {
      const before = (await pod("web")).status.containerStatuses[0];
      await api.restart();
      await api.create(PODS, webPod("later"));
      await ready("later");
      const after = (await pod("web")).status.containerStatuses[0];
      assert.equal(after.containerID, before.containerID);
      await api.call("DELETE", `${PODS}/later`);
      await until(
        "it is gone",
        async () => (await pod("later")).kind === "Status",
      );
    });

    await t.step("a deleted pod ends and is gone", async () => {
      await api.call("DELETE", `${PODS}/web`);
      await until(
        "it is gone",
        async () => (await pod("web")).kind === "Status",
      );
    });

    await agent.stop();
    agent = await start(["--stop-pods-on-exit"]);
    await cluster.until("the agent answers", async () => {
      const answer = await fetch("http://127.0.0.1:10248/debug/state")
        .catch(() => undefined);
      return (await answer?.json().catch(() => undefined))?.proxy !== undefined;
    });
    assert.equal(await agent.stop(), 0);
  },
});

/** Says what it was given, then waits. */
function webPod(name: string): Any {
  const account = "/var/run/secrets/kubernetes.io/serviceaccount";
  const script = `echo "$WORD $(cat /key/password)"
echo "namespace $(cat ${account}/namespace), token of $(tr '.' '\\n' <${account}/token | grep -c .) parts"
trap 'exit 0' TERM; while :; do sleep 0.1; done`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      nodeName: "n1",
      terminationGracePeriodSeconds: 2,
      containers: [{
        name: "app",
        image: BUSYBOX_IMAGE,
        command: ["sh", "-c", script],
        env: [{
          name: "WORD",
          valueFrom: { configMapKeyRef: { name: "words", key: "word" } },
        }],
        volumeMounts: [{ name: "key", mountPath: "/key" }],
      }],
      volumes: [{ name: "key", secret: { secretName: "key" } }],
    },
  };
}

/** Log files below a folder whose path has a part in it. */
async function logFiles(folder: string, part: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) found.push(...await logFiles(path, part));
    else if (path.includes(part)) found.push(path);
  }
  return found;
}
