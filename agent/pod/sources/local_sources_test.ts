/** Static pods of a whole agent against the real server, on the scripted runtime. */
import assert from "node:assert/strict";
import type { Pod } from "../../../src/api/core/pod.ts";
import { PODS } from "../../../src/client/resources.ts";
import { hasStatusCode } from "../../../src/client/response_error.ts";
import { NodeBench } from "../../testing/node_bench.ts";

const MIRROR = "kubernetes.io/config.mirror";

function manifest(name: string, image = "app", more: object = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: "app", image }], ...more },
  });
}

/** The pod, or undefined. */
async function podOf(bench: NodeBench, name: string): Promise<Pod | undefined> {
  try {
    return await bench.pod(name);
  } catch (error) {
    if (hasStatusCode(error, 404)) return undefined;
    throw error;
  }
}

function starts(bench: NodeBench): string[] {
  return bench.machine.starts.map((start) => start.replace(/#.*/, ""));
}

async function withManifests() {
  const bench = await NodeBench.open();
  const folder = `${bench.folder}/manifests`;
  await Deno.mkdir(folder);
  return {
    bench,
    write: (name: string, text: string) =>
      Deno.writeTextFile(`${folder}/${name}`, text),
    take: (name: string) => Deno.remove(`${folder}/${name}`),
    start: () => bench.startAgent({ manifests: { path: folder } }),
    async mirror(name: string, isSo: (pod: Pod) => boolean) {
      return await bench.until(`the mirror ${name}`, async () => {
        const pod = await podOf(bench, name);
        return pod && isSo(pod) && pod;
      }) as Pod;
    },
  };
}

Deno.test("LocalSources runs the pods of a folder and shows them by mirror pods", async () => {
  const { bench, write, take, start, mirror } = await withManifests();
  await using _ = bench;
  bench.script = { lines: ["hello"] };
  await write("web.yaml", manifest("web"));
  await start();
  const pod = await mirror(
    "web-n1",
    ({ status }) => status?.phase === "Running",
  );
  assert.equal(pod.spec.nodeName, "n1");
  assert.equal(pod.metadata.ownerReferences![0]!.kind, "Node");
  const { annotations } = pod.metadata;
  const uid = annotations!["kubernetes.io/config.hash"]!;
  assert.equal(annotations![MIRROR], uid);
  assert.equal(annotations!["kubernetes.io/config.source"], "file");
  assert.notEqual(pod.metadata.uid, uid);
  assert.equal(pod.status!.containerStatuses![0]!.ready, true);
  // Its output is there by the mirror's name.
  const log = await bench.client.raw(
    "/api/v1/namespaces/default/pods/web-n1/log",
  );
  assert.equal(await log.text(), "hello\n");

  // Deleting the mirror stops nothing, and it comes back.
  await bench.client.delete(PODS, { name: "web-n1", namespace: "default" });
  await mirror(
    "web-n1",
    ({ metadata, status }) =>
      metadata.uid !== pod.metadata.uid && status?.phase === "Running",
  );
  assert.deepEqual(starts(bench), ["web-n1/app"]);

  // Another manifest is another pod.
  await write("web.yaml", manifest("web", "other"));
  const next = await mirror(
    "web-n1",
    ({ metadata, status }) =>
      metadata.annotations![MIRROR] !== uid && status?.phase === "Running",
  );
  assert.equal(next.spec.containers[0]!.image, "other");
  assert.deepEqual(starts(bench), ["web-n1/app", "web-n1/app"]);
  assert.deepEqual(bench.running(), ["default/web-n1/app"]);

  await take("web.yaml");
  await bench.until(
    "it is gone",
    async () => await podOf(bench, "web-n1") === undefined,
  );
  await bench.until("nothing runs", () => bench.running().length === 0);
});

Deno.test("LocalSources takes running static pods over, and ends those whose manifest went meanwhile", async () => {
  const { bench, write, take, start, mirror } = await withManifests();
  await using _ = bench;
  await write("a.yaml", manifest("a"));
  await write("b.yaml", manifest("b"));
  await write("c.yaml", manifest("c"));
  await start();
  for (const name of ["a-n1", "b-n1", "c-n1"]) {
    await mirror(name, ({ status }) => status?.phase === "Running");
  }
  const before = await bench.pod("a-n1");
  await bench.stopAgent();
  assert.equal(bench.running().length, 3);
  await take("b.yaml");
  await write("c.yaml", manifest("c", "other"));
  await start();
  await mirror(
    "c-n1",
    ({ spec, status }) =>
      spec.containers[0]!.image === "other" && status?.phase === "Running",
  );
  await bench.until(
    "b is gone",
    async () => await podOf(bench, "b-n1") === undefined,
  );
  assert.deepEqual(bench.running().sort(), [
    "default/a-n1/app",
    "default/c-n1/app",
  ]);
  assert.deepEqual(starts(bench).sort(), [
    "a-n1/app",
    "b-n1/app",
    "c-n1/app",
    "c-n1/app",
  ]);
  const after = await bench.pod("a-n1");
  assert.equal(after.metadata.uid, before.metadata.uid);
  assert.equal(after.status!.startTime, before.status!.startTime);
});

Deno.test("LocalSources takes manifests on the agent's socket, which outlive it", async () => {
  const { bench, start, mirror } = await withManifests();
  await using _ = bench;
  await start();
  const ask = (method: string, path: string, body?: string) =>
    bench.host.net.fetch(
      new Request(`http://agent/manifests${path}`, {
        method,
        ...(body !== undefined && { body }),
      }),
      { unixPath: `${bench.folder}/agent/agent.sock` },
    );
  const words = async (answer: Response) =>
    `${answer.status} ${(await answer.text()).trim()}`;
  const made = await ask("POST", "", manifest("web"));
  assert.equal(made.status, 201);
  assert.equal((await made.json()).metadata.name, "web-n1");
  await mirror("web-n1", ({ status }) => status?.phase === "Running");
  assert.equal(
    await words(await ask("POST", "", manifest("web", "other"))),
    '409 There is a manifest of the pod "default/web-n1" already: PUT replaces it',
  );
  assert.match(
    await words(await ask("POST", "", "kind: Service")),
    /^400 invalid pod: it is a Service/,
  );
  assert.equal(
    await words(await ask("PUT", "/default/api", manifest("web"))),
    '400 The manifest is of the pod "default/web", not "default/api"',
  );
  assert.equal(
    await words(await ask("DELETE", "/default/api")),
    '404 There is no manifest of the pod "default/api"',
  );
  const path = `${bench.folder}/agent/manifests/default_web.yaml`;
  const { mtime } = await Deno.stat(path);
  const same = await ask("PUT", "/default/web", manifest("web"));
  assert.equal(same.status, 200);
  await same.body?.cancel();
  assert.deepEqual((await Deno.stat(path)).mtime, mtime, "written once");

  await bench.stopAgent();
  await start();
  await bench.until("it is taken over", () => {
    const { pods } = bench.agent.state() as { pods: { state: string }[] };
    return pods[0]?.state === "running";
  });
  assert.deepEqual(starts(bench), ["web-n1/app"]);
  const { items } = await (await ask("GET", "")).json();
  assert.deepEqual(items.map((pod: Pod) => pod.metadata.name), ["web-n1"]);
  const gone = await ask("DELETE", "/default/web");
  assert.equal(gone.status, 200);
  await gone.body?.cancel();
  await bench.until(
    "it is gone",
    async () => await podOf(bench, "web-n1") === undefined,
  );
});

Deno.test("LocalSources polls a URL, and keeps its pods while it does not answer", async () => {
  const { bench, mirror } = await withManifests();
  await using _ = bench;
  let answer = () => new Response(manifest("web"));
  const seen: (string | null)[] = [];
  const serve = (port: number) =>
    Deno.serve(
      { port, hostname: "127.0.0.1", onListen() {} },
      (request) => {
        seen.push(request.headers.get("x-node"));
        return answer();
      },
    );
  let http = serve(0);
  const { port } = http.addr;
  const start = () =>
    bench.startAgent({
      manifests: {
        url: `http://127.0.0.1:${port}/pods`,
        urlHeaders: [["x-node", "n1"]],
        urlCheckMs: 50,
      },
    });
  await start();
  const { metadata, spec } = await mirror(
    "web-n1",
    ({ status }) => status?.phase === "Running",
  );
  assert.equal(metadata.annotations!["kubernetes.io/config.source"], "http");
  assert.ok(!spec.tolerations?.some(({ key }) => !key));
  assert.ok(seen.every((header) => header === "n1"));

  answer = () => new Response("broken", { status: 500 });
  const asked = seen.length;
  await bench.until("it was asked again", () => seen.length > asked + 1);
  assert.deepEqual(bench.running(), ["default/web-n1/app"]);
  await bench.stopAgent();
  await http.shutdown();
  await start();
  await bench.until("it is taken over", () => {
    const { pods } = bench.agent.state() as { pods: { state: string }[] };
    return pods[0]?.state === "running";
  });

  http = serve(port);
  answer = () =>
    new Response(JSON.stringify({
      apiVersion: "v1",
      kind: "PodList",
      items: ["a", "b"].map((name) => JSON.parse(manifest(name))),
    }));
  for (const name of ["a-n1", "b-n1"]) {
    await mirror(name, ({ status }) => status?.phase === "Running");
  }
  await bench.until(
    "the first is gone",
    async () => await podOf(bench, "web-n1") === undefined,
  );
  await http.shutdown();
});

Deno.test("LocalSources takes no pod of the API for its own, whatever that says of itself", async () => {
  const { bench, start, mirror } = await withManifests();
  await using _ = bench;
  await start();
  const pod = (annotation: string): Pod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: annotation.replace(/.*\./, ""),
      namespace: "default",
      annotations: { [annotation]: "file" },
    },
    spec: {
      nodeName: "n1",
      automountServiceAccountToken: false,
      containers: [{ name: "app", image: "app" }],
    },
  });
  await bench.client.create(PODS, pod("kubernetes.io/config.source"));
  await mirror("source", ({ status }) => status?.phase === "Running");
  await bench.stopAgent();
  await start();
  await bench.until("it is taken over", () => {
    const { pods } = bench.agent.state() as { pods: { state: string }[] };
    return pods[0]?.state === "running";
  });
  assert.deepEqual(starts(bench), ["source/app"]);
  // A mirror of nothing is not run, and is deleted.
  await bench.client.create(PODS, pod(MIRROR));
  await bench.until(
    "it is gone",
    async () => await podOf(bench, "mirror") === undefined,
  );
  assert.deepEqual(starts(bench), ["source/app"]);
});

