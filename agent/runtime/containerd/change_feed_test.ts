import assert from "node:assert/strict";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import { AWAY_MS, ChangeFeed } from "./change_feed.ts";
import type { GrpcChannel } from "./grpc_channel.ts";
import { GrpcCode, GrpcError } from "./grpc_error.ts";

/** A runtime that is there or not, with an event stream that breaks when it goes. */
function fakeRuntime(host: VirtualHost) {
  let leave = (_: Error) => {};
  const runtime = {
    isThere: true,
    aways: 0,
    go() {
      runtime.isThere = false;
      leave(new GrpcError(GrpcCode.Unavailable, "gone"));
    },
  };
  const channel = {
    // deno-lint-ignore require-yield
    async *stream() {
      await new Promise((_, reject) => {
        leave = reject;
        if (!runtime.isThere) runtime.go();
      });
    },
  } as unknown as GrpcChannel;
  const feed = new ChangeFeed(host, {
    channel,
    onChange: () => {},
    revive: () =>
      runtime.isThere
        ? Promise.resolve()
        : Promise.reject(new Error("not there")),
    onAway: () => void runtime.aways++,
  });
  return { runtime, feed };
}

Deno.test("ChangeFeed tells once that the runtime stays away, and again the next time", async () => {
  const host = new VirtualHost();
  const { runtime, feed } = fakeRuntime(host);
  feed.start();
  await host.advance(1_000);
  for (const times of [1, 2]) {
    runtime.go();
    await host.advance(AWAY_MS - 1);
    assert.equal(runtime.aways, times - 1);
    await host.advance(AWAY_MS * 5);
    assert.equal(runtime.aways, times);
    runtime.isThere = true;
    await host.advance(AWAY_MS);
  }
  feed[Symbol.dispose]();
  runtime.go();
  await host.settle();
  assert.deepEqual(host.running, []);
  assert.deepEqual(host.failures, []);
});

Deno.test("ChangeFeed does not tell of a runtime that was only restarted", async () => {
  const host = new VirtualHost();
  const { runtime, feed } = fakeRuntime(host);
  feed.start();
  await host.advance(1_000);
  runtime.go();
  await host.advance(AWAY_MS / 2);
  runtime.isThere = true;
  await host.advance(AWAY_MS * 2);
  assert.equal(runtime.aways, 0);
  runtime.go();
  feed[Symbol.dispose]();
  await host.advance(AWAY_MS * 2);
  assert.equal(runtime.aways, 0);
});
