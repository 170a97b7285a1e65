/** A real kubelet is a node of our server. Its logs and sessions are left out: the server would have to dial it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ContainerdRig } from "../../src/testing/containerd_rig.ts";
import { testWith } from "../../src/testing/needs.ts";
import { BUSYBOX_IMAGE } from "../../tools/make_image.ts";
import type { Any } from "../e2e/objects.ts";
import { isReady } from "../e2e/rig.ts";
import { TestCluster } from "../support/cluster.ts";
import { Kubelet } from "../support/kubelet.ts";

testWith("a real kubelet is a node of our server", {
  needs: ["containerd", "kubelet"],
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using cluster = await TestCluster.make();
    await cluster.startServer();
    await using containerd = await ContainerdRig.open({ here: true });
    const { token: admin, ca } = await cluster.credentials();
    using client = Deno.createHttpClient({ caCerts: [ca] });
    const call = async (method: string, path: string, body?: unknown) => {
      const answer = await fetch(cluster.url + path, {
        method,
        client,
        headers: {
          authorization: `Bearer ${admin}`,
          "content-type": method === "PATCH"
            ? "application/merge-patch+json"
            : "application/json",
        },
        ...body === undefined ? {} : { body: JSON.stringify(body) },
      });
      return await answer.json() as Any;
    };
    const space = "/api/v1/namespaces/default";
    const create = async (plural: string, object: Any) => {
      const made = await call("POST", `${space}/${plural}`, object);
      if (made.kind === "Status") throw new Error(made.message);
    };
    const token = (await cluster.wherry("token", "create")).stdout.split(
      "@",
    )[0]!;
    const dir = join(cluster.dir, "kubelet");
    await using kubelet = await Kubelet.start({
      dir,
      server: cluster.url,
      ca,
      token: token.trim(),
      nodeName: "k1",
      socket: containerd.own.socket,
    });
    const until = async (what: string, isSo: () => Promise<boolean>) => {
      try {
        await cluster.until(what, async () => {
          if (kubelet.ended) throw new Error("kubelet ended");
          return await isSo();
        });
      } catch (error) {
        const pods = await call("GET", `${space}/pods`);
        const events = await call("GET", `${space}/events`);
        throw new Error(
          `${(error as Error).message}\n${await kubelet.log()}\n${
            JSON.stringify([
              pods.items.map(({ status }: Any) => status),
              events.items.map(({ message }: Any) => message),
            ])
          }`,
        );
      }
    };
    const pod = (name: string) => call("GET", `${space}/pods/${name}`);
    const LEASE =
      "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/k1";

    await t.step(
      "it asks for a certificate, registers and is Ready",
      async () => {
        await until("the node is Ready", async () =>
          isReady({
            metadata: {},
            status: {},
            ...await call("GET", "/api/v1/nodes/k1"),
          }));
        const { items } = await call(
          "GET",
          "/apis/certificates.k8s.io/v1/certificatesigningrequests",
        );
        assert.equal(items[0].status.conditions[0].reason, "AutoApproved");
        const node = await call("GET", "/api/v1/nodes/k1");
        assert.match(node.status.nodeInfo.kubeletVersion, /^v1\.36/);
        assert.match(node.spec.podCIDR, /^10\.42\./);
        await until(
          "its taints are gone",
          async () =>
            ((await call("GET", "/api/v1/nodes/k1")).spec.taints ?? [])
              .length ===
              0,
        );
      },
    );

    await t.step(
      "a pod is scheduled there and runs, with configuration, a Secret and a token",
      async () => {
        await create("configmaps", {
          metadata: { name: "words" },
          data: { word: "hello" },
        });
        await create("secrets", {
          metadata: { name: "key" },
          stringData: { password: "hunter2" },
        });
        await create("pods", webPod());
        await until("it is Ready", async () => {
          const found = await pod("web");
          return found.kind === "Pod" && isReady(found);
        });
        const { status, spec } = await pod("web");
        assert.equal(spec.nodeName, "k1");
        assert.match(status.podIP, /^10\./);
        await until(
          "it says what it was given",
          async () => /hello hunter2 default hello 3\n/.test(await output()),
        );
        await until("there are events", async () => {
          const { items } = await call("GET", `${space}/events`);
          const reasons = items.map(({ reason }: Any) => reason);
          return ["Scheduled", "Created", "Started"].every((wanted) =>
            reasons.includes(wanted)
          );
        });
      },
    );

    await t.step("a change of a ConfigMap reaches the pod", async () => {
      await call("PATCH", `${space}/configmaps/words`, {
        data: { word: "goodbye" },
      });
      await until(
        "the file says it",
        async () => /hunter2 default goodbye 3\n/.test(await output()),
      );
    });

    await t.step("it renews its Lease, and stays Ready by that", async () => {
      // It begins some seconds after its node is there.
      await until(
        "there is a Lease",
        async () => (await call("GET", LEASE)).kind === "Lease",
      );
      const lease = await call("GET", LEASE);
      assert.equal(lease.spec.holderIdentity, "k1");
      await until("it is renewed twice", async () => {
        const { renewTime } = (await call("GET", LEASE)).spec;
        return Date.parse(renewTime) - Date.parse(lease.spec.renewTime) >
          15_000;
      });
      assert.ok(isReady(await call("GET", "/api/v1/nodes/k1")));
    });

    await t.step("a Deployment runs there behind a Service", async () => {
      const apps = "/apis/apps/v1/namespaces/default/deployments";
      await call("POST", apps, deployment());
      await create("services", {
        metadata: { name: "many" },
        spec: { selector: { app: "many" }, ports: [{ port: 80 }] },
      });
      await until(
        "all are available",
        async () =>
          (await call("GET", `${apps}/many`)).status?.availableReplicas === 3,
      );
      await until("the Service knows them", async () => {
        const { items } = await call(
          "GET",
          "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
        );
        return items.flatMap(({ endpoints }: Any) => endpoints ?? []).filter((
          { nodeName, conditions }: Any,
        ) => nodeName === "k1" && conditions.ready).length === 3;
      });
      await call("DELETE", `${apps}/many?propagationPolicy=Background`);
      await until(
        "its pods are gone",
        async () =>
          (await call("GET", `${space}/pods?labelSelector=app%3Dmany`)).items
            .length === 0,
      );
    });

    await t.step("its static pods have mirrors here", async () => {
      const path = join(kubelet.manifests, "static.json");
      await Deno.writeTextFile(
        path,
        JSON.stringify({
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "static" },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [{
              name: "app",
              image: BUSYBOX_IMAGE,
              command: ["sleep", "1000000"],
            }],
          },
        }),
      );
      await until("the mirror is Ready", async () => {
        const found = await pod("static-k1");
        return found.kind === "Pod" && isReady(found);
      });
      const { uid } = (await pod("static-k1")).metadata;
      await call("DELETE", `${space}/pods/static-k1`);
      await until("the mirror is there again", async () => {
        const found = await pod("static-k1");
        return found.kind === "Pod" && found.metadata.uid !== uid &&
          isReady(found);
      });
      await Deno.remove(path);
      await until(
        "the mirror is gone",
        async () => (await pod("static-k1")).kind === "Status",
      );
    });

    await t.step("it takes its pods over when it starts again", async () => {
      const before = (await pod("web")).status.containerStatuses[0];
      await kubelet.stop();
      kubelet.again();
      const lease = await call("GET", LEASE);
      await until(
        "the Lease is renewed",
        async () =>
          (await call("GET", LEASE)).spec.renewTime > lease.spec.renewTime,
      );
      const after = (await pod("web")).status.containerStatuses[0];
      assert.equal(after.containerID, before.containerID);
    });

    await t.step("a deleted pod ends and is gone", async () => {
      await call("DELETE", `${space}/pods/web`);
      await until(
        "it is gone",
        async () => (await pod("web")).kind === "Status",
      );
    });

    /** What the pod printed, as containerd has kept it. */
    async function output(): Promise<string> {
      const { metadata } = await pod("web");
      const folder = `/var/log/pods/default_web_${metadata.uid}/app`;
      const text = await Deno.readTextFile(`${folder}/0.log`);
      return text.replaceAll(/^\S+ \S+ \S+ /gm, "");
    }
  },
});

