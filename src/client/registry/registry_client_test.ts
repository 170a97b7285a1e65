import assert from "node:assert/strict";
import { encodeText } from "../../base/bytes.ts";
import { HostError } from "../../base/host.ts";
import {
  OCI_MANIFEST,
  WASM_CONFIG,
  WASM_LAYER,
} from "../../base/oci/media_types.ts";
import {
  ScriptedRegistry,
  type ScriptedRegistryOptions,
  sha256,
} from "../../testing/scripted_registry.ts";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { bytesSource } from "./blob_source.ts";
import type { RegistryOptions } from "./exchange.ts";
import { RegistryClient } from "./registry_client.ts";
import { RegistryError } from "./registry_error.ts";
import { CHUNK_BYTES } from "./upload.ts";

const BASE = "http://registry.example";
const CONTENT = encodeText("0123456789");

function rig(
  script: ScriptedRegistryOptions = {},
  options: Partial<RegistryOptions> = {},
) {
  const host = new VirtualHost();
  const registry = new ScriptedRegistry(script);
  const client = new RegistryClient(host, {
    fetch: registry.fetch,
    baseUrl: new URL(BASE),
    ...options,
  });
  /** Lets time pass until a call has ended. */
  const run = async <T>(call: Promise<T>): Promise<T> => {
    let over = false;
    const ended = () => void (over = true);
    call.then(ended, ended);
    while (!over) await host.advance(1_000);
    return await call;
  };
  return { host, registry, client, run };
}

function artifact(registry: ScriptedRegistry) {
  return registry.put({
    repository: "team/app",
    configType: WASM_CONFIG,
    layers: [{ mediaType: WASM_LAYER, content: CONTENT }],
  });
}

async function text(
  stream: Promise<ReadableStream<Uint8Array<ArrayBuffer>>>,
): Promise<string> {
  return await new Response(await stream).text();
}

const failure = (status: number, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof RegistryError, String(error));
  assert.equal(error.status, status);
  assert.match(error.message, message);
  return true;
};

Deno.test("manifest() answers what a tag and what a digest stand for", async () => {
  const { registry, client } = rig();
  const digest = artifact(registry);
  for (const reference of ["1", digest]) {
    const found = await client.manifest("team/app", reference);
    assert.equal(found.digest, digest);
    assert.equal(found.mediaType, OCI_MANIFEST);
  }
  assert.equal(await client.digestOf("team/app", "1"), digest);
});

Deno.test("manifest() refuses what has another digest than was asked for", async () => {
  const { registry, client } = rig();
  const digest = artifact(registry);
  registry.options = { script: () => new Response("{}") };
  await assert.rejects(
    client.manifest("team/app", digest),
    failure(0, /what came has the digest sha256:44136/),
  );
});

Deno.test("manifest() reads no more than a manifest may have", async () => {
  let sent = 0;
  const { client } = rig({
    script: () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.enqueue(new Uint8Array(1024 * 1024));
            sent++;
          },
        }),
      ),
  });
  await assert.rejects(
    client.manifest("team/app", "1"),
    failure(0, /more than 4194304 bytes/),
  );
  assert.ok(sent <= 6);
});

Deno.test("manifest() says what the registry said when it refuses", async () => {
  const { client } = rig();
  await assert.rejects(
    client.manifest("team/app", "9"),
    failure(
      404,
      /^Cannot get the manifest "team\/app:9" from registry.example: 404 Not Found: MANIFEST_UNKNOWN: manifest unknown$/,
    ),
  );
});

Deno.test("blob() begins where it is asked to", async () => {
  const { registry, client } = rig();
  artifact(registry);
  const descriptor = { digest: sha256(CONTENT), size: 10 };
  assert.equal(await text(client.blob("team/app", descriptor)), "0123456789");
  assert.equal(
    await text(client.blob("team/app", descriptor, { offset: 7 })),
    "789",
  );
  assert.equal(registry.asked.at(-1)!.range, "bytes=7-9");
});

Deno.test("blob() skips what it has when all of it comes again", async () => {
  const { registry, client } = rig({ ranges: false });
  artifact(registry);
  const descriptor = { digest: sha256(CONTENT), size: 10 };
  assert.equal(
    await text(client.blob("team/app", descriptor, { offset: 7 })),
    "789",
  );
});

Deno.test("blob() fails when another part comes", async () => {
  const { client } = rig({
    script: () =>
      new Response("xx", {
        status: 206,
        headers: { "content-range": "bytes 8-9/10" },
      }),
  });
  await assert.rejects(
    client.blob("team/app", { digest: sha256(CONTENT), size: 10 }, {
      offset: 7,
    }),
    failure(0, /it begins at bytes 8-9\/10 instead of 7/),
  );
});

