import assert from "node:assert/strict";
import { makeRealHost } from "../../src/base/real_host.ts";
import { ContainerdRig } from "../../src/testing/containerd_rig.ts";
import { testWith } from "../../src/testing/needs.ts";
import { grpcHealth } from "./grpc_probe.ts";

testWith("grpcHealth() asks a real server's health service", {
  needs: ["containerd"],
  fn: async () => {
    await using rig = await ContainerdRig.open();
    // containerd answers the health service, on its unix socket.
    const net = {
      ...rig.host.net,
      dial: () => rig.host.net.dial({ path: rig.own.socket }),
    };
    const ask = (service: string) =>
      grpcHealth({ ...rig.host, net }, {
        hostname: "127.0.0.1",
        port: 1,
        service,
        timeoutMs: 10_000,
      });
    assert.equal(await ask(""), undefined);
    assert.equal(
      await ask("x".repeat(200)),
      "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service",
    );
  },
});

Deno.test("grpcHealth() says in kubelet's words that nobody listens", async () => {
  using host = makeRealHost();
  const listener = await host.net.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.address as { port: number };
  listener.close();
  assert.equal(
    await grpcHealth(host, {
      hostname: "127.0.0.1",
      port,
      service: "",
      timeoutMs: 2_000,
    }),
    `timeout: failed to connect service "127.0.0.1:${port}" within 2s: context deadline exceeded`,
  );
});
