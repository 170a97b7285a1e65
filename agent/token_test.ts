import assert from "node:assert/strict";
import { HttpTransport } from "../src/client/http_transport.ts";
import type { Host } from "../src/base/host.ts";
import { NodeBench } from "./testing/node_bench.ts";

/** What the server says to a token: the status of a request that every account may make. */
async function statusFor(
  bench: NodeBench,
  token: string,
  ca: string,
): Promise<number> {
  const transport = new HttpTransport(bench.host as Host, {
    server: bench.url,
    ca,
    token,
  });
  const answer = await transport.fetch(new Request("http://api/apis"));
  await answer.body?.cancel();
  return answer.status;
}

Deno.test("a pod's token is bound to it, outlives both programs' restarts, and is mounted as it is without a server", async () => {
  await using bench = await NodeBench.open();
  await bench.startAgent();
  await bench.createPod("web", {
    volumes: [{
      name: "token",
      projected: {
        sources: [{
          serviceAccountToken: { path: "token", expirationSeconds: 3607 },
        }],
      },
    }],
    containers: [{
      name: "app",
      image: "app",
      volumeMounts: [{ name: "token", mountPath: "/token" }],
    }],
  });
  await bench.until("the pod runs", () => bench.running().length === 1);
  const folder = () =>
    [...bench.machine.containers.values()].at(-1)!.config.mounts
      .find(({ containerPath }) => containerPath === "/token")!.hostPath;
  const read = () => bench.host.disk.readText(`${folder()}/token`);
  const token = await read();
  const ca = await bench.host.disk.readText(
    `${bench.folder}/server/pki/ca.crt`,
  );
  assert.equal(await statusFor(bench, token, ca), 200);
  await bench.until(
    "the checkpoint holds the token",
    async () =>
      (await bench.host.disk.list(`${bench.folder}/agent/checkpoint/tokens`))
        .length === 1,
  );
  await bench.stopAgent();
  await bench.stopServer();
  bench.machine.powerCut(Date.now());
  // What was not on the medium is gone with the power.
  await bench.host.disk.remove(folder());
  await bench.startAgent();
  await bench.until("the pod runs again", () => bench.running().length === 1);
  assert.equal(await read(), token);
  await bench.startServer();
  assert.equal(await statusFor(bench, token, ca), 200);
  const { uid } = (await bench.pod("web")).metadata;
  await bench.client.raw("/api/v1/namespaces/default/pods/web", {
    method: "DELETE",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ gracePeriodSeconds: 0 }),
  }).then((answer) => answer.body?.cancel());
  await bench.until(
    "the checkpoint forgets the token",
    async () =>
      !(await bench.host.disk.list(`${bench.folder}/agent/checkpoint/tokens`))
        .includes(`${uid}.sealed`),
  );
  assert.equal(await statusFor(bench, token, ca), 401);
});