Deno.test("blob() ends a content that is longer than its manifest says", async () => {
  let sent = 0;
  const { client } = rig({
    script: () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.enqueue(new Uint8Array(4));
            sent += 4;
          },
        }, { highWaterMark: 0 }),
      ),
  });
  await assert.rejects(
    text(client.blob("team/app", { digest: sha256(CONTENT), size: 10 })),
    failure(0, /more came than its manifest says/),
  );
  assert.equal(sent, 12);
});

Deno.test("blob() refuses a length beyond what the manifest says before it reads", async () => {
  const { client } = rig({
    script: () =>
      new Response("x".repeat(11), { headers: { "content-length": "11" } }),
  });
  await assert.rejects(
    client.blob("team/app", { digest: sha256(CONTENT), size: 10 }),
    failure(0, /it is to have 11 bytes, and its manifest says 10/),
  );
});

Deno.test("blob() fails when a content ends early", async () => {
  const { client } = rig({ script: () => new Response("0123") });
  await assert.rejects(
    text(client.blob("team/app", { digest: sha256(CONTENT), size: 10 })),
    (error) =>
      error instanceof HostError && error.code === "closed" &&
      /it ended 6 bytes early/.test(error.message),
  );
});

Deno.test("blobBytes() goes on after each cut, and verifies the whole", async () => {
  const { registry, client } = rig();
  artifact(registry);
  const descriptor = { digest: sha256(CONTENT), size: 10 };
  registry.options = {
    script: (request) => {
      const from = Number(
        /bytes=(\d+)/.exec(request.headers.get("range") ?? "")?.[1] ?? 0,
      );
      return new Response(CONTENT.slice(from, from + 1), {
        status: 206,
        headers: { "content-range": `bytes ${from}-9/10` },
      });
    },
  };
  const got = await client.blobBytes("team/app", descriptor, {
    limitBytes: 10,
  });
  assert.deepEqual(got, CONTENT);
  assert.equal(registry.asked.length, 10);
  await assert.rejects(
    client.blobBytes("team/app", { digest: sha256("other"), size: 10 }, {
      limitBytes: 10,
    }),
    failure(0, /what came has the digest/),
  );
  await assert.rejects(
    client.blobBytes("team/app", descriptor, { limitBytes: 9 }),
    failure(0, /it has 10 bytes, the limit is 9/),
  );
});

Deno.test("the client tells its password when it is asked, and then at once", async () => {
  const { registry, client } = rig({ door: { basic: { ann: "secret" } } }, {
    credentials: { username: "ann", password: "secret" },
  });
  artifact(registry);
  await client.manifest("team/app", "1");
  await client.manifest("team/app", "1");
  const basic = `Basic ${btoa("ann:secret")}`;
  assert.deepEqual(
    registry.asked.map(({ authorization }) => authorization),
    [null, basic, basic],
  );
});

Deno.test("the client fails with 401 when its password is not taken", async () => {
  const { registry, client } = rig({ door: { basic: { ann: "secret" } } }, {
    credentials: { username: "ann", password: "wrong" },
  });
  await assert.rejects(
    client.manifest("team/app", "1"),
    failure(401, /401 Unauthorized: UNAUTHORIZED/),
  );
  assert.equal(registry.asked.length, 2);
});

Deno.test("the client gets a token where the registry says, for what it needs, and keeps it", async () => {
  const tokens: URL[] = [];
  const headers: (string | null)[] = [];
  const { registry, client, host } = rig({
    door: {
      bearer: { realm: "https://auth.example/token", token: "t1" },
    },
    script: (request) => {
      const url = new URL(request.url);
      if (url.host !== "auth.example") return undefined;
      tokens.push(url);
      headers.push(request.headers.get("authorization"));
      return Response.json({ token: "t1", expires_in: 100 });
    },
  }, { credentials: { username: "ann", password: "secret" } });
  artifact(registry);
  await client.manifest("team/app", "1");
  await client.manifest("team/app", "1");
  assert.equal(tokens.length, 1);
  assert.equal(tokens[0]!.searchParams.get("service"), "test");
  assert.deepEqual(tokens[0]!.searchParams.getAll("scope"), [
    "repository:team/app:pull",
  ]);
  assert.deepEqual(headers, [`Basic ${btoa("ann:secret")}`]);
  await host.advance(96_000);
  await client.manifest("team/app", "1");
  assert.equal(tokens.length, 2);
});

