import assert from "node:assert/strict";
import { encodeText } from "../../src/base/bytes.ts";
import { HostError } from "../../src/base/host.ts";
import {
  DENO_CONFIG,
  DENO_LAYER,
  OCI_IMAGE_CONFIG,
  OCI_INDEX,
  OLD_WASM_LAYER,
} from "../../src/base/oci/media_types.ts";
import { sha256 } from "../../src/testing/scripted_registry.ts";
import { bytes, failure, IMAGE, ImagesRig } from "./images_rig.ts";
import { RegistryAway } from "./registry_away.ts";
import { RuntimeError } from "./runtime_error.ts";

Deno.test("pull() brings an artifact here, verified, and knows it after a restart", async () => {
  const rig = await ImagesRig.open();
  const digest = rig.put("module");
  assert.equal(await rig.images.get(IMAGE), undefined);
  const image = await rig.images.pull(IMAGE);
  assert.equal(image.imageRef, digest);
  assert.equal(image.digest, sha256("module"));
  assert.deepEqual(image.config, { architecture: "wasm" });
  assert.deepEqual(rig.content(image), encodeText("module"));
  await rig.restart();
  assert.deepEqual(await rig.images.get(IMAGE), image);
  assert.deepEqual(rig.images.byRef(digest), image);
  assert.deepEqual(rig.images.list(), [{
    names: [`registry.example/team/app@${digest}`, IMAGE],
    sizeBytes: 6,
    id: digest,
  }]);
});

Deno.test("pull() moves a digest and no content when nothing has changed", async () => {
  const rig = await ImagesRig.open();
  rig.put("module");
  const first = await rig.images.pull(IMAGE);
  const moved = rig.registry.contentBytes;
  rig.registry.asked.length = 0;
  assert.deepEqual(await rig.images.pull(IMAGE), first);
  assert.equal(rig.registry.contentBytes, moved);
  assert.deepEqual(rig.registry.asked.map(({ method }) => method), ["HEAD"]);
});

Deno.test("pull() moves nothing when the name is a digest that is here, but asks whether the pod may have it", async () => {
  const rig = await ImagesRig.open();
  const image = `registry.example/team/app@${rig.put("module")}`;
  rig.registry.options = { door: { basic: { ann: "secret" } } };
  const auth = { username: "ann", password: "secret" };
  await rig.images.pull(image, { auth });
  const moved = rig.registry.contentBytes;
  await rig.images.pull(image, { auth });
  assert.equal(rig.registry.contentBytes, moved);
  for (const others of [{}, { auth: { ...auth, password: "guessed" } }]) {
    await assert.rejects(rig.images.pull(image, others), failure(/401/));
  }
  assert.deepEqual(rig.images.list()[0]!.names, [image]);
});

Deno.test("pull() moves no content when two names are of the same", async () => {
  const rig = await ImagesRig.open();
  rig.put("module");
  await rig.images.pull(IMAGE);
  rig.put("module", "2");
  const asked = rig.registry.asked.length;
  await rig.images.pull("registry.example/team/app:2");
  assert.ok(
    rig.registry.asked.slice(asked).every(({ path }) =>
      !path.endsWith(sha256("module"))
    ),
  );
});

Deno.test("pull() keeps the former image of a tag under its digest", async () => {
  const rig = await ImagesRig.open();
  const old = rig.put("old");
  await rig.images.pull(IMAGE);
  const now = rig.put("new");
  assert.equal((await rig.images.pull(IMAGE)).imageRef, now);
  assert.ok(rig.content(rig.images.byRef(old)!));
  assert.deepEqual(
    rig.images.list().map(({ names }) => names).sort(),
    [[`registry.example/team/app@${now}`, IMAGE], [
      `registry.example/team/app@${old}`,
    ]].sort(),
  );
  await rig.images.remove(old);
  assert.equal(rig.images.byRef(old), undefined);
  assert.equal(rig.names("content").length, 1);
});

Deno.test("remove() takes all names of an image and its content", async () => {
  const rig = await ImagesRig.open();
  const digest = rig.put("module");
  await rig.images.pull(IMAGE);
  await rig.images.remove(digest);
  await rig.images.remove(digest);
  assert.equal(await rig.images.get(IMAGE), undefined);
  assert.deepEqual(rig.names("content"), []);
  assert.deepEqual(rig.names("images"), []);
});

