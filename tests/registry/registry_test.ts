/**
 * The registry as clients meet it: over TLS, over restarts, by hostile hands.
 */
import assert from "node:assert/strict";
import { decodeText, encodeText } from "../../src/base/bytes.ts";
import { digestOf, noise, RegistryServer } from "./rig.ts";

const MB = 1024 * 1024;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

for (const contents of ["files", "kv"] as const) {
  Deno.test(`a large blob comes and goes whole over TLS, and its upload outlives a restart (${contents})`, async () => {
    await using server = await RegistryServer.start({ images: { contents } });
    const content = noise(9 * MB + 1);
    const digest = await digestOf(content);
    const upload = await server.begin("team/app");
    const cut = 5 * MB;
    const answer = await server.expect(202, "PATCH", upload, {
      body: content.subarray(0, cut),
      headers: { "content-range": `0-${cut - 1}` },
    });
    assert.equal(answer.headers.get("range"), `0-${cut - 1}`);
    await server.restart();
    const status = await server.expect(204, "GET", upload);
    assert.equal(status.headers.get("range"), `0-${cut - 1}`);
    await server.expect(201, "PUT", `${upload}?digest=${digest}`, {
      body: content.subarray(cut),
    });
    await server.restart();
    const path = `team/app/blobs/${digest}`;
    const whole = await server.expect(200, "GET", path);
    assert.equal(whole.headers.get("content-length"), String(content.length));
    assert.equal(await digestOf(await bytesOf(whole)), digest);
    const rest = await server.expect(206, "GET", path, {
      headers: { range: `bytes=${cut}-` },
    });
    assert.deepEqual(await bytesOf(rest), content.slice(cut));
    const head = await server.expect(200, "HEAD", path);
    assert.equal(head.headers.get("content-length"), String(content.length));
  });
}

Deno.test("an upload that is cut off is gone on with from where it was", async () => {
  await using server = await RegistryServer.start();
  const content = noise(3 * MB);
  const upload = await server.begin("app");
  const cut = new AbortController();
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent >= MB) {
        cut.abort();
        return;
      }
      controller.enqueue(content.subarray(sent, sent + 65_536));
      sent += 65_536;
    },
  });
  await assert.rejects(
    server.ask("PATCH", upload, { body, signal: cut.signal }),
  );
  // Goes on from what is told to be there, as a client does that learns it has lost its connection before the server has.
  for (let from = await there(server, upload);;) {
    const answer = await server.ask("PATCH", upload, {
      body: content.subarray(from),
      headers: { "content-range": `${from}-${content.length - 1}` },
    });
    await answer.body?.cancel();
    if (answer.status === 202) break;
    assert.equal(answer.status, 416);
    from = await there(server, upload);
  }
  const digest = await digestOf(content);
  await server.expect(201, "PUT", `${upload}?digest=${digest}`);
});

Deno.test("an image of two layers is pushed and pulled by digest, and deleted", async () => {
  await using server = await RegistryServer.start();
  const blobs = [encodeText("{}"), noise(100_000), noise(200_000)];
  const digests = await Promise.all(blobs.map(digestOf));
  await Promise.all(blobs.map(async (body, n) => {
    const path = `app/blobs/uploads/?digest=${digests[n]}`;
    await server.expect(201, "POST", path, { body });
  }));
  const [config, ...layers] = digests.map((digest, n) => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    digest,
    size: blobs[n]!.length,
  }));
  const body = JSON.stringify({ schemaVersion: 2, config, layers });
  const put = await server.expect(201, "PUT", "app/manifests/v1", {
    body,
    headers: { "content-type": MANIFEST },
  });
  const digest = put.headers.get("docker-content-digest")!;
  const get = await server.expect(200, "GET", `app/manifests/${digest}`, {
    headers: { "accept-encoding": "gzip, br" },
  });
  assert.equal(get.headers.get("content-type"), MANIFEST);
  assert.equal(get.headers.get("content-length"), String(body.length));
  assert.equal(await get.text(), body);
  await server.expect(202, "DELETE", `app/manifests/${digest}`);
  const gone = await server.expect(404, "GET", "app/manifests/v1");
  assert.equal((await gone.json()).errors[0].code, "MANIFEST_UNKNOWN");
});

Deno.test("hostile: paths that lead elsewhere name nothing", async () => {
  await using server = await RegistryServer.start();
  const hostile = [
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "app/blobs/..%2f..%2fformat",
    "app/blobs/sha256:..%2f..%2fformat",
    "app/blobs/sha256:%00",
    `app/blobs/sha256:${"A".repeat(64)}`,
    `app/blobs/sha256:${"a".repeat(63)}`,
    "app/blobs/uploads/..",
    "app/blobs/uploads/%2e%2e%2fformat",
    "app/blobs/uploads/00000000-0000-0000-0000-00000000000g",
    "app/manifests/..%2fformat",
    `app/manifests/${"a".repeat(5_000)}`,
    `${"a/".repeat(5_000)}x/manifests/v1`,
    "app//manifests/v1",
    "_catalog/../app/manifests/v1",
    "%ff%fe/manifests/v1",
    "app/manifests/v1%0d%0aset-cookie:x",
  ];
  for (const path of hostile) {
    const head = "HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
    for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
      const told = await server.raw([
        `${method} /v2/${path} ${head}authorization: {AUTH}\r\ncontent-length: 0\r\n\r\n`,
      ]);
      const status = Number(told.slice(9, 12));
      assert.ok([400, 404, 405].includes(status), `${path}: ${told}`);
      const [headers = "", answer = ""] = told.split("\r\n\r\n");
      assert.ok(!/set-cookie/.test(headers), told);
      assert.ok(!/root:|at .*\.ts/.test(answer), told);
    }
  }
  assert.deepEqual(server.logs, []);
});