Deno.test("the client asks for a new token when one is refused, and then gives up", async () => {
  let tokens = 0;
  const { registry, client } = rig({
    door: { bearer: { realm: `${BASE}/token`, token: "never" } },
    script: (_request, path) =>
      path === "/token?service=test&scope=repository%3Ateam%2Fapp%3Apull"
        ? Response.json({ access_token: `t${tokens++}` })
        : undefined,
  });
  await assert.rejects(client.manifest("team/app", "1"), failure(401, /401/));
  assert.equal(tokens, 1);
  registry.asked.length = 0;
  await assert.rejects(client.manifest("team/app", "1"), failure(401, /401/));
  assert.ok(registry.asked.length <= 6);
});

Deno.test("the client ends with 401 when a registry wants another token each time", async () => {
  let asked = 0;
  const { client } = rig({
    script: (_request, path) =>
      path.startsWith("/token")
        ? Response.json({ token: "t" })
        : new Response(null, {
          status: 401,
          headers: {
            "www-authenticate":
              `Bearer realm="${BASE}/token",scope="s${asked++}"`,
          },
        }),
  });
  await assert.rejects(client.manifest("team/app", "1"), failure(401, /401/));
  assert.equal(asked, 3);
});

Deno.test("the client does not tell its password in the clear when the registry is reached safely", async () => {
  const { client } = rig({
    door: { bearer: { realm: "http://auth.example/token", token: "t" } },
  }, {
    baseUrl: new URL("https://registry.example"),
    credentials: { username: "ann", password: "secret" },
  });
  await assert.rejects(
    client.manifest("team/app", "1"),
    failure(401, /not reached by https/),
  );
});

Deno.test("the client follows redirects, and tells nobody else who asks", async () => {
  const seen: [string, string | null][] = [];
  const { registry, client } = rig({
    door: { basic: { ann: "secret" } },
  }, { credentials: { username: "ann", password: "secret" } });
  artifact(registry);
  const answer = registry.fetch;
  const redirecting = new RegistryClient(new VirtualHost(), {
    baseUrl: new URL(BASE),
    credentials: { username: "ann", password: "secret" },
    fetch: async (request) => {
      const url = new URL(request.url);
      const header = request.headers.get("authorization");
      seen.push([url.host, header]);
      if (url.host === "cdn.example") return new Response(CONTENT);
      const response = await answer(request);
      return response.status === 200
        ? new Response(null, {
          status: 307,
          headers: { location: "http://u:p@cdn.example/x?signed" },
        })
        : response;
    },
  });
  assert.equal(
    await text(
      redirecting.blob("team/app", { digest: sha256(CONTENT), size: 10 }),
    ),
    "0123456789",
  );
  const basic = `Basic ${btoa("ann:secret")}`;
  assert.deepEqual(seen, [
    ["registry.example", null],
    ["registry.example", basic],
    ["cdn.example", null],
  ]);
  await client.manifest("team/app", "1");
});

Deno.test("the client refuses redirects without end, and out of https", async () => {
  const { registry, client } = rig({
    script: () =>
      new Response(null, { status: 302, headers: { location: "/again" } }),
  });
  await assert.rejects(
    client.manifest("team/app", "1"),
    failure(302, /redirects more than 5 times/),
  );
  assert.equal(registry.asked.length, 6);
  const safe = rig({
    script: () =>
      new Response(null, {
        status: 302,
        headers: { location: "http://registry.example/v2/" },
      }),
  }, { baseUrl: new URL("https://registry.example") });
  await assert.rejects(
    safe.client.manifest("team/app", "1"),
    failure(0, /not reached by https/),
  );
});

Deno.test("the client waits as long as the registry says, and tries again", async () => {
  let refused = 0;
  const { registry, client, run, host } = rig({
    script: () =>
      refused++ < 2
        ? new Response(null, {
          status: refused === 1 ? 429 : 503,
          headers: { "retry-after": "7" },
        })
        : undefined,
  });
  artifact(registry);
  const begun = host.clock.monotonicMs();
  await run(client.manifest("team/app", "1"));
  assert.ok(host.clock.monotonicMs() - begun >= 14_000);
});

Deno.test("the client gives up at once when the registry wants an hour", async () => {
  const { client, registry } = rig({
    script: () =>
      new Response(null, { status: 429, headers: { "retry-after": "3600" } }),
  });
  await assert.rejects(client.manifest("team/app", "1"), failure(429, /429/));
  assert.equal(registry.asked.length, 1);
});

Deno.test("the client tries again when the registry cannot be reached, and says so in the end", async () => {
  let asked = 0;
  const { client, run } = rig({}, {
    fetch: () => {
      asked++;
      return Promise.reject(new HostError("refused", "Cannot connect"));
    },
    attempts: 3,
  });
  await assert.rejects(run(client.manifest("team/app", "1")), {
    code: "refused",
  });
  assert.equal(asked, 3);
});