Deno.test("pull() completes after ten cuts, and asks for nothing twice", async () => {
  const rig = await ImagesRig.open();
  const content = bytes(11 * 100_000);
  rig.put(content);
  let sent = 0;
  rig.registry.options = {
    script: (request, path) => {
      if (!path.endsWith(sha256(content))) return undefined;
      const from = Number(
        /bytes=(\d+)/.exec(request.headers.get("range") ?? "")?.[1] ?? 0,
      );
      const part = content.slice(from, from + 100_000);
      sent += part.length;
      return new Response(part, {
        status: from === 0 ? 200 : 206,
        headers: {
          "content-range": `bytes ${from}-${
            content.length - 1
          }/${content.length}`,
        },
      });
    },
  };
  const image = await rig.run(rig.images.pull(IMAGE));
  assert.deepEqual(rig.content(image), content);
  assert.equal(sent, content.length);
});

Deno.test("pull() goes on where it was cut, whichever byte that was, also after a restart", async () => {
  const content = bytes(24);
  for (let cut = 0; cut <= content.length; cut++) {
    const rig = await ImagesRig.open();
    rig.put(content);
    let isCut = false;
    rig.registry.options = {
      script: (_request, path) => {
        if (!path.endsWith(sha256(content)) || isCut) return undefined;
        isCut = true;
        return new Response(content.slice(0, cut));
      },
    };
    const stop = new AbortController();
    const first = rig.images.pull(IMAGE, { signal: stop.signal });
    first.catch(() => {});
    await rig.clock.settle();
    stop.abort(new Error("The agent stops"));
    await rig.run(first).catch(() => {});
    assert.ok(
      cut === content.length || await rig.images.get(IMAGE) === undefined,
    );
    await rig.restart();
    const image = await rig.run(rig.images.pull(IMAGE));
    assert.deepEqual(rig.content(image), content);
    assert.deepEqual(rig.names("drafts"), []);
    const ranges = rig.registry.asked.map(({ range }) => range)
      .filter((range) => range !== null);
    assert.deepEqual(
      ranges,
      cut === 0 || cut === content.length ? [] : [`bytes=${cut}-23`],
    );
  }
});

Deno.test("pull() begins anew when what an earlier agent left is spoilt", async () => {
  const rig = await ImagesRig.open();
  const content = bytes(30);
  rig.put(content);
  const hex = sha256(content).slice(7);
  await rig.disk.writeAtomic(`/d/drafts/${hex}`, new Uint8Array(10));
  const image = await rig.run(rig.images.pull(IMAGE));
  assert.deepEqual(rig.content(image), content);
  await rig.images.remove(image.imageRef);
  await rig.disk.writeAtomic(`/d/drafts/${hex}`, new Uint8Array(31));
  await rig.run(rig.images.pull(IMAGE));
});

Deno.test("open() removes drafts that nobody goes on with, and contents that no image is of", async () => {
  const rig = await ImagesRig.open();
  const young = `/d/drafts/${"a".repeat(64)}`;
  await rig.disk.writeAtomic(`/d/drafts/${"b".repeat(64)}`, "old");
  await rig.clock.advance(8 * 24 * 3600 * 1000);
  await rig.disk.writeAtomic(young, "young");
  await rig.disk.writeAtomic("/d/drafts/copy-1", "a copy");
  await rig.disk.writeAtomic(`/d/content/${"c".repeat(64)}`, "nobody's");
  await rig.disk.writeAtomic("/d/images/x.json", "{broken");
  await rig.restart();
  assert.deepEqual([...rig.disk.files.keys()], [young]);
});

Deno.test("pull() takes nothing that is larger than the node wants", async () => {
  const rig = await ImagesRig.open({ maxBytes: 5 });
  rig.put("module");
  await assert.rejects(
    rig.images.pull(IMAGE),
    failure(/It has 6 bytes, this node takes images of up to 5/),
  );
  assert.equal(rig.registry.contentBytes, 0);
});

Deno.test("pull() fails when nothing comes for a minute, and goes on with the next", async () => {
  const rig = await ImagesRig.open();
  rig.put("module");
  let isSlow = true;
  rig.registry.options = {
    script: (request, path) =>
      path.endsWith(sha256("module")) && isSlow
        ? new Response(
          new ReadableStream({
            start(controller) {
              if (!request.headers.has("range")) {
                controller.enqueue(encodeText("mod"));
              }
            },
          }),
          request.headers.has("range")
            ? {
              status: 206,
              headers: { "content-range": "bytes 3-5/6" },
            }
            : {},
        )
        : undefined,
  };
  await assert.rejects(
    rig.run(rig.images.pull(IMAGE), 60_000),
    (error: Error) =>
      error instanceof RegistryAway &&
      /Nothing came for 60 s/.test(error.message),
  );
  isSlow = false;
  await rig.run(rig.images.pull(IMAGE));
  assert.equal(rig.registry.asked.at(-1)!.range, "bytes=3-5");
});

