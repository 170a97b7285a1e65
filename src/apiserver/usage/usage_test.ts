/** metrics.k8s.io over links of nodes. */
import assert from "node:assert/strict";
import { serveOverMux } from "../../base/mux_http.ts";
import { NODE, startStreamRig, type StreamRig } from "../testing/stream_rig.ts";

const METRICS = "/apis/metrics.k8s.io/v1beta1";
const MIB = 1024 ** 2;

/** What the node says of its pods, and of one that is not its own. */
const USAGE = {
  at: 1,
  windowMs: 10_250,
  node: [1_500_000_000, 512 * MIB],
  pods: [
    ["default", "a", [["main", 250_000_000, 20 * MIB], ["side", 1, 1]]],
    ["default", "b", [["main", null, 10 * MIB]]],
    ["default", "far", [["main", 1, 1]]],
  ],
};

async function withNode(
  answer: () => Response | Promise<Response>,
  use: (rig: StreamRig, asked: string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  await using rig = await startStreamRig((stream) =>
    void serveOverMux(stream, (request) => {
      asked.push(new URL(request.url).pathname);
      return answer();
    })
  );
  for (const name of [NODE, "n2"]) {
    const made = await rig.ask("POST", "/api/v1/nodes", {
      metadata: { name, labels: { zone: name } },
    });
    await made.body?.cancel();
  }
  await rig.makePod("a");
  await rig.makePod("b");
  await rig.makePod("far", { nodeName: "n2" });
  await use(rig, asked);
}

async function get(rig: StreamRig, path: string) {
  return await (await rig.ask("GET", METRICS + path)).json();
}

Deno.test("metrics.k8s.io tells what nodes and pods use, asked of those within reach", async () => {
  await withNode(() => Response.json(USAGE), async (rig, asked) => {
    const nodes = await get(rig, "/nodes");
    assert.equal(nodes.kind, "NodeMetricsList");
    assert.equal(nodes.apiVersion, "metrics.k8s.io/v1beta1");
    const [node, ...others] = nodes.items;
    assert.equal(others.length, 0);
    assert.equal(node.metadata.name, NODE);
    assert.deepEqual(node.metadata.labels, { zone: NODE });
    assert.equal(node.window, "10.25s");
    assert.deepEqual(node.usage, { cpu: "1500m", memory: "512Mi" });
    // By the server's clock: the node's says 1970.
    assert.ok(Date.parse(node.timestamp) > Date.UTC(2024));

    const pods = await get(rig, "/pods");
    assert.deepEqual(
      pods.items.map(({ metadata, containers }: typeof node) => [
        metadata.namespace,
        metadata.name,
        containers,
      ]),
      // b was not measured yet; far is on another node, whatever this one says of it.
      [["default", "a", [
        { name: "main", usage: { cpu: "250m", memory: "20Mi" } },
        { name: "side", usage: { cpu: "1n", memory: "1" } },
      ]]],
    );
    const one = await get(rig, "/namespaces/default/pods/a");
    assert.equal(one.kind, "PodMetrics");
    assert.deepEqual(asked, ["/stats/usage"]); // once for all of it
  });
});

Deno.test("metrics.k8s.io takes selectors, and asks no node that they leave out", async () => {
  await withNode(() => Response.json(USAGE), async (rig, asked) => {
    const names = async (path: string) =>
      (await get(rig, path)).items
        .map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    assert.deepEqual(await names("/nodes?labelSelector=zone%3Dn2"), []);
    assert.deepEqual(await names("/pods?labelSelector=app%3Dx"), []);
    assert.deepEqual(await names("/namespaces/other/pods"), []);
    assert.deepEqual(asked, []);
    assert.deepEqual(await names("/pods?fieldSelector=metadata.name%3Da"), [
      "a",
    ]);
    assert.deepEqual(await names(`/nodes?labelSelector=zone%3D${NODE}`), [
      NODE,
    ]);
  });
});

Deno.test("metrics.k8s.io answers 404 for what is not there, is out of reach or was not measured", async () => {
  await withNode(() => Response.json(USAGE), async (rig) => {
    const message = async (path: string) => {
      const status = await get(rig, path);
      return [status.code, status.message];
    };
    const pods = "/namespaces/default/pods";
    assert.deepEqual(await message(`${pods}/none`), [
      404,
      'pods.metrics.k8s.io "default/none" not found',
    ]);
    assert.deepEqual((await message(`${pods}/b`))[0], 404);
    assert.deepEqual((await message(`${pods}/far`))[0], 404);
    assert.deepEqual(await message("/nodes/n2"), [
      404,
      'nodes.metrics.k8s.io "n2" not found',
    ]);
  });
});

Deno.test("metrics.k8s.io leaves out a node whose answer is none", async () => {
  for (
    const answer of [
      () => new Response("no", { status: 500 }),
      () => new Response("{"),
      () => Response.json({ ...USAGE, windowMs: 0 }),
      () => Response.json({ ...USAGE, pods: [null] }),
      () => new Response("x".repeat(2 * MIB)),
    ]
  ) {
    await withNode(answer, async (rig) => {
      assert.deepEqual((await get(rig, "/nodes")).items, []);
    });
  }
  // What makes no sense of one pod does not hide the others.
  const odd = {
    ...USAGE,
    node: [-1, "x"],
    pods: [["default", "a", [["m", -1, 1]]], ["default", "b", [[
      "main",
      1,
      2,
    ]]]],
  };
  await withNode(() => Response.json(odd), async (rig) => {
    assert.deepEqual((await get(rig, "/nodes")).items, []);
    const { items } = await get(rig, "/pods");
    assert.equal(items.length, 1);
    assert.equal(items[0].metadata.name, "b");
  });
});

Deno.test("metrics.k8s.io shows kubectl's columns, and those with the role may read", async () => {
  await withNode(() => Response.json(USAGE), async (rig) => {
    const answer = await rig.api.host.net.fetch(
      new Request(`${rig.url}${METRICS}/pods`, {
        headers: {
          authorization: `Bearer ${rig.token}`,
          accept: "application/json;as=Table;g=meta.k8s.io;v=v1",
        },
      }),
      { ca: rig.ca },
    );
    const table = await answer.json();
    assert.deepEqual(
      table.columnDefinitions.map(({ name }: { name: string }) => name),
      ["Name", "cpu", "memory", "Window"],
    );
    assert.deepEqual(table.rows[0].cells, [
      "a",
      "250000001n",
      "20971521",
      "10.25s",
    ]);
    const role = await (await rig.ask(
      "GET",
      "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:aggregated-metrics-reader",
    )).json();
    for (const to of ["admin", "edit", "view"]) {
      assert.equal(
        role.metadata.labels[`rbac.authorization.k8s.io/aggregate-to-${to}`],
        "true",
      );
    }
    assert.deepEqual(role.rules, [{
      apiGroups: ["metrics.k8s.io"],
      resources: ["nodes", "pods"],
      verbs: ["get", "list", "watch"],
    }]);
  });
});
