import assert from "node:assert/strict";
import type { BlobStore } from "../../base/blob_store.ts";
import { HostError } from "../../base/host.ts";
import { overBoth, pieces, RegistryRig, textOf } from "./registry_rig.ts";

const UNKNOWN = `sha256:${"0".repeat(64)}` as const;

overBoth(
  "takes a blob in one request, in two, and in chunks over a restart",
  async (rig) => {
    const digest = rig.sha256("abcdef");
    const path = `app/blobs/${digest}`;
    await rig.expect(201, "POST", `app/blobs/uploads/?digest=${digest}`, {
      body: "abcdef",
    });
    await rig.expect(202, "DELETE", path);
    await rig.expect(404, "GET", path);
    await rig.pushBlob("app", "abcdef");
    await rig.expect(202, "DELETE", path);
    const upload = await rig.begin("app");
    const chunk = (range: string, body: string) =>
      rig.ask("PATCH", upload, { body, headers: { "content-range": range } });
    let answer = await chunk("0-1", "ab");
    assert.equal(answer.status, 202);
    assert.equal(answer.headers.get("range"), "0-1");
    assert.equal(answer.headers.get("location"), upload);
    for (const range of ["0-1", "3-4", "1-2"]) {
      answer = await chunk(range, "xx");
      assert.equal(answer.status, 416, range);
      assert.equal(answer.headers.get("range"), "0-1");
      await answer.body?.cancel();
    }
    await rig.restart();
    answer = await rig.expect(204, "GET", upload);
    assert.equal(answer.headers.get("range"), "0-1");
    assert.equal((await chunk("2-3", "cd")).status, 202);
    assert.equal(
      await rig.refusal(416, "PUT", `${upload}?digest=${digest}`, {
        body: "ef",
        headers: { "content-range": "5-6" },
      }),
      "BLOB_UPLOAD_INVALID",
    );
    answer = await rig.expect(201, "PUT", `${upload}?digest=${digest}`, {
      body: "ef",
      headers: { "content-range": "4-5" },
    });
    assert.equal(answer.headers.get("location"), `/v2/${path}`);
    assert.equal(await textOf(await rig.expect(200, "GET", path)), "abcdef");
    assert.equal(await rig.refusal(404, "GET", upload), "BLOB_UPLOAD_UNKNOWN");
  },
);

overBoth("keeps what came of a chunk that broke off", async (rig) => {
  const upload = await rig.begin("app");
  assert.equal(
    await rig.refusal(400, "PATCH", upload, {
      body: pieces(["ab", "cd"], { breaksOff: true }),
    }),
    "BLOB_UPLOAD_INVALID",
  );
  const answer = await rig.expect(204, "GET", upload);
  assert.equal(answer.headers.get("range"), "0-3");
  const digest = rig.sha256("abcdef");
  await rig.expect(201, "PUT", `${upload}?digest=${digest}`, { body: "ef" });
});

overBoth("ends an upload with another content than announced", async (rig) => {
  for (const content of ["other", ""]) {
    const upload = await rig.begin("app");
    assert.equal(
      await rig.refusal(400, "PUT", `${upload}?digest=${UNKNOWN}`, {
        body: content,
      }),
      "DIGEST_INVALID",
    );
    assert.equal(await rig.refusal(404, "GET", upload), "BLOB_UPLOAD_UNKNOWN");
  }
  assert.equal(
    await rig.refusal(400, "POST", `app/blobs/uploads/?digest=${UNKNOWN}`, {
      body: "other",
    }),
    "DIGEST_INVALID",
  );
  await rig.expect(404, "HEAD", `app/blobs/${UNKNOWN}`);
  assert.deepEqual((await rig.keys()).filter((key) => /upload/.test(key)), []);
});

overBoth("believes no length that a client announces", async (rig) => {
  const upload = await rig.begin("app");
  for (
    const [headers, body] of [
      [{ "content-range": "0-2", "content-length": "3" }, pieces(["abcd"])],
      [{ "content-range": "0-9" }, pieces(["ab"])],
      [{ "content-length": "10" }, pieces(["ab"])],
      [{ "content-range": "0-9", "content-length": "2" }, pieces(["ab"])],
    ] as const
  ) {
    const answer = await rig.ask("PATCH", upload, { headers, body });
    assert.ok([400, 416].includes(answer.status));
    await answer.body?.cancel();
  }
  assert.equal(
    await rig.refusal(400, "PATCH", upload, {
      headers: { "content-range": "9-1" },
      body: "x",
    }),
    "BLOB_UPLOAD_INVALID",
  );
});

overBoth("cancels an upload", async (rig) => {
  const upload = await rig.begin("app");
  await rig.expect(202, "PATCH", upload, { body: "x" });
  await rig.expect(204, "DELETE", upload);
  for (const method of ["GET", "DELETE", "PATCH"]) {
    assert.equal(
      await rig.refusal(404, method, upload),
      "BLOB_UPLOAD_UNKNOWN",
    );
  }
});

overBoth(
  "lets the last request go on with an upload, and ends the one before",
  async (rig) => {
    const upload = await rig.begin("app");
    const { promise: hung, resolve: onHang } = Promise.withResolvers<void>();
    const hangs = rig.ask("PATCH", upload, {
      body: pieces(["ab"], { onHang }),
    });
    await hung;
    await rig.expect(202, "PATCH", upload, { body: "cd" });
    const ended = await hangs;
    assert.equal(ended.status, 400);
    assert.match(await ended.text(), /Another request went on/);
    const digest = rig.sha256("abcd");
    await rig.expect(201, "PUT", `${upload}?digest=${digest}`);
  },
);

