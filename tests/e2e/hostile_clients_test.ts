/**
 * Requests that no honest client sends, against a running server: each gets kube-apiserver's status code, the server stays up, an honest client is
 * answered meanwhile, and nothing that is stored is lost.
 */
import assert from "node:assert/strict";
import http2 from "node:http2";
import tls from "node:tls";
import { RawClient, type RawRequest } from "../bench/api/raw_client.ts";
import { TestCluster } from "../support/cluster.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const KEPT = { text: "as it was" };

interface Server {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

function map(name: string, more: object = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name },
    ...more,
  });
}

/** One request on a connection of its own. */
async function ask(server: Server, request: RawRequest) {
  const client = await RawClient.open(server);
  try {
    const { status, text } = await client.ask(request);
    return { status, body: text === "" ? undefined : JSON.parse(text) };
  } finally {
    client.close();
  }
}

/** The server answers, and has what it had. */
async function isWell(server: Server): Promise<void> {
  const { status, body } = await ask(server, {
    method: "GET",
    path: `${MAPS}/kept`,
  });
  assert.equal(status, 200);
  assert.deepEqual(body.data, KEPT);
}

/** Opens a connection and writes to it as nobody should; the answer is all that comes until it is closed, or for a while. */
function write(
  server: Server,
  text: string,
  forMs = 5_000,
): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    let said = "";
    const socket = tls.connect(
      { host: hostname, port: Number(port), ca: server.ca },
      () => socket.write(text),
    );
    const timer = setTimeout(() => socket.destroy(), forMs);
    socket.on("data", (chunk: unknown) => {
      said += String(chunk);
      if (said.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(said);
    });
  });
}