Deno.test("pull() is told of while it is under way", async () => {
  const rig = await ImagesRig.open();
  rig.put("module");
  rig.registry.options = {
    script: (_request, path) =>
      path.endsWith(sha256("module"))
        ? new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(encodeText("mod")),
          }),
        )
        : undefined,
  };
  const stop = new AbortController();
  const call = rig.images.pull(IMAGE, { signal: stop.signal });
  call.catch(() => {});
  await rig.clock.advance(1_000);
  assert.deepEqual(rig.underWay.state(), [{
    digest: sha256("module"),
    from: "registry.example",
    sizeBytes: 6,
    receivedBytes: 3,
    forMs: 1_000,
  }]);
  stop.abort(new Error("Enough"));
  await assert.rejects(call, /Enough/);
  assert.deepEqual(rig.underWay.state(), []);
});

Deno.test("pull() comes no faster than it may", async () => {
  const rig = await ImagesRig.open({ bytesPerSecond: 100_000 });
  rig.put(bytes(1_100_000));
  const begunMs = rig.host.clock.monotonicMs();
  await rig.run(rig.images.pull(IMAGE), 100);
  const tookMs = rig.host.clock.monotonicMs() - begunMs;
  assert.ok(tookMs >= 10_000, `${tookMs}`);
});

Deno.test("pull() leaves no draft when the disk is full", async () => {
  const rig = await ImagesRig.open();
  rig.put(bytes(300_000));
  rig.disk.room = 10_000;
  await assert.rejects(
    rig.run(rig.images.pull(IMAGE)),
    (error: Error) =>
      error instanceof RuntimeError && !(error instanceof RegistryAway),
  );
  assert.deepEqual(rig.names("drafts"), []);
});

Deno.test("pull() keeps few drafts that nobody goes on with", async () => {
  const rig = await ImagesRig.open();
  let last = "";
  for (let turn = 0; turn < 8; turn++) {
    const content = bytes(200_000, turn);
    last = sha256(content).slice(7);
    rig.put(content);
    rig.registry.options = {
      script: (_request, path) =>
        path.endsWith(last) ? new Response(content.slice(0, 9)) : undefined,
    };
    await rig.run(rig.images.pull(IMAGE)).catch(() => {});
    await rig.clock.advance(1_000);
  }
  assert.equal(rig.names("drafts").length, 5);
  assert.ok(rig.names("drafts").includes(`/d/drafts/${last}`));
});

Deno.test("pull() asks for the manifest where a registry does not know HEAD", async () => {
  const rig = await ImagesRig.open();
  rig.put("module");
  const first = await rig.images.pull(IMAGE);
  rig.registry.options = {
    script: ({ method }) =>
      method === "HEAD" ? new Response(null, { status: 405 }) : undefined,
  };
  const moved = rig.registry.contentBytes;
  assert.deepEqual(await rig.images.pull(IMAGE), first);
  assert.equal(rig.registry.contentBytes, moved);
});

Deno.test("pull() shares a content that is coming", async () => {
  const rig = await ImagesRig.open();
  const content = bytes(200_000);
  rig.put(content);
  rig.put(content, "2");
  await rig.run(Promise.all([
    rig.images.pull(IMAGE),
    rig.images.pull("registry.example/team/app:2"),
  ]));
  const got = rig.registry.asked.filter(({ path }) =>
    path.endsWith(sha256(content))
  );
  assert.equal(got.length, 1);
});

Deno.test("pull() tells a registry that is away from one that refuses", async () => {
  const rig = await ImagesRig.open();
  rig.put("module");
  const answers: [() => Response, boolean, RegExp][] = [
    [() => new Response(null, { status: 401 }), false, /401 Unauthorized/],
    [() => new Response(null, { status: 403 }), false, /403 Forbidden/],
    [() => new Response(null, { status: 404 }), false, /404 Not Found/],
    [() => new Response(null, { status: 503 }), true, /503/],
    [
      () => {
        throw new HostError("unreachable", "No route");
      },
      true,
      /No route/,
    ],
  ];
  for (const [script, isAway, message] of answers) {
    rig.registry.options = { script };
    await assert.rejects(rig.images.pull(IMAGE), (error: Error) => {
      assert.equal(error instanceof RegistryAway, isAway);
      return failure(message)(error);
    });
  }
});

