import assert from "node:assert/strict";
import { makeRealHost } from "../../src/base/real_host.ts";
import { makePki } from "../../src/testing/pki.ts";
import { ExecTimeout } from "../runtime/sessions.ts";
import { tryProbe } from "./prober.ts";

const TARGET = {
  container: { name: "app", ports: [{ name: "tcp", containerPort: 1 }] },
  exec: () => Promise.reject(new Error("No commands here")),
  timeoutMs: 5_000,
};

Deno.test("tryProbe() asks a real server with kubelet's user agent and takes 200 to 399 for success", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const seen: (string | null)[] = [];
  let status = 200;
  const server = await host.net.serve((request) => {
    if (request.url.endsWith("/elsewhere")) return new Response("x");
    seen.push(request.headers.get("user-agent"), request.headers.get("x-a"));
    return new Response(status === 204 ? null : "x", {
      status,
      headers: { location: "/elsewhere" },
    });
  }, { at: { hostname: "127.0.0.1", port: 0 } });
  const { port } = server.address as { port: number };
  const target = { ...TARGET, ip: "127.0.0.1" };
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

Deno.test("tryProbe() follows redirects on the same host, and only there", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const server = await host.net.serve((request) => {
    const { pathname } = new URL(request.url);
    const location = {
      "/login": "/broken",
      "/away": "http://192.0.2.1/broken",
      "/round": "/round",
    }[pathname];
    return location
      ? new Response(null, { status: 302, headers: { location } })
      : new Response("x", { status: 500 });
  }, { at: { hostname: "127.0.0.1", port: 0 } });
  const { port } = server.address as { port: number };
  const target = { ...TARGET, ip: "127.0.0.1" };
  const get = (path: string) =>
    tryProbe(host, { httpGet: { path, port } }, target);
  assert.deepEqual(await get("/login"), {
    outcome: "failure",
    message: "HTTP probe failed with statuscode: 500",
  });
  assert.equal((await get("/away")).outcome, "success");
  assert.deepEqual(await get("/round"), {
    outcome: "failure",
    message: `Get "http://127.0.0.1:${port}/round": stopped after 10 redirects`,
  });
  await server.close();
});

Deno.test("tryProbe() sends the probe's own headers in the place of kubelet's", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  let seen: Headers | undefined;
  const server = await host.net.serve((request) => {
    seen = request.headers;
    return new Response("x");
  }, { at: { hostname: "127.0.0.1", port: 0 } });
  const { port } = server.address as { port: number };
  const httpHeaders = [
    { name: "Host", value: "shop.example" },
    { name: "User-Agent", value: "prober/1" },
    { name: "Accept", value: "text/plain" },
  ];
  const { outcome } = await tryProbe(host, { httpGet: { port, httpHeaders } }, {
    ...TARGET,
    ip: "127.0.0.1",
  });
  assert.equal(outcome, "success");
  assert.equal(seen?.get("host"), "shop.example");
  assert.equal(seen?.get("user-agent"), "prober/1");
  assert.equal(seen?.get("accept"), "text/plain");
  await server.close();
});

Deno.test("tryProbe() answers unknown when the probe cannot be made", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const named = await tryProbe(host, { httpGet: { port: "nope" } }, TARGET);
  assert.equal(named.outcome, "unknown");
  const exec = await tryProbe(host, { exec: { command: ["true"] } }, TARGET);
  assert.deepEqual(exec, {
    outcome: "unknown",
    message: "No commands here",
    state: "unknown",
  });
});

Deno.test("tryProbe() takes a command's exit code for the answer and its output for the reason", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const probe = (exec: (typeof TARGET)["exec"] | typeof ran) =>
    tryProbe(host, { exec: { command: ["check", "me"] } }, { ...TARGET, exec });
  let exitCode = 0;
  const asked: unknown[] = [];
  const ran = (command: readonly string[], options: unknown) => {
    asked.push([command, options]);
    const output = new TextEncoder().encode("not yet".padEnd(20_000, "."));
    return Promise.resolve({ exitCode, output });
  };
  assert.deepEqual(await probe(ran), { outcome: "success", message: "" });
  assert.deepEqual(asked, [[["check", "me"], { timeoutMs: 5_000 }]]);
  exitCode = 1;
  const failed = await probe(ran);
  assert.equal(failed.outcome, "failure");
  assert.equal(failed.message, "not yet".padEnd(10 * 1024, "."));
  const late = new ExecTimeout({ command: ["check", "me"], timeoutMs: 5_000 });
  assert.deepEqual(await probe(() => Promise.reject(late)), {
    outcome: "failure",
    message: 'command timed out: "check me" timed out after 5s',
  });
});

Deno.test("tryProbe() is content with being sent elsewhere, but says so", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const server = await host.net.serve((request) =>
    new Response("moved", {
      status: 302,
      headers: request.url.endsWith("/away")
        ? { location: "http://192.0.2.1/" }
        : {},
    }), { at: { hostname: "127.0.0.1", port: 0 } });
  const { port } = server.address as { port: number };
  for (const path of ["/away", "/nowhere"]) {
    assert.deepEqual(
      await tryProbe(host, { httpGet: { path, port } }, TARGET),
      {
        outcome: "success",
        message: "Probe terminated redirects, Response body: moved",
        isWarning: true,
      },
    );
  }
  await server.close();
});

Deno.test("tryProbe() asks by HTTPS without looking at the certificate", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const server = await host.net.serve(() => new Response("ok"), {
    at: { hostname: "127.0.0.1", port: 0 },
    tls: makePki().tls,
  });
  const { port } = server.address as { port: number };
  const httpGet = { port, scheme: "HTTPS" as const };
  assert.equal((await tryProbe(host, { httpGet }, TARGET)).outcome, "success");
  await server.close();
});

Deno.test("tryProbe() gives up in time, in Go's words", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr as Deno.NetAddr;
  const target = { ...TARGET, timeoutMs: 50 };
  assert.deepEqual(await tryProbe(host, { httpGet: { port } }, target), {
    outcome: "failure",
    message:
      `Get "http://127.0.0.1:${port}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  });
});

Deno.test("tryProbe() tries what cannot be made three times before it says so", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  let tries = 0;
  const exec = () => {
    tries++;
    const message = "failed to exec in container: no such program";
    return Promise.reject(new Error(tries === 3 ? message : "busy"));
  };
  const probe = { exec: { command: ["x"] } };
  assert.deepEqual(await tryProbe(host, probe, { ...TARGET, exec }), {
    outcome: "unknown",
    message:
      "rpc error: code = Unknown desc = failed to exec in container: no such program",
    state: "unknown",
  });
  assert.equal(tries, 3);
});

Deno.test("tryProbe() counts an answer that does not end neither way", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const server = await host.net.serve(() =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(3)),
      }),
    ), { at: { hostname: "127.0.0.1", port: 0 } });
  const { port } = server.address as { port: number };
  const target = { ...TARGET, timeoutMs: 50 };
  assert.deepEqual(await tryProbe(host, { httpGet: { port } }, target), {
    outcome: "unknown",
    message:
      "context deadline exceeded (Client.Timeout or context cancellation while reading body)",
    state: "failure",
  });
  await server.close();
});
