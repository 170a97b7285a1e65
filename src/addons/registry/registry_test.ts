import assert from "node:assert/strict";
import { encodeText } from "../../base/bytes.ts";
import { contentDigest } from "../../base/oci/content_digest.ts";
import { imageOf, overBoth, pieces, textOf } from "./registry_rig.ts";
import { TRANSFER_LIMITS } from "./transfer_gate.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";
/** What is told of a referrer. */
interface Referrer {
  readonly digest: string;
  readonly artifactType: string;
  readonly annotations: Record<string, string>;
}

const UNKNOWN = `sha256:${"0".repeat(64)}` as const;

overBoth(
  "gives back an image that was pushed, also after a restart",
  async (rig) => {
    const { manifest, blobs } = await rig.pushImage("team/app", "v1", [
      "layer",
    ]);
    const check = async () => {
      for (const reference of ["v1", manifest]) {
        for (const method of ["GET", "HEAD"]) {
          const path = `team/app/manifests/${reference}`;
          const answer = await rig.expect(200, method, path);
          assert.equal(answer.headers.get("docker-content-digest"), manifest);
          assert.equal(
            answer.headers.get("content-type"),
            "application/vnd.oci.image.manifest.v1+json",
          );
          const text = await textOf(answer);
          if (method === "HEAD") assert.equal(text, "");
          else assert.equal(rig.sha256(text), manifest);
        }
      }
      const path = `team/app/blobs/${blobs[1]}`;
      assert.equal(await textOf(await rig.expect(200, "GET", path)), "layer");
      const head = await rig.expect(200, "HEAD", path);
      assert.equal(head.headers.get("content-length"), "5");
      assert.equal(head.headers.get("docker-content-digest"), blobs[1]);
    };
    await check();
    await rig.restart();
    await check();
    assert.deepEqual(await rig.json("team/app/tags/list"), {
      name: "team/app",
      tags: ["v1"],
    });
  },
);

overBoth("moves nothing of what a client has", async (rig) => {
  const { manifest, blobs } = await rig.pushImage("app", "v1", ["layer"]);
  for (
    const [path, digest] of [
      ["app/manifests/v1", manifest],
      [`app/blobs/${blobs[1]}`, blobs[1]],
    ]
  ) {
    const answer = await rig.expect(304, "GET", path!, {
      headers: { "if-none-match": `"${UNKNOWN}", W/"${digest}"` },
    });
    assert.equal(await textOf(answer), "");
    await textOf(
      await rig.expect(200, "GET", path!, {
        headers: { "if-none-match": `"${UNKNOWN}"` },
      }),
    );
  }
});

overBoth("gives parts of blobs", async (rig) => {
  const digest = await rig.pushBlob("app", "0123456789");
  const part = async (range: string, more: Record<string, string> = {}) => {
    const answer = await rig.ask("GET", `app/blobs/${digest}`, {
      headers: { range, ...more },
    });
    return [
      answer.status,
      await textOf(answer),
      answer.headers.get("content-range"),
    ];
  };
  assert.deepEqual(await part("bytes=2-4"), [206, "234", "bytes 2-4/10"]);
  assert.deepEqual(await part("bytes=7-"), [206, "789", "bytes 7-9/10"]);
  assert.deepEqual(await part("bytes=-2"), [206, "89", "bytes 8-9/10"]);
  assert.deepEqual(await part("nonsense"), [200, "0123456789", null]);
  assert.deepEqual(
    await part("bytes=2-4", { "if-range": '"other"' }),
    [200, "0123456789", null],
  );
  assert.deepEqual(
    await part("bytes=2-4", { "if-range": `"${digest}"` }),
    [206, "234", "bytes 2-4/10"],
  );
  const none = await rig.expect(416, "GET", `app/blobs/${digest}`, {
    headers: { range: "bytes=10-" },
  });
  assert.equal(none.headers.get("content-range"), "bytes */10");
});

