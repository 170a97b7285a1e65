import assert from "node:assert/strict";
import { StreamBench } from "../testing/stream_bench.ts";
import { SessionLimit } from "./session_limit.ts";

const LIMITS = {
  ofNode: { session: 3, connection: 1 },
  ofPod: { session: 2, connection: 1 },
};

Deno.test("enter() refuses what is too much for the pod or the node, until somebody leaves", () => {
  const limit = new SessionLimit(LIMITS);
  const first = limit.enter("session", "default/a");
  limit.enter("session", "default/a");
  assert.throws(() => limit.enter("session", "default/a"), {
    reason: "429 the pod serves 2 sessions already, try again later",
  });
  limit.enter("session", "default/b");
  assert.throws(() => limit.enter("session", "default/c"), {
    reason: "429 the node serves 3 sessions already, try again later",
  });
  limit.enter("connection");
  assert.throws(() => limit.enter("connection"), {
    reason: "429 the node serves 1 connections already, try again later",
  });
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  limit.enter("session", "default/c");
  assert.throws(() => limit.enter("session", "default/a"), /the node serves/);
});

Deno.test("a session beyond the limit is refused, and the next one served once another has ended", async () => {
  const bench = await StreamBench.open({
    exec: async (_command, { stdin, print }) => {
      for await (const _ of stdin);
      await print("over");
      return 0;
    },
  }, { limits: LIMITS });
  const sessions = [1, 2].map(() => bench.session({ stdin: true }));
  await bench.host.settle();
  const { failure } = await bench.session({ stdin: true }).seen();
  assert.match(failure!, /429 the pod serves 2 sessions already/);
  for (const session of sessions) {
    await session.endInput();
    assert.equal((await session.seen()).stdout, "over");
  }
  const next = bench.session({ stdin: true });
  await next.endInput();
  assert.equal((await next.seen()).stdout, "over");
  await bench.allEnded();
});