Deno.test("hostile: lengths that lie, bodies without end and headers without measure", async () => {
  await using server = await RegistryServer.start({
    images: { quotaBytes: 4 * MB },
  });
  const upload = await server.begin("app");
  const head = (more: string) =>
    `PATCH ${upload} HTTP/1.1\r\nhost: x\r\nauthorization: {AUTH}\r\n${more}\r\n\r\n`;
  // Shorter than it said, and then gone.
  await server.raw([head("content-length: 1000"), "short"], { close: true });
  const before = await there(server, upload);
  assert.ok(before <= 5);
  // Longer than it said: the rest is the next request, which is none.
  const told = await server.raw([
    head("content-length: 2"),
    "abEXTRA\r\n\r\n",
  ]);
  assert.match(told, /^HTTP\/1\.1 202 /);
  assert.equal(await there(server, upload), before + 2);
  // Without end: it ends with the quota.
  const chunk = noise(65_536);
  const endless = Array.from({ length: 200 }, () => [
    "10000\r\n",
    chunk,
    "\r\n",
  ]).flat();
  const full = await server.raw([
    head("transfer-encoding: chunked"),
    ...endless,
  ], { until: "head" });
  assert.match(full, /^HTTP\/1\.1 403 /);
  for (let status = 0; status !== 404;) {
    const answer = await server.ask("GET", upload);
    await answer.body?.cancel();
    status = answer.status;
  }
  // Headers without measure.
  const large = await server.raw([
    head(`connection: close\r\nx: ${"x".repeat(MB)}`),
  ]);
  assert.ok(large === "" || /^HTTP\/1\.1 4/.test(large), large.slice(0, 100));
  // The registry is none the worse.
  const content = noise(3 * MB);
  const path = `app/blobs/uploads/?digest=${await digestOf(content)}`;
  await server.expect(201, "POST", path, { body: content });
});

Deno.test("hostile: what is deleted while it is read is read to its end or breaks off", async () => {
  await using server = await RegistryServer.start();
  const content = noise(4 * MB);
  const digest = await digestOf(content);
  for (let round = 0; round < 5; round++) {
    const path = `app/blobs/uploads/?digest=${digest}`;
    await server.expect(201, "POST", path, { body: content });
    const answers = await Promise.all(
      Array.from(
        { length: 6 },
        () => server.expect(200, "GET", `app/blobs/${digest}`),
      ),
    );
    await server.expect(202, "DELETE", `app/blobs/${digest}`);
    // Together: they share the connection's window.
    const read = await Promise.all(
      answers.map((answer) => bytesOf(answer).catch(() => undefined)),
    );
    for (const bytes of read) {
      if (bytes !== undefined) assert.equal(await digestOf(bytes), digest);
    }
    await bytesOf(await server.expect(404, "GET", `app/blobs/${digest}`));
  }
});

Deno.test("hostile: the same content from many at once, and thousands of tags", async () => {
  await using server = await RegistryServer.start();
  const content = noise(MB);
  const digest = await digestOf(content);
  const answers = await Promise.all(
    Array.from(
      { length: 24 },
      (_, n) =>
        server.ask("POST", `app${n % 3}/blobs/uploads/?digest=${digest}`, {
          body: content,
        }),
    ),
  );
  assert.ok(answers.every(({ status }) => status === 201));
  const body = JSON.stringify({ schemaVersion: 2, manifests: [] });
  const path = `app/manifests/${await digestOf(encodeText(body))}`;
  const tags = Array.from({ length: 2_000 }, (_, n) => `v${n}`);
  for (let at = 0; at < tags.length; at += 100) {
    const query = tags.slice(at, at + 100).map((tag) => `tag=${tag}`);
    await server.expect(201, "PUT", `${path}?${query.join("&")}`, { body });
  }
  const listed = await (await server.expect(200, "GET", "app/tags/list"))
    .json();
  assert.deepEqual(listed.tags, tags.toSorted());
  await server.expect(202, "DELETE", path);
  const left = await (await server.expect(200, "GET", "app/tags/list")).json();
  assert.deepEqual(left.tags, []);
});

Deno.test("a server whose registry nobody asks has none of it on its disk", async () => {
  await using server = await RegistryServer.start();
  await assert.rejects(Deno.stat(`${server.dataDir}/registry`));
  await bytesOf(await server.expect(200, "GET", ""));
  const { mode } = await Deno.stat(`${server.dataDir}/registry/index.sqlite3`);
  assert.equal((mode ?? 0) & 0o077, 0);
  await using without = await RegistryServer.start({ images: false });
  const answer = await without.expect(404, "GET", "");
  assert.ok(decodeText(await bytesOf(answer)).includes("errors"));
});

/** How many bytes an upload has. The header has no way to say none but the one for one. */
async function there(server: RegistryServer, upload: string): Promise<number> {
  const answer = await server.expect(204, "GET", upload);
  const last = Number(answer.headers.get("range")!.split("-")[1]);
  return last === 0 ? 0 : last + 1;
}

async function bytesOf(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await answer.arrayBuffer());
}