overBoth("insists that a manifest's contents are there", async (rig) => {
  const config = await rig.pushBlob("app", "{}");
  await rig.pushBlob("other", "layer");
  const layer = rig.sha256("layer");
  const manifest = imageOf([config, layer], ["{}", "layer"]);
  const body = JSON.stringify(manifest);
  const put = { body: encodeText(body) };
  const answer = await rig.expect(400, "PUT", "app/manifests/v1", put);
  const [error] = (await answer.json()).errors;
  assert.equal(error.code, "MANIFEST_BLOB_UNKNOWN");
  assert.deepEqual(error.detail, { digests: [layer] });
  await rig.expect(404, "GET", "app/manifests/v1");
  await rig.pushBlob("app", "layer");
  const child = await rig.pushManifest("app", undefined, manifest);
  const index = {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [{ mediaType: manifest["mediaType"], digest: child, size: 1 }],
  };
  await rig.pushManifest("app", "all", index);
  await rig.expect(202, "DELETE", `app/manifests/${child}`);
  assert.equal(
    await rig.refusal(400, "PUT", "app/manifests/all", {
      body: JSON.stringify(index),
    }),
    "MANIFEST_BLOB_UNKNOWN",
  );
  // What may not be distributed need not be here, nor what a manifest is about.
  await rig.pushManifest("app", "v2", {
    ...imageOf([config], ["{}"]),
    layers: [{
      mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
      digest: UNKNOWN,
      size: 1,
    }],
    subject: { mediaType: INDEX, digest: UNKNOWN, size: 1 },
  });
});

overBoth("keeps manifests of any type in their bytes", async (rig) => {
  const body = encodeText(`{\n "any" : "thing"  }\n`);
  const type = "application/vnd.example.thing.v1+json";
  await rig.expect(201, "PUT", "app/manifests/v1", {
    body,
    headers: { "content-type": `${type}; charset=utf-8` },
  });
  const answer = await rig.expect(200, "GET", "app/manifests/v1");
  assert.equal(answer.headers.get("content-type"), type);
  assert.equal(await textOf(answer), `{\n "any" : "thing"  }\n`);
  const digest = contentDigest(rig.host, "sha512", body);
  const tagged = await rig.expect(
    201,
    "PUT",
    `app/manifests/${digest}?tag=a&tag=b`,
    { body, headers: { "content-type": type } },
  );
  assert.equal(tagged.headers.get("docker-content-digest"), digest);
  assert.equal(tagged.headers.get("oci-tag"), "a, b");
  assert.equal(
    (await rig.expect(200, "HEAD", "app/manifests/b")).headers.get(
      "docker-content-digest",
    ),
    digest,
  );
});

overBoth("refuses what is no manifest", async (rig) => {
  const put = (body: string, headers: Record<string, string> = {}) =>
    rig.refusal(400, "PUT", "app/manifests/v1", { body, headers });
  const oci = "application/vnd.oci.image.manifest.v1+json";
  for (
    const body of [
      ...["", "{", "[]", "null", '"text"', "{}", '{"schemaVersion":1}'],
      '{"schemaVersion":2,"config":{}}',
      '{"schemaVersion":2,"config":{"digest":"sha256:12","size":1}}',
      `{"schemaVersion":2,"config":{"digest":"${UNKNOWN}","size":-1}}`,
      `{"schemaVersion":2,"manifests":{}}`,
      `{"schemaVersion":2,"manifests":[],"artifactType":"no type"}`,
      `{"schemaVersion":2,"manifests":[],"annotations":{"a":1}}`,
      `{"schemaVersion":2,"manifests":[],"mediaType":1}`,
      "[".repeat(100_000),
    ]
  ) assert.equal(await put(body), "MANIFEST_INVALID", body.slice(0, 80));
  assert.equal(
    await put(JSON.stringify({ mediaType: oci }), { "content-type": "a/b" }),
    "MANIFEST_INVALID",
  );
  const index = '{"schemaVersion":2,"manifests":[]}';
  assert.equal(
    await rig.refusal(400, "PUT", `app/manifests/${UNKNOWN}`, { body: index }),
    "DIGEST_INVALID",
  );
  for (const tag of ["-a", "a".repeat(129), "a%20b", "sha256:12", "%00"]) {
    assert.equal(
      await rig.refusal(400, "PUT", `app/manifests/${tag}`, { body: index }),
      "MANIFEST_INVALID",
    );
    await rig.refusal(404, "GET", `app/manifests/${tag}`);
    await rig.refusal(404, "DELETE", `app/manifests/${tag}`);
  }
  const large = JSON.stringify({
    schemaVersion: 2,
    manifests: [],
    annotations: { a: "x".repeat(4 * 1024 * 1024) },
  });
  assert.equal(
    await rig.refusal(413, "PUT", "app/manifests/v1", { body: large }),
    "SIZE_INVALID",
  );
  await rig.pushManifest("app", "large", {
    schemaVersion: 2,
    manifests: [],
    annotations: { a: "x".repeat(4 * 1024 * 1024 - 100) },
  });
});

