import assert from "node:assert/strict";
import type { Node } from "../../../src/api/core/node.ts";
import type { Pod } from "../../../src/api/core/pod.ts";
import { ResourceInformer } from "../../../src/client/informer.ts";
import { NODES, PODS } from "../../../src/client/resources.ts";
import { RestClient } from "../../../src/client/rest_client.ts";
import { FakeApi } from "../../../src/testing/fake_api.ts";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import { MirrorPods } from "./mirror_pods.ts";

const PATH = "/api/v1/namespaces/default/pods";

function staticPod(name: string, uid: string): Pod {
  return {
    metadata: {
      name,
      namespace: "default",
      uid,
      annotations: {
        "kubernetes.io/config.hash": uid,
        "kubernetes.io/config.source": "file",
      },
    },
    spec: {
      nodeName: "n1",
      containers: [{ name: "app", image: "busybox" }],
    },
  };
}

/** Mirrors of static pods that a test sets, in an API that it can look into. */
async function bench(options: { node?: boolean } = {}) {
  const host = new VirtualHost();
  const api = new FakeApi(host);
  const client = new RestClient(api);
  const running = new Map<string, Pod>();
  const waiting = new Map<string, Pod>();
  const held = new Set<string>();
  let isSettled = true;
  const putNode = () =>
    api.put("/api/v1/nodes", {
      metadata: { name: "n1" },
      spec: {},
    });
  if (options.node !== false) putNode();
  const stop = new AbortController();
  const informer = new ResourceInformer<Pod>(host, client, PODS, {
    fieldSelector: "spec.nodeName=n1",
  });
  const nodes = new ResourceInformer<Node>(host, client, NODES, {});
  const mirrors = new MirrorPods(host, {
    client,
    informer,
    nodeName: "n1",
    node: () => nodes.get("n1"),
    running: () => running,
    wanted: () => new Map([...waiting, ...running]),
    isSettled: () => isSettled,
    isHeld: (key) => held.has(key),
  });
  informer.onChange(({ key }) => mirrors.observed(key));
  nodes.onChange(() => mirrors.changed());
  host.spawn("pods", () => informer.run(stop.signal));
  host.spawn("nodes", () => nodes.run(stop.signal));
  host.spawn("mirrors", () => mirrors.run(stop.signal));
  await host.advance(10);
  return {
    host,
    api,
    running,
    waiting,
    held,
    mirrors,
    putNode,
    setSettled: (to: boolean) => isSettled = to,
    mirror: (name: string): Pod | undefined => api.object(`${PATH}/${name}`),
    writes: () => api.writes.splice(0),
    async go(ms = 10) {
      mirrors.changed();
      await host.advance(ms);
    },
    async stop() {
      stop.abort();
      await host.settle();
      assert.deepEqual(host.failures, []);
    },
  };
}

Deno.test("MirrorPods makes mirrors once the node is there, each once", async () => {
  const b = await bench({ node: false });
  b.running.set("default/web-n1", staticPod("web-n1", "1"));
  await b.go(120_000);
  assert.equal(b.mirror("web-n1"), undefined);
  b.putNode();
  await b.host.advance(120_000);
  const { metadata } = b.mirror("web-n1")!;
  assert.equal(metadata.annotations!["kubernetes.io/config.mirror"], "1");
  assert.deepEqual(
    metadata.ownerReferences!.map(({ kind, name, controller }) => [
      kind,
      name,
      controller,
    ]),
    [["Node", "n1", true]],
  );
  assert.equal(b.writes().filter((one) => one.startsWith("POST")).length, 1);
  await b.stop();
});

Deno.test("MirrorPods replaces a mirror of an older manifest, and deletes one whose pod is gone", async () => {
  const b = await bench();
  b.running.set("default/web-n1", staticPod("web-n1", "1"));
  await b.go();
  b.running.set("default/web-n1", staticPod("web-n1", "2"));
  await b.go();
  const { annotations } = b.mirror("web-n1")!.metadata;
  assert.equal(annotations!["kubernetes.io/config.mirror"], "2");
  // While its pod ends, it shows how.
  b.held.add("default/web-n1");
  b.running.clear();
  await b.go(120_000);
  assert.ok(b.mirror("web-n1"));
  b.held.clear();
  await b.go();
  assert.equal(b.mirror("web-n1"), undefined);
  await b.stop();
});

Deno.test("MirrorPods deletes none while not all static pods are known, nor those of pods that wait", async () => {
  const b = await bench();
  for (const name of ["web-n1", "api-n1"]) {
    b.running.set(`default/${name}`, staticPod(name, name));
  }
  await b.go();
  b.setSettled(false);
  b.running.clear();
  await b.go();
  assert.ok(b.mirror("web-n1"));
  b.setSettled(true);
  b.waiting.set("default/api-n1", staticPod("api-n1", "api-n1"));
  await b.go();
  assert.equal(b.mirror("web-n1"), undefined);
  assert.ok(b.mirror("api-n1"));
  await b.stop();
});

Deno.test("MirrorPods leaves a pod alone that has a static pod's name, and tries again each minute", async () => {
  const b = await bench();
  b.api.put(PATH, {
    metadata: { name: "web-n1" },
    spec: { nodeName: "n1", containers: [] },
  });
  await b.host.advance(10);
  b.running.set("default/web-n1", staticPod("web-n1", "1"));
  await b.go(150_000);
  const warnings = b.host.logs.filter(({ message }) =>
    message === "Could not make a mirror pod"
  );
  assert.equal(warnings.length, 3);
  const { annotations } = b.mirror("web-n1")!.metadata;
  assert.equal(annotations?.["kubernetes.io/config.mirror"], undefined);
  assert.equal(b.mirrors.of(staticPod("web-n1", "1")), undefined);
  await b.stop();
});