/** Pods with an init container, a sidecar, probes and volumes of several sorts. */
function deployment(): Any {
  const image = BUSYBOX_IMAGE;
  const command = ["sleep", "1000000"];
  return {
    metadata: { name: "many" },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "many" } },
      template: {
        metadata: { labels: { app: "many" } },
        spec: {
          terminationGracePeriodSeconds: 1,
          initContainers: [
            { name: "init", image, command: ["true"] },
            { name: "sidecar", image, command, restartPolicy: "Always" },
          ],
          containers: [{
            name: "app",
            image,
            command,
            readinessProbe: { exec: { command: ["true"] } },
            volumeMounts: [
              { name: "scratch", mountPath: "/scratch" },
              { name: "me", mountPath: "/me" },
            ],
          }],
          volumes: [
            { name: "scratch", emptyDir: { medium: "Memory" } },
            {
              name: "me",
              downwardAPI: {
                items: [{
                  path: "labels",
                  fieldRef: { fieldPath: "metadata.labels" },
                }],
              },
            },
          ],
        },
      },
    },
  };
}

/** Says again and again what it was given. */
function webPod(): Any {
  const account = "/var/run/secrets/kubernetes.io/serviceaccount";
  const script = `trap 'exit 0' TERM
while :; do
  echo "$WORD $(cat /key/password) $(cat ${account}/namespace) $(cat /words/word) $(tr . '\\n' <${account}/token | grep -c .)"
  sleep 0.5
done`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: {
      terminationGracePeriodSeconds: 2,
      containers: [{
        name: "app",
        image: BUSYBOX_IMAGE,
        command: ["sh", "-c", script],
        env: [{
          name: "WORD",
          valueFrom: { configMapKeyRef: { name: "words", key: "word" } },
        }],
        volumeMounts: [
          { name: "key", mountPath: "/key" },
          { name: "words", mountPath: "/words" },
        ],
      }],
      volumes: [
        { name: "key", secret: { secretName: "key" } },
        { name: "words", configMap: { name: "words" } },
      ],
    },
  };
}