overBoth("tells who refers to a manifest", async (rig) => {
  const { manifest: subject, blobs } = await rig.pushImage("app", "v1", []);
  const none = await rig.json(`app/referrers/${subject}`);
  assert.deepEqual(none, { schemaVersion: 2, mediaType: INDEX, manifests: [] });
  const about = { mediaType: INDEX, digest: subject, size: 1 };
  const put = async (n: number, artifactType?: string) => {
    const body = JSON.stringify(
      imageOf(blobs, ["{}"], {
        subject: about,
        annotations: { n: String(n) },
        ...artifactType && { artifactType },
      }),
    );
    const path = `app/manifests/${rig.sha256(body)}`;
    const answer = await rig.expect(201, "PUT", path, { body });
    assert.equal(answer.headers.get("oci-subject"), subject);
    return rig.sha256(body);
  };
  const signature = await put(0, "application/x.signature");
  const plain = await put(1);
  const all = await rig.json(`app/referrers/${subject}`);
  assert.deepEqual(
    (all.manifests as Referrer[])
      .map((one) => [one.digest, one.artifactType, one.annotations["n"]])
      .sort(),
    [
      [signature, "application/x.signature", "0"],
      [plain, "application/vnd.oci.image.config.v1+json", "1"],
    ].sort(),
  );
  const answer = await rig.expect(
    200,
    "GET",
    `app/referrers/${subject}?artifactType=application/x.signature`,
  );
  assert.equal(answer.headers.get("content-type"), INDEX);
  assert.equal(answer.headers.get("oci-filters-applied"), "artifactType");
  const { manifests } = await answer.json();
  assert.deepEqual(manifests.length, 1);
  const first = await rig.expect(200, "GET", `app/referrers/${subject}?n=1`);
  const next = /<(.+)>; rel="next"/.exec(first.headers.get("link")!)![1]!;
  await first.body?.cancel();
  assert.equal((await rig.json(next)).manifests.length, 1);
  await rig.expect(202, "DELETE", `app/manifests/${signature}`);
  assert.equal(
    (await rig.json(`app/referrers/${subject}`)).manifests.length,
    1,
  );
  assert.deepEqual(
    (await rig.json(`no/such/referrers/${UNKNOWN}`)).manifests,
    [],
  );
  assert.equal(
    await rig.refusal(400, "GET", "app/referrers/sha256:12"),
    "DIGEST_INVALID",
  );
});

overBoth(
  "reads no more manifests for one page of referrers than a page may have",
  async (rig) => {
    const { manifest: digest, blobs } = await rig.pushImage("app", "v1", []);
    const subject = { mediaType: INDEX, digest, size: 1 };
    for (const filling of ["a", "b", "c"]) {
      await rig.pushManifest(
        "app",
        undefined,
        imageOf(blobs, ["{}"], { subject, filling: filling.repeat(3_000_000) }),
      );
    }
    let pages = 0;
    for (let next = `app/referrers/${digest}`; next; pages++) {
      const page = await rig.expect(200, "GET", next);
      assert.equal((await page.json()).manifests.length, 1);
      next = /<(.+)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1] ??
        "";
    }
    assert.equal(pages, 3);
  },
);

overBoth("lists tags and repositories page by page", async (rig) => {
  const index = { schemaVersion: 2, manifests: [] };
  const names = ["b", "a-1", "B", "a.1", "_x", "10", "9"];
  for (const name of names) await rig.pushManifest("app", name, index);
  const sorted = names.toSorted();
  const tags = async (path: string): Promise<[string[], string | null]> => {
    const answer = await rig.expect(200, "GET", path);
    return [(await answer.json()).tags, answer.headers.get("link")];
  };
  assert.deepEqual(await tags("app/tags/list"), [sorted, null]);
  const seen: string[] = [];
  for (let path = "app/tags/list?n=3";;) {
    const [page, link] = await tags(path);
    seen.push(...page);
    if (link === null) break;
    path = /^<(\/v2\/.+)>; rel="next"$/.exec(link)![1]!;
  }
  assert.deepEqual(seen, sorted);
  assert.deepEqual(await tags("app/tags/list?n=0"), [[], null]);
  assert.deepEqual(await tags("app/tags/list?last=a-1"), [["a.1", "b"], null]);
  assert.deepEqual((await tags("app/tags/list?n=2&last=9"))[0], ["B", "_x"]);
  await rig.expect(400, "GET", "app/tags/list?n=-1");
  assert.equal(await rig.refusal(404, "GET", "no/tags/list"), "NAME_UNKNOWN");
  for (const name of ["z", "team/b", "team/a"]) {
    await rig.pushManifest(name, "v1", index);
  }
  const may = (_verb: string, path: string) => path.startsWith("/v2/team/");
  assert.deepEqual((await rig.json("_catalog")).repositories, [
    ...["app", "team/a", "team/b", "z"],
  ]);
  assert.deepEqual((await rig.json("_catalog", { may })).repositories, [
    ...["team/a", "team/b"],
  ]);
  const first = await rig.expect(200, "GET", "_catalog?n=1", { may });
  assert.deepEqual((await first.json()).repositories, ["team/a"]);
  assert.equal(
    first.headers.get("link"),
    '</v2/_catalog?n=1&last=team%2Fa>; rel="next"',
  );
});