Deno.test("pull() takes the older layout of WASM artifacts, too", async () => {
  const rig = await ImagesRig.open();
  rig.registry.put({
    repository: "team/app",
    configType: "application/vnd.wasm.config.v1+json",
    layers: [{ mediaType: OLD_WASM_LAYER, content: "module" }],
  });
  assert.equal((await rig.images.pull(IMAGE)).digest, sha256("module"));
});

Deno.test("pull() chooses what is for WASM in an index, whose digest is the image's", async () => {
  const rig = await ImagesRig.open();
  const wasm = rig.put("module", "wasm");
  const descriptor = (digest: string, os: string, architecture: string) => ({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest,
    size: 1,
    platform: { os, architecture },
  });
  const index = rig.registry.putManifest("team/app", "1", {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [
      descriptor(sha256("no"), "linux", "amd64"),
      descriptor(sha256("no"), "unknown", "unknown"),
      descriptor(wasm, "wasi", "wasm"),
    ],
  });
  const image = await rig.images.pull(IMAGE);
  assert.equal(image.imageRef, index);
  assert.equal(image.digest, sha256("module"));
  rig.registry.asked.length = 0;
  await rig.images.pull(IMAGE);
  assert.equal(rig.registry.asked.length, 1);
  rig.registry.putManifest("team/app", "1", {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [
      descriptor(sha256("no"), "linux", "amd64"),
      descriptor(sha256("no"), "linux", "arm64"),
    ],
  });
  await assert.rejects(
    rig.images.pull(IMAGE),
    failure(/nothing for WASM, only for linux\/amd64, linux\/arm64/),
  );
});

for (
  const [what, configType, mediaType, message] of [
    [
      "an image of containers",
      OCI_IMAGE_CONFIG,
      "application/vnd.oci.image.layer.v1.tar+gzip",
      /It is an image of containers: leave runtimeClassName out/,
    ],
    [
      "another engine's",
      DENO_CONFIG,
      DENO_LAYER,
      /It is for the RuntimeClass "deno", and is no WASM image/,
    ],
    [
      "something else",
      "application/vnd.cncf.helm.config.v1+json",
      "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
      /It is no WASM image: it holds application\/vnd.cncf.helm.config/,
    ],
  ] as const
) {
  Deno.test(`pull() says so when the image is ${what}`, async () => {
    const rig = await ImagesRig.open();
    rig.registry.put({
      repository: "team/app",
      configType,
      layers: [{ mediaType, content: "x" }],
    });
    await assert.rejects(rig.images.pull(IMAGE), failure(message));
    assert.equal(rig.registry.contentBytes, 0);
  });
}

Deno.test("pull() refuses what names no image", async () => {
  const rig = await ImagesRig.open();
  for (const image of ["UPPER", "a b", "x@sha256:1", ""]) {
    await assert.rejects(
      rig.images.pull(image),
      failure(/couldn't parse image name/, "InvalidImageName"),
    );
    await assert.rejects(
      rig.images.get(image),
      failure(/./, "InvalidImageName"),
    );
  }
});

Deno.test("pull() copies a file, and get() answers it until it changes", async () => {
  const rig = await ImagesRig.open();
  await rig.disk.writeAtomic("/images/app.wasm", "one");
  const image = await rig.images.pull("file:app.wasm");
  assert.equal(image.imageRef, sha256("one"));
  await rig.restart();
  assert.deepEqual(await rig.images.get("file:app.wasm"), image);
  await rig.disk.remove("/images/app.wasm");
  assert.deepEqual(await rig.images.get("file:app.wasm"), image);
  await rig.disk.writeAtomic("/images/app.wasm", "another");
  assert.equal(await rig.images.get("file:app.wasm"), undefined);
  const next = await rig.images.pull("file:app.wasm");
  assert.deepEqual(rig.content(next), encodeText("another"));
  assert.equal(rig.names("content").length, 1);
});

Deno.test("pull() says what is wrong with a file", async () => {
  const rig = await ImagesRig.open({ maxBytes: 3 });
  await rig.disk.writeAtomic("/images/large.wasm", "four");
  await rig.disk.writeAtomic("/images/folder.wasm/x", "");
  for (
    const [image, message] of [
      ["file:none.wasm", /^There is no such file on this node$/],
      ["file:large.wasm", /^It has more than 3 bytes$/],
      ["file:folder.wasm", /^It is a folder$/],
    ] as const
  ) {
    await assert.rejects(rig.images.pull(image), failure(message));
  }
  assert.deepEqual(rig.names("drafts"), []);
});