Deno.test("uploadBlob() sends a small content in one piece, and nothing that is there", async () => {
  const { registry, client } = rig();
  const source = bytesSource(new VirtualHost(), CONTENT);
  assert.equal(await client.uploadBlob("team/app", source), "sent");
  assert.deepEqual(registry.blobs.get(source.digest), CONTENT);
  assert.deepEqual(registry.asked.map(({ method }) => method), [
    "HEAD",
    "POST",
    "PUT",
  ]);
  assert.equal(await client.uploadBlob("team/app", source), "present");
});

Deno.test("uploadBlob() has another repository's content mounted, or sends it", async () => {
  const { registry, client } = rig();
  artifact(registry);
  registry.options = {
    script: (request) =>
      request.method === "HEAD"
        ? new Response(null, { status: 404 })
        : undefined,
  };
  const host = new VirtualHost();
  const mountFrom = "team/app";
  const source = bytesSource(host, CONTENT);
  assert.equal(
    await client.uploadBlob("team/two", source, { mountFrom }),
    "mounted",
  );
  const other = bytesSource(host, encodeText("other"));
  assert.equal(
    await client.uploadBlob("team/two", other, { mountFrom }),
    "sent",
  );
});

Deno.test("uploadBlob() sends a large content in chunks and goes on where it was cut", async () => {
  const large = new Uint8Array(3 * CHUNK_BYTES + 5);
  for (let at = 0; at < large.length; at += 997) large[at] = at;
  const registry = new ScriptedRegistry();
  let patches = 0;
  const { client, run } = rig({}, {
    fetch: async (request) => {
      if (request.method !== "PATCH" || patches++ % 2 === 0) {
        return await registry.fetch(request);
      }
      // The registry took it, or never saw it: the client cannot know.
      if (patches === 2) await registry.fetch(request);
      throw new HostError("closed", "Cut");
    },
  });
  const source = bytesSource(new VirtualHost(), large);
  const progress: number[] = [];
  const call = client.uploadBlob("team/app", source, {
    onProgress: (bytes) => progress.push(bytes),
  });
  assert.equal(await run(call), "sent");
  assert.deepEqual(registry.blobs.get(source.digest), large);
  assert.equal(progress.at(-1), large.length);
  assert.ok(patches >= 4);
});

Deno.test("putManifest() and what it is made of come to an artifact that can be pulled", async () => {
  const { client } = rig();
  const source = bytesSource(new VirtualHost(), CONTENT);
  await client.uploadBlob("team/app", source);
  const content = JSON.stringify({ schemaVersion: 2, layers: [] });
  const digest = await client.putManifest("team/app", "2", {
    mediaType: OCI_MANIFEST,
    content,
  });
  assert.equal((await client.manifest("team/app", "2")).digest, digest);
});

Deno.test("tags() reads all pages", async () => {
  const { client } = rig({
    script: (_request, path) =>
      path === "team/app/tags/list"
        ? Response.json({ tags: ["1", "2"] }, {
          headers: {
            link: '</v2/team/app/tags/list?last=2>; rel="next"',
          },
        })
        : Response.json({ tags: ["3"] }),
  });
  assert.deepEqual(await client.tags("team/app"), ["1", "2", "3"]);
});

Deno.test("the client works against a real server as against a scripted one, and follows it to another", async () => {
  const headers: (string | null)[] = [];
  const start = (handler: (request: Request) => Promise<Response>) =>
    Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      handler,
    );
  const registry = new ScriptedRegistry({
    door: { basic: { ann: "secret" } },
  });
  await using server = start(registry.fetch);
  await using store = start((request) => {
    headers.push(request.headers.get("authorization"));
    return Promise.resolve(new Response(CONTENT));
  });
  const client = new RegistryClient(new VirtualHost(), {
    fetch: (request) => fetch(request),
    baseUrl: new URL(`http://127.0.0.1:${server.addr.port}`),
    credentials: { username: "ann", password: "secret" },
  });
  const source = bytesSource(new VirtualHost(), CONTENT);
  assert.equal(await client.uploadBlob("team/app", source), "sent");
  assert.equal(
    await text(client.blob("team/app", source, { offset: 4 })),
    "456789",
  );
  registry.options = {
    ...registry.options,
    script: (request) =>
      request.headers.has("authorization")
        ? Response.redirect(`http://127.0.0.1:${store.addr.port}/x`, 307)
        : undefined,
  };
  assert.equal(
    await text(client.blob("team/app", source, { offset: 4 })),
    "456789",
  );
  assert.deepEqual(headers, [null]);
});