overBoth(
  "moves and deletes tags, and takes them along with their manifest",
  async (rig) => {
    const index = (n: number) => ({
      schemaVersion: 2,
      manifests: [],
      annotations: { n: String(n) },
    });
    const first = await rig.pushManifest("app", "latest", index(1));
    await rig.pushManifest("app", "v1", index(1));
    const second = await rig.pushManifest("app", "latest", index(2));
    await rig.expect(202, "DELETE", `app/manifests/${first}`);
    assert.deepEqual((await rig.json("app/tags/list")).tags, ["latest"]);
    for (const reference of ["v1", first]) {
      for (const method of ["GET", "HEAD", "DELETE"]) {
        await rig.expect(404, method, `app/manifests/${reference}`);
      }
    }
    await rig.expect(202, "DELETE", "app/manifests/latest");
    await rig.expect(404, "GET", "app/manifests/latest");
    await textOf(await rig.expect(200, "GET", `app/manifests/${second}`));
  },
);

overBoth("says in the specification's words what it has not", async (rig) => {
  for (
    const [status, code, method, path] of [
      [404, "BLOB_UNKNOWN", "GET", `app/blobs/${UNKNOWN}`],
      [404, "BLOB_UNKNOWN", "DELETE", `app/blobs/${UNKNOWN}`],
      [400, "DIGEST_INVALID", "GET", "app/blobs/sha256:12"],
      [400, "DIGEST_INVALID", "GET", `app/blobs/md5:${"0".repeat(32)}`],
      [400, "DIGEST_INVALID", "POST", "app/blobs/uploads/?digest=x"],
      [400, "DIGEST_INVALID", "POST", "app/blobs/uploads/?mount=x"],
      [400, "DIGEST_INVALID", "POST", "a/blobs/uploads/?digest-algorithm=md5"],
      [404, "MANIFEST_UNKNOWN", "GET", "app/manifests/v1"],
      [404, "MANIFEST_UNKNOWN", "DELETE", `app/manifests/${UNKNOWN}`],
      [400, "NAME_INVALID", "GET", "UPPER/manifests/v1"],
      [404, "BLOB_UPLOAD_UNKNOWN", "PATCH", "app/blobs/uploads/1"],
      [405, "UNSUPPORTED", "PUT", "app/tags/list"],
      [405, "UNSUPPORTED", "POST", "app/manifests/v1"],
      [404, "UNSUPPORTED", "GET", "app"],
    ] as const
  ) assert.equal(await rig.refusal(status, method, path), code, path);
});

overBoth(
  "holds no more manifests in memory than transfers are allowed",
  async (rig) => {
    const { perUser } = TRANSFER_LIMITS;
    let sending = 0;
    const all = Promise.withResolvers<void>();
    const onHang = () => void (++sending === perUser && all.resolve());
    const slow = Array.from(
      { length: perUser + 10 },
      (_, n) =>
        rig.ask("PUT", `app/manifests/${n}`, {
          user: "slow",
          body: pieces(["{"], { onHang }),
        }),
    );
    await all.promise;
    const config = "another's";
    const digest = await rig.pushBlob("app", config);
    const filling = { annotations: { filling: "x".repeat(100_000) } };
    const large = imageOf([digest], [config], filling);
    await rig.pushManifest("app", "large", large);
    assert.equal(sending, perUser);
    const path = "app/manifests/large";
    const reading = await rig.expect(200, "GET", path, { user: "another" });
    assert.equal(await textOf(reading), JSON.stringify(large));
    await rig.virtual.advance(200_000);
    for (const answer of await Promise.all(slow)) {
      assert.ok(answer.status >= 400);
      await answer.body?.cancel();
    }
  },
);
