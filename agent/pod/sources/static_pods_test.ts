import assert from "node:assert/strict";
import type { Pod } from "../../../src/api/core/pod.ts";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import { podKey, type SourceName } from "./annotations.ts";
import { StaticPods } from "./static_pods.ts";

function pod(name: string, uid: string, spec: Partial<Pod["spec"]> = {}): Pod {
  return {
    metadata: { name, namespace: "default", uid },
    spec: { containers: [{ name: "app", image: "busybox" }], ...spec },
    status: { phase: "Pending" },
  };
}

/** Static pods over a node that only notes what it is told; a pod that is removed stays until `gone()`. */
function bench(
  options: { sources?: SourceName[]; known?: Pod[] } = {},
) {
  const host = new VirtualHost();
  const log: string[] = [];
  const held = new Map<string, Pod>();
  const pods: StaticPods = new StaticPods(host, {
    sources: options.sources ?? ["file"],
    known: options.known ?? [],
    sink: {
      set(pod) {
        held.set(pod.metadata.uid!, pod);
        log.push(`set ${pod.metadata.uid}`);
      },
      remove: (uid) => void log.push(`remove ${uid}`),
    },
    isHeld: (key) => [...held.values()].some((pod) => podKey(pod) === key),
    onDuplicate: (pod, source) =>
      void log.push(`duplicate ${pod.metadata.uid} of ${source}`),
    onWaiting: (pod, { source, holder }) =>
      void log.push(`${pod.metadata.uid} of ${source} waits for ${holder}`),
    onChange: () => {},
  });
  const gone = (uid: string) => {
    held.delete(uid);
    pods.podGone();
  };
  return { host, pods, log, held, gone };
}

Deno.test("StaticPods starts another version of a pod when nothing is left of the one before", () => {
  const { pods, log, gone } = bench();
  pods.begin();
  pods.networkReady();
  pods.tell("file", [pod("web", "1")]);
  pods.tell("file", [pod("web", "2")]);
  assert.deepEqual(log, ["set 1", "remove 1"]);
  assert.deepEqual([...pods.wanted().keys()], ["default/web"]);
  assert.equal(pods.running().size, 0);
  gone("1");
  assert.deepEqual(log, ["set 1", "remove 1", "set 2"]);
});

Deno.test("StaticPods starts a pod again whose manifest went and came back before it was gone", () => {
  const { pods, log, gone } = bench();
  pods.begin();
  pods.networkReady();
  pods.tell("file", [pod("web", "1")]);
  pods.tell("file", []);
  pods.tell("file", [pod("web", "1")]);
  assert.deepEqual(log, ["set 1", "remove 1"]);
  gone("1");
  assert.deepEqual(log, ["set 1", "remove 1", "set 1"]);
});

Deno.test("StaticPods starts pods of the node's own network before there is another", () => {
  const { pods, log } = bench();
  pods.tell("file", [pod("web", "1"), pod("api", "2", { hostNetwork: true })]);
  assert.deepEqual(log, [], "not begun");
  pods.begin();
  assert.deepEqual(log, ["set 2"]);
  pods.networkReady();
  assert.deepEqual(log, ["set 2", "set 1"]);
});

Deno.test("StaticPods ends what only the checkpoint knows, once every source has told", async () => {
  const { pods, log } = bench({
    sources: ["file", "http"],
    known: [pod("web", "1"), pod("old", "2")],
  });
  pods.begin();
  pods.networkReady();
  pods.tell("file", [pod("web", "1")]);
  assert.equal(pods.isSettled, false);
  pods.tell("http", []);
  await pods.settled;
  assert.deepEqual(log, ["set 1", "set 2", "remove 2"]);
});

Deno.test("StaticPods ends a pod of the checkpoint before it starts its next version", () => {
  const { pods, log, gone } = bench({ known: [pod("web", "1")] });
  pods.begin();
  pods.networkReady();
  pods.tell("file", [pod("web", "2")]);
  assert.deepEqual(log, ["set 1", "remove 1"]);
  gone("1");
  assert.deepEqual(log, ["set 1", "remove 1", "set 2"]);
});

Deno.test("StaticPods keeps status and first sight of a pod that the checkpoint knows", () => {
  const known = pod("web", "1");
  known.status = { phase: "Succeeded" };
  known.metadata.annotations = { "kubernetes.io/config.seen": "then" };
  const { pods, held } = bench({ known: [known] });
  pods.begin();
  pods.networkReady();
  pods.tell("file", [pod("web", "1")]);
  const { metadata, status } = held.get("1")!;
  assert.equal(status!.phase, "Succeeded");
  assert.deepEqual(metadata.annotations, {
    "kubernetes.io/config.source": "file",
    "kubernetes.io/config.seen": "then",
  });
});

Deno.test("StaticPods takes the first of two pods of one name, and of two sources the one that runs", () => {
  const { pods, log } = bench({ sources: ["file", "http"] });
  pods.begin();
  pods.networkReady();
  pods.tell("http", [pod("web", "1"), pod("web", "2")]);
  pods.tell("file", [pod("web", "3")]);
  pods.tell("file", [pod("web", "3")]);
  assert.deepEqual(log.splice(0), [
    "duplicate 2 of http",
    "set 1",
    "3 of file waits for http",
  ]);
  assert.equal(pods.waitsFor(pod("web", "3")), "http");
  pods.tell("http", []);
  assert.deepEqual(log, ["remove 1"]);
  assert.equal(pods.waitsFor(pod("web", "3")), undefined);
});

Deno.test("StaticPods changes a pod in place when its manifest gives it its UID", () => {
  const { pods, log, held } = bench();
  pods.begin();
  pods.networkReady();
  pods.tell("file", [pod("web", "1")]);
  pods.tell("file", [pod("web", "1")]);
  const image = "nginx";
  pods.tell("file", [
    pod("web", "1", { containers: [{ name: "app", image }] }),
  ]);
  assert.deepEqual(log, ["set 1", "set 1"]);
  assert.equal(held.get("1")!.spec.containers[0]!.image, image);
});