overBoth("gives up what nothing moves in", async (rig) => {
  const upload = await rig.begin("app");
  const { promise: hung, resolve: onHang } = Promise.withResolvers<void>();
  const hangs = rig.ask("PATCH", upload, { body: pieces(["ab"], { onHang }) });
  await hung;
  await rig.virtual.advance(2_000);
  const answer = await hangs;
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /nothing came for too long/);
  const digest = await rig.pushBlob("app", new Uint8Array(500_000));
  const slow = await rig.expect(200, "GET", `app/blobs/${digest}`);
  const reader = slow.body!.getReader();
  await reader.read();
  await rig.virtual.advance(2_000);
  await assert.rejects(reader.read(), /took nothing for too long/);
  // Nothing is left that would wake an idle server soon.
  assert.equal(rig.virtual.timers, 1);
}, { stallMs: 1_000 });

overBoth(
  "mounts what who asks may read, and begins an upload otherwise",
  async (rig) => {
    const digest = await rig.pushBlob("secret/a", "content");
    const mount = async (query: string, allowed: string) => {
      const answer = await rig.ask(
        "POST",
        `team/b/blobs/uploads/?mount=${digest}${query}`,
        { may: (verb, path) => verb === "get" && path.startsWith(allowed) },
      );
      return answer.status;
    };
    assert.equal(await mount("&from=secret/a", "/v2/team/"), 202);
    assert.equal(await mount("", "/v2/team/"), 202);
    assert.equal(await mount("&from=../secret/a", "/v2/"), 202);
    assert.equal(await mount("&from=no/such", "/v2/"), 202);
    await rig.expect(404, "GET", `team/b/blobs/${digest}`);
    assert.equal(await mount("&from=secret/a", "/v2/secret/"), 201);
    await rig.expect(202, "DELETE", `secret/a/blobs/${digest}`);
    assert.equal(
      await textOf(await rig.expect(200, "GET", `team/b/blobs/${digest}`)),
      "content",
    );
    assert.equal(await mount("", "/v2/team/"), 201);
  },
);

overBoth(
  "is full when its quota is used up, and takes more when something went",
  async (rig) => {
    const digest = await rig.pushBlob("app", "x".repeat(60));
    const put = async (size: number) => {
      const upload = await rig.begin("app");
      const body = "y".repeat(size);
      const answer = await rig.ask(
        "PUT",
        `${upload}?digest=${rig.sha256(body)}`,
        { body },
      );
      return [answer.status, await textOf(answer)] as const;
    };
    const [status, text] = await put(41);
    assert.equal(status, 403);
    assert.match(text, /DENIED.*The registry is full: it may hold 100 bytes/);
    assert.equal((await put(40))[0], 201);
    // The same content again needs no room.
    await rig.expect(202, "DELETE", `app/blobs/${digest}`);
    await rig.pushBlob("app", "z".repeat(30));
    await rig.pushBlob("other", "z".repeat(30));
    await rig.restart();
    assert.equal((await put(31))[0], 403);
    assert.equal((await put(30))[0], 201);
  },
  { quotaBytes: 100 },
);

/** A disk that is full after so many bytes. */
function fullAfter(store: BlobStore, bytes: number): BlobStore {
  let left = bytes;
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name !== "openUpload") {
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async (id: string) => {
        const upload = await target.openUpload(id);
        const append = upload.append.bind(upload);
        upload.append = async (piece) => {
          left -= piece.length;
          if (left < 0) throw new HostError("no-space", "Cannot append: full");
          await append(piece);
        };
        return upload;
      };
    },
  });
}

overBoth(
  "says that the disk is full, and gives back what it took",
  async (rig) => {
    await rig.pushImage("app", "v1", ["layer"]);
    const upload = await rig.begin("app");
    const answer = await rig.ask("PATCH", upload, {
      body: pieces(Array.from({ length: 20 }, () => "x".repeat(100))),
    });
    assert.equal(answer.status, 507);
    assert.match(await answer.text(), /The registry's disk is full/);
    await rig.expect(404, "GET", upload);
    const manifest = JSON.stringify({ schemaVersion: 2, manifests: [] });
    await rig.refusal(507, "PUT", "app/manifests/v2", { body: manifest });
    await textOf(await rig.expect(200, "GET", "app/manifests/v1"));
  },
  { wrap: (store) => fullAfter(store, 1_000) },
);

Deno.test("Registry leaves room on the disk for the server's own data", async () => {
  const free = { bytes: 1_000 };
  const wrap = (store: BlobStore) => {
    store.freeBytes = () => Promise.resolve(free.bytes);
    return store;
  };
  await using rig = await RegistryRig.open({ wrap, reserveBytes: 995 });
  const path = `app/blobs/uploads/?digest=${rig.sha256("content")}`;
  assert.equal(
    await rig.refusal(507, "POST", path, { body: "content" }),
    "DENIED",
  );
  free.bytes = 1_002;
  await rig.expect(201, "POST", path, { body: "content" });
});

overBoth("takes the same content from many at once", async (rig) => {
  const content = "x".repeat(200_000);
  await Promise.all(
    Array.from(
      { length: 20 },
      (_, n) => rig.pushBlob(`repository${n % 4}`, content),
    ),
  );
  const path = `repository3/blobs/${rig.sha256(content)}`;
  assert.equal(await textOf(await rig.expect(200, "GET", path)), content);
});
