import assert from "node:assert/strict";
import { RestClient } from "../../client/rest_client.ts";
import { NODES } from "../../client/resources.ts";
import type { Node } from "../../api/core/node.ts";
import { FakeApi } from "../../testing/fake_api.ts";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { requireEngine } from "./engine_nodes.ts";

async function clusterOf(
  nodes: Readonly<Record<string, { engines: string[]; ready?: boolean }>>,
): Promise<RestClient> {
  const client = new RestClient(new FakeApi(new VirtualHost()));
  for (const [name, { engines, ready = true }] of Object.entries(nodes)) {
    const labels = Object.fromEntries(
      engines.map((engine) => [`wherry.dev/runtime-${engine}`, "true"]),
    );
    await client.create(NODES, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels },
      status: {
        conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      },
    } as unknown as Node);
  }
  return client;
}

Deno.test("requireEngine() is content with one ready node that has it", async () => {
  const client = await clusterOf({
    a: { engines: ["wasmtime"] },
    b: { engines: ["wasmtime", "deno"] },
  });
  await requireEngine(client, "deno");
  await requireEngine(client, "kata");
});

Deno.test("requireEngine() says what the nodes have instead", async () => {
  const client = await clusterOf({
    a: { engines: ["wasmtime"] },
    b: { engines: ["wasmtime", "deno"], ready: false },
  });
  await assert.rejects(requireEngine(client, "deno"), {
    message: "no node that has deno is ready: b",
  });
  await assert.rejects(requireEngine(client, undefined), {
    message:
      "no node has containerd for containers: a has wasmtime, b has deno and wasmtime",
  });
});

Deno.test("requireEngine() says that there is no node at all", async () => {
  const client = await clusterOf({});
  await assert.rejects(requireEngine(client, "deno"), {
    message: /^the cluster has no node: wherry token create/,
  });
});

Deno.test("requireEngine() lets nodes be that say nothing of their engines", async () => {
  const client = await clusterOf({ kubelet: { engines: [] } });
  await requireEngine(client, undefined);
});
