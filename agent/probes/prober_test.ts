import assert from "node:assert/strict";
import { makeRealHost } from "../../src/base/real_host.ts";
import { tryProbe } from "./prober.ts";

const CONTAINER = { name: "app", ports: [{ name: "tcp", containerPort: 1 }] };

Deno.test("tryProbe() asks a real server with kubelet's user agent and takes 200 to 399 for success", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const seen: (string | null)[] = [];
  let status = 200;
  const server = await host.net.serve((request) => {
    seen.push(request.headers.get("user-agent"), request.headers.get("x-a"));
    return new Response(status === 204 ? null : "x", {
      status,
      headers: { location: "/elsewhere" },
    });
  }, { at: { hostname: "127.0.0.1", port: 0 } });
  const { port } = server.address as { port: number };
  const target = { container: CONTAINER, ip: "127.0.0.1", timeoutMs: 5_000 };
  const httpGet = {
    path: "/",
    port,
    httpHeaders: [{ name: "x-a", value: "b" }],
  };
  for (
    const [answer, outcome] of [
      [200, "success"],
      [204, "success"],
      [302, "success"],
      [404, "failure"],
      [503, "failure"],
    ] as const
  ) {
    status = answer;
    const result = await tryProbe(host, { httpGet }, target);
    assert.equal(result.outcome, outcome, String(answer));
  }
  assert.equal(seen[0], "kube-probe/1.36");
  assert.equal(seen[1], "b");
  const connected = await tryProbe(host, { tcpSocket: { port } }, target);
  assert.equal(connected.outcome, "success");
  await server.close();
  const refused = await tryProbe(host, { tcpSocket: { port } }, target);
  assert.deepEqual(refused, {
    outcome: "failure",
    message: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
  });
});

Deno.test("tryProbe() answers unknown when the probe cannot be made", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const target = { container: CONTAINER, timeoutMs: 1_000 };
  const named = await tryProbe(host, { httpGet: { port: "nope" } }, target);
  assert.equal(named.outcome, "unknown");
  const exec = await tryProbe(host, { exec: { command: ["true"] } }, target);
  assert.equal(exec.outcome, "unknown");
});
