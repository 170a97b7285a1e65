import assert from "node:assert/strict";
import { decodeText, encodeText } from "../../base/bytes.ts";
import { digestOf } from "../../base/oci/digest.ts";
import type { Product } from "../build/product.ts";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { contentTag, packArtifact } from "./artifact.ts";

const host = () => new VirtualHost();
const BUNDLE: Product = {
  kind: "deno",
  content: encodeText("export default {}"),
  entry: "serve",
};
const COMPONENT: Product = {
  kind: "wasm",
  content: new Uint8Array([1, 2, 3]),
  entry: "serve",
  wasm: {
    isComponent: true,
    imports: ["wasi:io/poll@0.2.0"],
    exports: ["wasi:http/incoming-handler@0.2.0"],
  },
};

function parts(product: Product) {
  const artifact = packArtifact(host(), product);
  const [config, content] = artifact.blobs;
  return {
    manifest: JSON.parse(decodeText(artifact.manifest)),
    config: JSON.parse(decodeText(config!)),
    content,
    artifact,
  };
}

Deno.test("packArtifact() packs a bundle as nodes read it", () => {
  const { manifest, config, content, artifact } = parts(BUNDLE);
  assert.equal(
    manifest.artifactType,
    "application/vnd.wherry.deno.config.v1+json",
  );
  assert.deepEqual(config, { entry: "serve" });
  assert.equal(content, BUNDLE.content);
  assert.equal(manifest.layers.length, 1);
  assert.equal(manifest.layers[0].digest, digestOf(host(), BUNDLE.content));
  assert.equal(artifact.digest, digestOf(host(), artifact.manifest));
});

Deno.test("packArtifact() packs WASM as the CNCF lays it out", () => {
  const { manifest, config } = parts(COMPONENT);
  assert.equal(
    manifest.config.mediaType,
    "application/vnd.wasm.config.v0+json",
  );
  assert.equal(manifest.layers[0].mediaType, "application/wasm");
  assert.deepEqual(config, {
    architecture: "wasm",
    os: "wasip2",
    layerDigests: [manifest.layers[0].digest],
    component: {
      exports: ["wasi:http/incoming-handler@0.2.0"],
      imports: ["wasi:io/poll@0.2.0"],
    },
  });
  const module: Product = {
    ...COMPONENT,
    wasm: {
      isComponent: false,
      imports: ["wasi_snapshot_preview1"],
      exports: [],
    },
  };
  const { os, component } = parts(module).config;
  assert.deepEqual([os, component], ["wasip1", undefined]);
});

Deno.test("contentTag() follows from what is packed", () => {
  const tag = (product: Product) => contentTag(packArtifact(host(), product));
  assert.match(tag(BUNDLE), /^[0-9a-f]{12}$/);
  assert.equal(tag(BUNDLE), tag({ ...BUNDLE }));
  assert.notEqual(tag(BUNDLE), tag({ ...BUNDLE, entry: "run" }));
  assert.notEqual(tag(BUNDLE), tag({ ...BUNDLE, content: encodeText("2") }));
});
