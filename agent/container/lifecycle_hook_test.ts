import assert from "node:assert/strict";
import type { ByteStream, Host } from "../../src/base/host.ts";
import { HostError } from "../../src/base/host.ts";
import { type HookTarget, runHook } from "./lifecycle_hook.ts";

const TARGET: HookTarget = {
  pod: {
    metadata: { name: "web", namespace: "default", uid: "u" },
    spec: { containers: [{ name: "app", image: "i" }] },
  },
  container: {
    name: "app",
    image: "i",
    ports: [{ name: "admin", containerPort: 9000 }],
  },
  ip: "10.42.0.7",
  exec: () => Promise.reject(new Error("No command here")),
  signal: new AbortController().signal,
  onFallback: () => {},
};

Deno.test("runHook() opens a connection for tcpSocket, and closes it", async () => {
  const dialled: unknown[] = [];
  let closed = 0;
  const net = {
    dial: (to: unknown) => {
      dialled.push(to);
      return Promise.resolve(
        { close: () => closed++ } as unknown as ByteStream,
      );
    },
  } as Partial<Host["net"]>;
  const host = { net } as Host;
  await runHook(host, { tcpSocket: { port: "admin" } }, TARGET);
  await runHook(host, { tcpSocket: { port: 80, host: "192.0.2.1" } }, TARGET);
  assert.deepEqual(dialled, [
    { hostname: "10.42.0.7", port: 9000 },
    { hostname: "192.0.2.1", port: 80 },
  ]);
  assert.equal(closed, 2);
});

Deno.test("runHook() says why a tcpSocket hook failed", async () => {
  const net = {
    dial: () => Promise.reject(new HostError("refused", "refused")),
  } as Partial<Host["net"]>;
  await assert.rejects(
    runHook({ net } as Host, { tcpSocket: { port: 80 } }, TARGET),
    {
      message:
        'TCP lifecycle hook (10.42.0.7:80) for Container "app" in Pod "web_default(u)" failed - error: dial tcp 10.42.0.7:80: connect: connection refused',
    },
  );
});
