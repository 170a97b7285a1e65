import assert from "node:assert/strict";
import type { Lease } from "../../src/api/coordination/lease.ts";
import { HostError } from "../../src/base/host.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { ApiUplink } from "./api_uplink.ts";
import { NoUplink } from "./no_uplink.ts";

/** An API server that has only this node's Lease, and can be out of reach or refuse. */
function bench() {
  const asked: string[] = [];
  let lease: Lease | undefined;
  let state: "there" | "away" | "refuses" | "silent" = "there";
  const missing = () =>
    answer(404, { kind: "Status", code: 404, reason: "NotFound" });
  const answer = (status: number, body: unknown) =>
    new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": "application/json" },
    });
  const host = new VirtualHost({
    fetch: async (request) => {
      if (state === "away") throw new HostError("refused", "Nobody listens");
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/hangs") || state === "silent") {
        const { promise, reject } = Promise.withResolvers<never>();
        const { signal } = request;
        signal.addEventListener("abort", () => reject(signal.reason));
        return await promise;
      }
      if (!pathname.includes("/leases")) {
        asked.push(`${request.method} ${pathname}`);
        return new Response("ok");
      }
      if (state === "refuses") {
        return answer(403, { kind: "Status", code: 403, message: "no" });
      }
      asked.push(`${request.method} lease`);
      if (request.method !== "POST" && !lease) return missing();
      if (request.method !== "GET") lease = await request.json();
      return answer(200, lease);
    },
  });
  const stop = new AbortController();
  let uid: string | undefined;
  let ups = 0;
  const uplink = new ApiUplink(host, {
    api: { server: "https://api:6443" },
    node: "n1",
    nodeUid: () => uid,
    onUp: () => ups++,
  });
  return {
    host,
    uplink,
    asked,
    lease: () => lease,
    ups: () => ups,
    set: (to: typeof state) => state = to,
    setUid: (to: string | undefined) => uid = to,
    removeLease: () => lease = undefined,
    start: () => host.spawn("uplink", () => uplink.run(stop.signal)),
    async stop() {
      stop.abort();
      await host.settle();
      assert.deepEqual(host.failures, []);
      assert.deepEqual(host.running, []);
    },
  };
}

Deno.test("ApiUplink makes the node's Lease and renews it every ten seconds", async () => {
  const b = bench();
  b.start();
  await b.host.advance(3_000);
  // Before the node is registered there is nobody whose Lease it could be.
  assert.deepEqual(b.asked, ["GET lease", "GET lease"]);
  assert.equal(b.uplink.isUp, true);
  assert.equal(b.ups(), 1);
  b.setUid("u1");
  await b.host.advance(2_000);
  assert.deepEqual(b.asked.splice(2), ["GET lease", "POST lease"]);
  const first = b.lease()!;
  assert.equal(first.spec.holderIdentity, "n1");
  assert.equal(first.spec.leaseDurationSeconds, 40);
  assert.match(first.spec.renewTime!, /^2026-01-01T00:00:0[2-4]\.\d{6}Z$/);
  assert.equal(first.metadata.ownerReferences![0]!.uid, "u1");
  await b.host.advance(60_000);
  const renewals = b.asked.slice(2);
  assert.deepEqual([...new Set(renewals)], ["PUT lease"]);
  assert.equal(renewals.length, 5);
  await b.stop();
});

Deno.test("ApiUplink makes no Lease for a node that is gone, and one again for a Node of the same name", async () => {
  const b = bench();
  b.setUid("u1");
  b.start();
  await b.host.advance(100);
  assert.equal(b.lease()!.metadata.ownerReferences![0]!.uid, "u1");
  b.setUid(undefined);
  b.removeLease();
  await b.host.advance(30_000);
  assert.equal(b.lease(), undefined);
  assert.equal(b.uplink.isUp, true);
  b.setUid("u2");
  await b.host.advance(4_000);
  assert.equal(b.lease()!.metadata.ownerReferences![0]!.uid, "u2");
  await b.stop();
});

Deno.test("ApiUplink holds requests back while the server is out of reach", async () => {
  const b = bench();
  b.set("away");
  b.start();
  const answered = b.uplink.transport.fetch(new Request("http://api/api/v1/x"));
  await b.host.advance(5_000);
  assert.equal(b.uplink.isUp, false);
  b.set("there");
  await b.host.advance(8_000);
  assert.equal(await (await answered).text(), "ok");
  assert.equal(b.ups(), 1);
  // A request that fails tells before the Lease is due.
  b.set("away");
  await assert.rejects(
    b.uplink.transport.fetch(new Request("http://api/api/v1/y")),
    { code: "refused" },
  );
  assert.equal(b.uplink.isUp, false);
  b.set("there");
  await b.host.advance(1_000);
  assert.equal(b.uplink.isUp, true);
  assert.equal(b.ups(), 2);
  await b.stop();
});

Deno.test("ApiUplink is up also where it may not have a Lease, and says so once", async () => {
  const b = bench();
  b.set("refuses");
  b.start();
  await b.host.advance(60_000);
  assert.equal(b.uplink.isUp, true);
  const warnings = b.host.logs.filter(({ level }) => level === "warn");
  assert.equal(warnings.length, 1);
  await b.stop();
});

Deno.test("ApiUplink ends what is under way when the server falls silent", async () => {
  const b = bench();
  b.start();
  await b.host.advance(100);
  const watch = b.uplink.transport.fetch(new Request("http://api/hangs"));
  watch.catch(() => {});
  await b.host.advance(30_000);
  b.set("silent");
  await b.host.advance(21_000);
  await assert.rejects(watch, { code: "closed" });
  assert.equal(b.uplink.isUp, false);
  b.set("there");
  await b.host.advance(20_000);
  const again = b.uplink.transport.fetch(new Request("http://api/x"));
  assert.equal(await (await again).text(), "ok");
  await b.stop();
});

Deno.test("NoUplink lets requests wait until they are given up, or the agent stops", async () => {
  const host = new VirtualHost();
  const uplink = new NoUplink();
  const stop = new AbortController();
  host.spawn("uplink", () => uplink.run(stop.signal));
  const given = new AbortController();
  const ask = (signal?: AbortSignal) =>
    uplink.transport.fetch(
      new Request("http://api/x", signal ? { signal } : {}),
    );
  const one = assert.rejects(ask(given.signal), { name: "AbortError" });
  const other = assert.rejects(ask(), { message: "The agent stops" });
  given.abort();
  await one;
  stop.abort();
  await other;
  await host.settle();
  assert.deepEqual(host.running, []);
});