Deno.test("LocalSources never runs a pod again that is over, also after the agent's restart", async () => {
  const { bench, write, start, mirror } = await withManifests();
  await using _ = bench;
  bench.script = { runsMs: 10, exitCode: 0 };
  await write("once.yaml", manifest("once", "app", { restartPolicy: "Never" }));
  await start();
  const isOver = ({ status }: Pod) => status?.phase === "Succeeded";
  await mirror("once-n1", isOver);
  await bench.stopAgent();
  await start();
  await bench.until("it is taken over", () => {
    const { pods } = bench.agent.state() as { pods: { state: string }[] };
    return pods[0]?.state === "finished";
  });
  await mirror("once-n1", isOver);
  assert.deepEqual(starts(bench), ["once-n1/app"]);
});

Deno.test("LocalSources runs its pods while the server was never reached, and shows them when it is", async () => {
  const { bench, write, start, mirror } = await withManifests();
  await using _ = bench;
  await write("web.yaml", manifest("web", "app", { hostNetwork: true }));
  await bench.stopServer();
  await start();
  await bench.until("it runs", () => bench.running().length === 1);
  await bench.startServer();
  await mirror("web-n1", ({ status }) => status?.phase === "Running");
  assert.deepEqual(starts(bench), ["web-n1/app"]);
});

Deno.test("LocalSources says of a pod that it waits for a name that another source's pod has, and runs it afterwards", async () => {
  const { bench, write, take, start, mirror } = await withManifests();
  await using _ = bench;
  await write("web.yaml", manifest("web"));
  await start();
  await mirror("web-n1", ({ status }) => status?.phase === "Running");
  const answer = await bench.host.net.fetch(
    new Request("http://agent/manifests", {
      method: "POST",
      body: manifest("web", "other"),
    }),
    { unixPath: `${bench.folder}/agent/agent.sock` },
  );
  await answer.body?.cancel();
  assert.equal(answer.status, 202);
  assert.equal(
    answer.headers.get("warning"),
    '299 - "The pod default/web-n1 waits: there is a static pod of this name from file"',
  );
  assert.deepEqual(starts(bench), ["web-n1/app"]);
  await take("web.yaml");
  const { spec } = await mirror(
    "web-n1",
    ({ spec, status }) =>
      spec.containers[0]!.image === "other" && status?.phase === "Running",
  );
  assert.equal(spec.containers[0]!.name, "app");
});
