import assert from "node:assert/strict";
import type { Host } from "../../src/base/host.ts";
import { HostError } from "../../src/base/host.ts";
import {
  ScriptedRegistry,
  sha256,
} from "../../src/testing/scripted_registry.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { ClusterForwarder } from "./cluster_forwarder.ts";
import { bytes } from "./images_rig.ts";
import { Registries } from "./registries.ts";

const CONTENT = bytes(300_000);

async function rig() {
  const registry = new ScriptedRegistry();
  registry.put({
    repository: "team/app",
    configType: "application/x",
    layers: [{ mediaType: "application/y", content: CONTENT }],
  });
  const clock = new VirtualHost();
  let up = true;
  const net = {
    fetch: clock.net.fetch,
    serve: () =>
      Promise.resolve({
        address: { hostname: "127.0.0.1", port: 4711 },
        close: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  } as unknown as Host["net"];
  const registries = new Registries({
    clock: clock.clock,
    random: clock.random,
    crypto: clock.crypto,
    disk: clock.disk,
    net,
  }, {
    cluster: {
      address: "10.0.0.1:6443",
      isUp: () => up,
      fetch: registry.fetch,
    },
  });
  const forwarder = await ClusterForwarder.open({
    clock: clock.clock,
    random: clock.random,
    crypto: clock.crypto,
    net,
  }, { registries });
  const ask = (path: string, init: RequestInit = {}) =>
    forwarder.answer(
      new Request(`http://127.0.0.1:4711${path}`, {
        ...init,
        headers: { "x-wherry-key": forwarder.key, ...init.headers },
      }),
    );
  const run = async <T>(call: Promise<T>): Promise<T> => {
    let over = false;
    const ended = () => void (over = true);
    call.then(ended, ended);
    while (!over) await clock.advance(1_000);
    return await call;
  };
  return { registry, ask, run, forwarder, setUp: (is: boolean) => up = is };
}

const BLOB = `/v2/team/app/blobs/${sha256(CONTENT)}`;

Deno.test("the forwarder reads for who knows its key, and for nobody else", async () => {
  const { ask, registry } = await rig();
  const manifest = await ask("/v2/team/app/manifests/1?ns=x");
  assert.equal(manifest.status, 200);
  assert.match(
    manifest.headers.get("docker-content-digest")!,
    /^sha256:/,
  );
  assert.equal((await manifest.json()).schemaVersion, 2);
  assert.equal(registry.asked[0]!.path, "team/app/manifests/1");
  assert.equal(registry.asked[0]!.authorization, null);
  for (
    const [path, init, status] of [
      [BLOB, { headers: { "x-wherry-key": "guessed" } }, 403],
      [BLOB, { method: "PUT", body: "x" }, 405],
      ["/api/v1/secrets", {}, 404],
      ["/v2/../api/v1/secrets", {}, 404],
    ] as const
  ) assert.equal((await ask(path, init)).status, status);
  assert.equal(registry.asked.length, 1);
});

Deno.test("the forwarder goes on where the connection to the server was cut", async () => {
  const { ask, registry, run } = await rig();
  let cuts = 0;
  registry.options = {
    script: (request) => {
      const from = Number(
        /bytes=(\d+)/.exec(request.headers.get("range") ?? "")?.[1] ?? 0,
      );
      if (cuts++ % 3 === 1) throw new HostError("closed", "The link is lost");
      let given = false;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (given) {
            return controller.error(
              new HostError("closed", "The link is lost"),
            );
          }
          given = true;
          controller.enqueue(CONTENT.slice(from, from + 50_000));
        },
      }, { highWaterMark: 0 });
      return new Response(
        body,
        from === 0
          ? { headers: { "content-length": String(CONTENT.length) } }
          : {
            status: 206,
            headers: {
              "content-range": `bytes ${from}-${
                CONTENT.length - 1
              }/${CONTENT.length}`,
            },
          },
      );
    },
  };
  const response = await ask(BLOB);
  assert.equal(response.headers.get("content-length"), "300000");
  assert.deepEqual(await run(response.bytes()), CONTENT);
  assert.ok(cuts > 6);
});

Deno.test("the forwarder passes a part of a content on, and completes that only", async () => {
  const { ask, run } = await rig();
  const response = await ask(BLOB, { headers: { range: "bytes=10-19" } });
  assert.equal(response.status, 206);
  assert.deepEqual(await run(response.bytes()), CONTENT.slice(10, 20));
});

Deno.test("the forwarder says so when the server is away", async () => {
  const { ask, setUp } = await rig();
  setUp(false);
  const response = await ask(BLOB);
  assert.equal(response.status, 503);
  assert.match(await response.text(), /no contact with the server/);
});

Deno.test("the forwarder gives a content up that does not come", async () => {
  const { ask, registry, run } = await rig();
  const response = await ask(BLOB);
  await response.body!.cancel();
  registry.options = {
    script: (request) =>
      request.headers.has("range")
        ? new Response(null, { status: 404 })
        : new Response("short", {
          headers: { "content-length": "300000" },
        }),
  };
  const short = await ask(BLOB);
  await assert.rejects(run(short.bytes()), /Cannot get the rest.*404/);
});
