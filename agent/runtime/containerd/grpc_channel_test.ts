import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { ContainerdRig } from "../../../src/testing/containerd_rig.ts";
import { testWith } from "../../../src/testing/needs.ts";
import { Events } from "./gen/containerd_events_pb.ts";
import { RuntimeService } from "./gen/cri_pb.ts";
import { GrpcChannel } from "./grpc_channel.ts";
import { isGrpc } from "./grpc_error.ts";

const { method } = RuntimeService;

Deno.test("GrpcChannel.unary() says Unavailable when nothing listens", async () => {
  using host = makeRealHost();
  await using channel = new GrpcChannel("/run/no-such.sock", host);
  const error = await channel.unary(method.version, {}).catch((e) => e);
  assert.ok(isGrpc(error, "Unavailable"), String(error));
  assert.match(error.message, /^Cannot reach the runtime: /);
});

testWith("GrpcChannel talks to a real server", {
  needs: ["containerd"],
  fn: async (t) => {
    await using rig = await ContainerdRig.open();
    await using channel = new GrpcChannel(rig.own.socket, rig.host);

    await t.step("many calls share a connection", async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => channel.unary(method.version, {})),
      );
      assert.equal(new Set(answers.map((a) => a.runtimeName)).size, 1);
    });

    await t.step("errors carry the server's code and text", async () => {
      const error = await channel.unary(method.podSandboxStatus, {
        podSandboxId: "missing",
      }).catch((e) => e);
      assert.ok(isGrpc(error, "NotFound"), String(error));
      assert.match(error.message, /not found/);
    });

    await t.step("an abort ends a call with its reason", async () => {
      const reason = new Error("no longer wanted");
      const signal = AbortSignal.abort(reason);
      await assert.rejects(
        channel.unary(method.version, {}, { signal }),
        reason,
      );
      const stop = new AbortController();
      const events = channel.stream(Events.method.subscribe, {}, {
        signal: stop.signal,
      });
      const next = events.next();
      stop.abort(reason);
      await assert.rejects(next, reason);
    });

    await t.step("a deadline ends a call", async () => {
      const events = channel.stream(Events.method.subscribe, {}, {
        timeoutMs: 20,
      });
      const error = await events.next().catch((e) => e);
      assert.ok(isGrpc(error, "DeadlineExceeded"), String(error));
    });

    await t.step("leaving a stream leaves the channel usable", async () => {
      const events = channel.stream(Events.method.subscribe, {});
      await events.return(undefined);
      await channel.unary(method.version, {});
    });
  },
});