const CASES: Record<string, (server: Server) => Promise<void>> = {
  async "a body of more than 3 MiB is refused with 413"(server) {
    const { status, body } = await ask(server, {
      method: "POST",
      path: MAPS,
      body: map("large", { data: { text: "x".repeat(3 * 1024 * 1024) } }),
    });
    assert.equal(status, 413);
    assert.equal(body.reason, "RequestEntityTooLarge");
  },

  async "a JSON patch of 10,001 operations is refused with 413"(server) {
    const operation = { op: "test", path: "/kind", value: "ConfigMap" };
    const patch = (count: number) =>
      ask(server, {
        method: "PATCH",
        path: `${MAPS}/kept`,
        contentType: "application/json-patch+json",
        body: JSON.stringify(new Array(count).fill(operation)),
      });
    const { status, body } = await patch(10_001);
    assert.equal(status, 413);
    assert.match(body.message, /maximum operations in a JSON patch is 10000/);
    assert.equal((await patch(10_000)).status, 200);
  },

  async "JSON and YAML of more than 10,000 levels are refused with 400"(
    server,
  ) {
    const deep = "[".repeat(20_000) + "]".repeat(20_000);
    for (
      const [contentType, body] of [
        ["application/json", `{"kind":"ConfigMap","data":${deep}}`],
        ["application/yaml", `kind: ConfigMap\ndata: ${deep}`],
      ] as const
    ) {
      const answer = await ask(server, {
        method: "POST",
        path: MAPS,
        contentType,
        body,
      });
      assert.equal(answer.status, 400, contentType);
    }
  },

  async "patches of many levels are refused, or applied, but break nothing"(
    server,
  ) {
    const deep = '{"a":'.repeat(5_000) + "1" + "}".repeat(5_000);
    for (const kind of ["merge", "strategic-merge"]) {
      const { status } = await ask(server, {
        method: "PATCH",
        path: `${MAPS}/kept`,
        contentType: `application/${kind}-patch+json`,
        body: `{"data":${deep}}`,
      });
      assert.ok(status >= 400 && status < 500, `${kind}: ${status}`);
    }
  },

  async "a YAML alias bomb is refused with 400"(server) {
    let body = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\n";
    body += 'data:\n  a: &a ["x","x","x","x","x","x","x","x","x"]\n';
    for (let i = 1; i < 12; i++) {
      const [from, to] = [i - 1, i].map((n) => String.fromCharCode(97 + n));
      body += `  ${to}: &${to} [${new Array(9).fill(`*${from}`).join(",")}]\n`;
    }
    const { status } = await ask(server, {
      method: "POST",
      path: MAPS,
      contentType: "application/yaml",
      body,
    });
    assert.equal(status, 400);
  },

  async "repeated keys are refused, told or taken, as the client wishes"(
    server,
  ) {
    const body =
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{"a":"1"},"data":{"a":"2"}}';
    const create = (validation: string) =>
      ask(server, {
        method: "POST",
        path: `${MAPS}?dryRun=All&fieldValidation=${validation}`,
        body,
      });
    const strict = await create("Strict");
    assert.equal(strict.status, 400);
    assert.match(strict.body.message, /duplicate field "data"/);
    assert.equal((await create("Warn")).status, 201);
    assert.equal((await create("Ignore")).status, 201);
  },

  async "dots and encoded slashes reach nothing in any segment of a path"(
    server,
  ) {
    const segments = `${MAPS.slice(1)}/kept`.split("/");
    for (let at = 0; at < segments.length; at++) {
      for (
        const trick of [
          "..",
          ".",
          "%2e%2e",
          "%2e",
          "%2f",
          "..%2f",
          "kept%2f..",
          "%00",
          "%",
          "%zz",
        ]
      ) {
        const path = "/" + segments.with(at, trick).join("/");
        const { status } = await ask(server, { method: "GET", path });
        assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
      }
    }
  },

  async "an object of the cluster is not found through a namespace, nor the other way round"(
    server,
  ) {
    const node = JSON.stringify({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n" },
    });
    const inside = "/api/v1/namespaces/default/nodes";
    assert.equal(
      (await ask(server, { method: "POST", path: inside, body: node })).status,
      404,
    );
    assert.equal(
      (await ask(server, { method: "GET", path: inside })).status,
      404,
    );
    const outside = { method: "POST", path: "/api/v1/configmaps" };
    assert.equal(
      (await ask(server, { ...outside, body: map("nowhere") })).status,
      405,
    );
    const { status } = await ask(server, {
      method: "POST",
      path: MAPS,
      body: map("other", { metadata: { name: "other", namespace: "else" } }),
    });
    assert.equal(status, 400);
  },

  async "headers of a megabyte are refused or the connection is closed"(
    server,
  ) {
    const said = await write(
      server,
      `GET /livez HTTP/1.1\r\nHost: a\r\nX-Large: ${
        "x".repeat(1024 * 1024)
      }\r\n\r\n`,
    );
    assert.match(said, /^(HTTP\/1\.1 (431|400)|$)/);
  },

  async "nonsense in the place of HTTP is refused or the connection is closed"(
    server,
  ) {
    for (
      const text of [
        "\0\0\0\0\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      ]
    ) {
      const said = await write(server, text, 1_000);
      assert.doesNotMatch(said, /^HTTP\/1\.1 (200|5)/, JSON.stringify(text));
    }
  },

  async "a body that is not UTF-8 stores no broken text"(server) {
    const { url, ca, token } = server;
    using client = Deno.createHttpClient({ caCerts: [ca] });
    const bytes = new TextEncoder().encode(
      map("bytes", { data: { text: "a?b" } }),
    );
    bytes[bytes.indexOf("?".charCodeAt(0))] = 0xff;
    const answer = await fetch(url + MAPS, {
      client,
      method: "POST",
      headers: {
        "authorization": `Bearer ${token}`,
        "content-type": "application/json",
      },
      body: bytes,
    });
    const body = await answer.json();
    assert.ok(answer.status === 400 || answer.status === 201);
    // Go's decoder puts U+FFFD in the place of what is no text.
    if (answer.status === 201) assert.equal(body.data.text, "a\ufffdb");
  },

  async "limits and versions that make no sense are refused"(server) {
    const list = async (query: string) =>
      (await ask(server, { method: "GET", path: `${MAPS}?${query}` })).status;
    assert.equal(await list("limit=99999999999999999999"), 400);
    assert.equal(await list("limit=many"), 400);
    assert.equal(await list("resourceVersion=-1"), 400);
    assert.equal(await list("resourceVersion=abc"), 400);
    assert.equal(await list("continue=abc"), 400);
    assert.equal(await list("resourceVersionMatch=Exact"), 422);
    assert.equal(await list("timeoutSeconds=x"), 400);
    assert.equal(await list("labelSelector=a%20in%20b"), 400);
    assert.equal(await list("fieldSelector=spec.none%3Da"), 400);
  },

  async "a version from the future is waited for, then answered with 504"(
    server,
  ) {
    const { status, body } = await ask(server, {
      method: "GET",
      path: `${MAPS}?resourceVersion=999999999`,
    });
    assert.equal(status, 504);
    assert.match(body.message, /Too large resource version/);
    assert.equal(body.details.causes[0].reason, "ResourceVersionTooLarge");
  },

  async "200 clients that never finish their request keep nobody away"(
    server,
  ) {
    const { hostname, port } = new URL(server.url);
    const slow = await Promise.all(
      Array.from(
        { length: 200 },
        () =>
          new Promise<tls.TLSSocket>((resolve, reject) => {
            const socket = tls.connect(
              { host: hostname, port: Number(port), ca: server.ca },
              () => {
                socket.write("GET /api HTTP/1.1\r\nX-Slow: ");
                resolve(socket);
              },
            );
            socket.on("error", reject);
          }),
      ),
    );
    for (let i = 0; i < 3; i++) {
      for (const socket of slow) socket.write("x");
      await isWell(server);
    }
    for (const socket of slow) socket.destroy();
  },

  async "a flood of HTTP/2 resets ends its connection at most"(server) {
    const session = http2.connect(server.url, { ca: server.ca });
    session.on("error", () => {});
    for (let i = 0; i < 5_000 && !session.destroyed; i++) {
      const stream = session.request({
        ":path": MAPS,
        authorization: `Bearer ${server.token}`,
      });
      stream.on("error", () => {});
      stream.close(http2.constants.NGHTTP2_CANCEL);
      if (i % 500 === 0) await isWell(server);
    }
    session.destroy();
  },

  async "10,000 watches are served, and each hears of a change"(server) {
    const sessions = Array.from(
      { length: 100 },
      () => http2.connect(server.url, { ca: server.ca }),
    );
    let heard = 0;
    const all = Promise.withResolvers<void>();
    const opened: Promise<void>[] = [];
    for (const session of sessions) {
      session.on("error", all.reject);
      for (let i = 0; i < 100; i++) {
        const stream = session.request({
          ":path":
            `${MAPS}?watch=1&resourceVersion=0&fieldSelector=metadata.name%3Dkept`,
          authorization: `Bearer ${server.token}`,
        });
        let text = "";
        opened.push(
          new Promise((resolve) => {
            stream.on("data", (chunk: unknown) => {
              text += String(chunk);
              if (text.includes('"ADDED"')) resolve();
              if (!text.includes('"MODIFIED"')) return;
              text = "";
              heard++;
              if (heard === 10_000) all.resolve();
            });
          }),
        );
      }
    }
    await Promise.all(opened);
    await isWell(server);
    const { status } = await ask(server, {
      method: "PATCH",
      path: `${MAPS}/kept`,
      contentType: "application/merge-patch+json",
      body: JSON.stringify({ metadata: { labels: { seen: "by-all" } } }),
    });
    assert.equal(status, 200);
    await all.promise;
    for (const session of sessions) session.destroy();
  },
};

Deno.test({
  name: "no client brings the server down",
  // What clients break off leaves timers of node's compatibility layer behind.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using cluster = await TestCluster.make();
    const running = await cluster.startServer();
    const server = { url: cluster.url, ...await cluster.credentials() };
    const { status } = await ask(server, {
      method: "POST",
      path: MAPS,
      body: map("kept", { data: KEPT }),
    });
    assert.equal(status, 201);
    for (const [name, run] of Object.entries(CASES)) {
      await t.step({
        name,
        sanitizeOps: false,
        sanitizeResources: false,
        fn: async () => {
          await run(server);
          await isWell(server);
        },
      });
    }
    assert.ok(!running.ended());
  },
});
