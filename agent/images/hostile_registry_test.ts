/** Registries that lie, and what becomes of it. */
import assert from "node:assert/strict";
import { decodeText, encodeText } from "../../src/base/bytes.ts";
import {
  OCI_INDEX,
  OLD_WASM_LAYER,
  WASM_CONFIG,
} from "../../src/base/oci/media_types.ts";
import { sha256 } from "../../src/testing/scripted_registry.ts";
import { bytes, failure, IMAGE, ImagesRig } from "./images_rig.ts";

Deno.test("pull() takes no content with another digest, and leaves nothing of it", async () => {
  const rig = await ImagesRig.open();
  rig.put("module");
  rig.registry.blobs.set(sha256("module"), encodeText("MODULE"));
  await assert.rejects(
    rig.run(rig.images.pull(IMAGE)),
    failure(
      /What registry.example sent has the digest sha256:[0-9a-f]+ instead of sha256/,
    ),
  );
  assert.equal(await rig.images.get(IMAGE), undefined);
  assert.deepEqual(rig.names("drafts"), []);
  assert.deepEqual(rig.names("content"), []);
});

Deno.test("pull() reads no more than the manifest says, and names who lied", async () => {
  const rig = await ImagesRig.open();
  rig.put("module");
  let sent = 0;
  rig.registry.options = {
    script: (_request, path) =>
      path.endsWith(sha256("module"))
        ? new Response(
          new ReadableStream({
            pull(controller) {
              controller.enqueue(bytes(4));
              sent += 4;
            },
          }, { highWaterMark: 0 }),
        )
        : undefined,
  };
  await assert.rejects(
    rig.run(rig.images.pull(IMAGE)),
    failure(/from registry.example: more came than its manifest says/),
  );
  assert.equal(sent, 8);
});

Deno.test("pull() fails in the end when a content is shorter than the manifest says", async () => {
  const rig = await ImagesRig.open();
  rig.registry.put({
    repository: "team/app",
    configType: WASM_CONFIG,
    layers: [{
      mediaType: OLD_WASM_LAYER,
      content: "module",
      lie: { size: 9 },
    }],
  });
  await assert.rejects(
    rig.run(rig.images.pull(IMAGE)),
    failure(/ended 3 bytes early|Range/),
  );
});

for (
  const [what, manifest, message] of [
    ["no JSON", "nonsense", /no JSON/],
    ["no object", "[]", /no manifest/],
    ["without layers", { config: 7 }, /Its manifest is broken/],
    [
      "with a size that is none",
      {
        config: { mediaType: "x", digest: sha256("x"), size: -1 },
        layers: [],
      },
      /Its manifest is broken/,
    ],
    [
      "of a type that holds no images",
      { mediaType: "application/x" },
      /It is of the type "application\/x"/,
    ],
    [
      "an index of itself",
      {
        mediaType: OCI_INDEX,
        manifests: [{
          mediaType: OCI_INDEX,
          digest: sha256("never"),
          size: 1,
        }],
      },
      /404/,
    ],
  ] as const
) {
  Deno.test(`pull() says so when the manifest is ${what}`, async () => {
    const rig = await ImagesRig.open();
    rig.registry.putManifest("team/app", "1", manifest);
    await assert.rejects(rig.images.pull(IMAGE), failure(message));
  });
}

Deno.test("pull() says no more than fits into an event, whatever a registry writes", async () => {
  const rig = await ImagesRig.open();
  const long = "x".repeat(1_000_000);
  rig.registry.put({ repository: "team/app", configType: long, layers: [] });
  const isShort = (error: Error) =>
    error.message.length < 1_100 && !error.message.includes("\n");
  await assert.rejects(rig.images.pull(IMAGE), isShort);
  const errors = [{ code: "DENIED", message: `a\nb\u0000${long}` }];
  rig.registry.options = {
    script: () => Response.json({ errors }, { status: 403 }),
  };
  await assert.rejects(rig.images.pull(IMAGE), isShort);
  rig.registry.options = {
    script: () =>
      Response.json({ errors: [{ code: "DENIED", message: "a\nb" }] }, {
        status: 403,
      }),
  };
  await assert.rejects(
    rig.images.pull(IMAGE),
    failure(/403 Forbidden: DENIED: a b$/),
  );
});

Deno.test("pull() takes no config that is nested too deep", async () => {
  const rig = await ImagesRig.open();
  rig.put("module");
  const deep = encodeText("[".repeat(300_000) + "]".repeat(300_000));
  rig.registry.blobs.set(sha256(deep), deep);
  const manifest = JSON.parse(
    decodeText(rig.registry.manifests.get("team/app:1")!.content),
  );
  const { config } = manifest;
  Object.assign(config, { digest: sha256(deep), size: deep.length });
  rig.registry.putManifest("team/app", "1", manifest);
  await assert.rejects(
    rig.run(rig.images.pull(IMAGE)),
    failure(/Its config, .*, is nested too deep/),
  );
});
