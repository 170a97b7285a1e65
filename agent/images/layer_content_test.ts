import assert from "node:assert/strict";
import { encodeText } from "../../src/base/bytes.ts";
import {
  OCI_IMAGE_CONFIG,
  OCI_MANIFEST,
} from "../../src/base/oci/media_types.ts";
import { sha256 } from "../../src/testing/scripted_registry.ts";
import { writeTar } from "../runtime/containerd/tar_writer.ts";
import type { ImageFormat } from "./engine_image.ts";
import { IMAGE, ImagesRig, WASM_FORMAT } from "./images_rig.ts";

const FORMAT: ImageFormat = { ...WASM_FORMAT, unpacks: /\.wasm$/ };
const LAYER = "application/vnd.oci.image.layer.v1.tar";

async function gzip(
  content: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([content]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).bytes();
}

async function rigOf(
  image: { config: unknown; layers: Uint8Array<ArrayBuffer>[] },
  options: { maxBytes?: number } = {},
): Promise<ImagesRig> {
  const rig = await ImagesRig.open({ format: FORMAT, ...options });
  rig.registry.put({
    repository: "team/app",
    configType: OCI_IMAGE_CONFIG,
    config: image.config,
    layers: await Promise.all(image.layers.map(async (layer, index) => ({
      mediaType: index === 0 ? LAYER : `${LAYER}+gzip`,
      content: index === 0 ? layer : await gzip(layer),
    }))),
  });
  return rig;
}

const WASM = { architecture: "wasm", os: "wasip1" };

Deno.test("pull() takes the module out of an ordinary image's layers", async () => {
  const rig = await rigOf({
    config: { ...WASM, config: { Entrypoint: ["/bin/app.wasm"] } },
    layers: [
      writeTar([
        { path: "./etc/readme", content: "text" },
        { path: "other.wasm", content: "other" },
        { path: "bin/app.wasm", content: "old" },
      ]),
      writeTar([{ path: "bin/app.wasm", content: "module" }]),
    ],
  });
  const image = await rig.images.pull(IMAGE);
  assert.equal(image.digest, sha256("module"));
  assert.deepEqual(rig.content(image), encodeText("module"));
  assert.equal(rig.names("content").length, 1);
  const moved = rig.registry.contentBytes;
  await rig.images.pull(IMAGE);
  assert.equal(rig.registry.contentBytes, moved);
  await rig.disk.remove(image.path);
  assert.deepEqual(await rig.images.pull(IMAGE), image);
  assert.deepEqual(rig.content(image), encodeText("module"));
});

Deno.test("pull() fetches no layers of an image that is for containers", async () => {
  const layer = writeTar([{ path: "app.wasm", content: "module" }]);
  const config = { architecture: "amd64", os: "linux" };
  const rig = await rigOf({ config, layers: [layer] });
  await assert.rejects(
    rig.images.pull(IMAGE),
    /It is an image of containers: leave runtimeClassName out/,
  );
  assert.equal(rig.registry.contentBytes, JSON.stringify(config).length);
  const manifest = JSON.parse(
    new TextDecoder().decode(
      rig.registry.manifests.get("team/app:1")!.content,
    ),
  );
  rig.registry.putManifest("team/app", "1", {
    ...manifest,
    mediaType: OCI_MANIFEST,
    annotations: { "module.wasm.image/variant": "compat-smart" },
  });
  assert.equal((await rig.images.pull(IMAGE)).digest, sha256("module"));
});

for (
  const [what, layers, message] of [
    [
      "has no file for it",
      [writeTar([{ path: "a", content: "" }])],
      /no WASM image: its layers have no file for it/,
    ],
    [
      "has several files, and names none",
      [writeTar([{ path: "a.wasm", content: "a" }, {
        path: "b.wasm",
        content: "b",
      }])],
      /several files for WASM, and its entrypoint names none of them: a.wasm, b.wasm/,
    ],
    [
      "has a layer that is no archive",
      [encodeText("x".repeat(600))],
      /Cannot read the archive/,
    ],
    [
      "has a layer that ends early",
      [writeTar([{ path: "a.wasm", content: "a" }]).slice(0, 700)],
      /it ends too early/,
    ],
    [
      "has a layer that unpacks to no end",
      [
        new Uint8Array(1024),
        writeTar([{ path: "a", content: new Uint8Array(2_000_000) }]),
      ],
      /unpack to more than 1000000 bytes/,
    ],
    [
      "has layers that unpack to too much together",
      [
        new Uint8Array(1024),
        ...[1, 2, 3].map((seed) =>
          writeTar([{
            path: `${seed}.wasm`,
            content: new Uint8Array(400_000).fill(seed),
          }])
        ),
      ],
      /unpack to more than 1000000 bytes/,
    ],
  ] as const
) {
  Deno.test(`pull() says so when an ordinary image ${what}`, async () => {
    const rig = await rigOf({ config: WASM, layers: [...layers] }, {
      maxBytes: 1_000_000,
    });
    await assert.rejects(rig.images.pull(IMAGE), message);
    assert.deepEqual(rig.names("content"), []);
  });
}

Deno.test("pull() leaves nothing of an image whose registry goes away in the middle, whatever it calls it next", async () => {
  const rig = await rigOf({
    config: { ...WASM, config: { Entrypoint: ["/a.wasm"] } },
    layers: [1, 2].map((seed) =>
      writeTar([{ path: "a.wasm", content: `module ${seed}` }])
    ),
  });
  const manifest = JSON.parse(
    new TextDecoder().decode(
      rig.registry.manifests.get("team/app:1")!.content,
    ),
  );
  rig.registry.options = {
    script: (_request, path) =>
      path.endsWith(manifest.layers[1].digest)
        ? new Response(null, { status: 503 })
        : undefined,
  };
  await assert.rejects(rig.run(rig.images.pull(IMAGE)), /503/);
  assert.deepEqual(rig.names("content"), []);
});
