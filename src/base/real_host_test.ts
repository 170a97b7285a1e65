import assert from "node:assert/strict";
import { Stopped } from "./errors.ts";
import { makeRealHost } from "./real_host.ts";

Deno.test("spawn() logs what a task fails with, and nothing of one that was stopped", async () => {
  const lines: string[] = [];
  using host = makeRealHost({ writeLog: (line) => lines.push(line) });
  host.spawn("stopped", () => Promise.reject(new Stopped("shutting down")));
  host.spawn("aborted", () => Promise.reject(AbortSignal.abort().reason));
  host.spawn("fine", () => Promise.resolve());
  host.spawn("throws", () => {
    throw new Error("no disk");
  });
  await host.clock.sleep(1);
  assert.equal(lines.length, 1);
  assert.match(
    lines[0]!,
    /ERROR Background task failed task=throws error="no disk"\n$/,
  );
});

Deno.test("log() writes with the level and format that were asked for", () => {
  const lines: string[] = [];
  using host = makeRealHost({
    logLevel: "warn",
    logFormat: "json",
    writeLog: (line) => lines.push(line),
  });
  host.log("info", "Not this");
  host.log("warn", "But this", { n: 1 });
  const { time, ...rest } = JSON.parse(lines.join(""));
  assert.deepEqual(rest, { level: "warn", message: "But this", n: 1 });
  assert.equal(new Date(time).toISOString(), time);
});

Deno.test("openKv() keeps data in a file, and throws where there can be none", async () => {
  using host = makeRealHost();
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/kv`;
    for (const expected of [null, "value"]) {
      const kv = await host.openKv(path);
      assert.equal((await kv.get(["key"])).value, expected);
      await kv.atomic().set(["key"], "value").commit();
      kv.close();
    }
    await assert.rejects(host.openKv(`${folder}/no/such/folder/kv`), {
      name: "HostError",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("random gives bytes of any length, and UUIDs of version 4", () => {
  using host = makeRealHost();
  assert.equal(host.random.bytes(0).length, 0);
  const many = host.random.bytes(200_000);
  assert.equal(many.length, 200_000);
  assert.ok(new Set(many.slice(-1000)).size > 100); // the tail is random too
  assert.match(
    host.random.uuid(),
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  const float = host.random.float();
  assert.ok(float >= 0 && float < 1);
});
