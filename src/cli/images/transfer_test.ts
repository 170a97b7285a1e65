import assert from "node:assert/strict";
import { encodeText } from "../../base/bytes.ts";
import { digestOf } from "../../base/oci/digest.ts";
import { RegistryClient } from "../../client/registry/mod.ts";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { packArtifact } from "./artifact.ts";
import { readImageName } from "./image_name.ts";
import { findContent, pullContent, pushArtifact } from "./transfer.ts";

/** A registry in a few lines: whole uploads only. */
class SmallRegistry {
  readonly blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly manifests = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly asked: string[] = [];
  readonly #host: VirtualHost;

  constructor(host: VirtualHost) {
    this.#host = host;
  }

  client(): RegistryClient {
    return new RegistryClient(this.#host, {
      baseUrl: new URL("https://registry.example"),
      fetch: (request) => this.#answer(request),
    });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    this.asked.push(`${request.method} ${pathname}`);
    const [, , , kind = "", name = ""] = pathname.split("/");
    const body = request.body ? await request.bytes() : new Uint8Array();
    if (kind === "blobs" && name === "uploads") {
      if (request.method === "POST") {
        return new Response(null, {
          status: 202,
          headers: { location: `${pathname}1` },
        });
      }
      this.blobs.set(searchParams.get("digest")!, body);
      return new Response(null, { status: 201 });
    }
    const store = kind === "blobs" ? this.blobs : this.manifests;
    if (request.method === "PUT") {
      store.set(name, body);
      store.set(digestOf(this.#host, body), body);
      return new Response(null, { status: 201 });
    }
    const found = store.get(name);
    if (!found) return new Response(null, { status: 404 });
    return new Response(request.method === "HEAD" ? null : found, {
      headers: {
        "content-type": "application/vnd.oci.image.manifest.v1+json",
        "docker-content-digest": digestOf(this.#host, found),
      },
    });
  }
}

function bundleOf(host: VirtualHost, text: string) {
  return packArtifact(host, {
    kind: "deno",
    content: encodeText(text),
    entry: "run",
  });
}

Deno.test("pushArtifact() moves nothing that is there", async () => {
  const host = new VirtualHost();
  const registry = new SmallRegistry(host);
  const client = registry.client();
  const push = (text: string, tag: string) =>
    pushArtifact(host, client, {
      artifact: bundleOf(host, text),
      repository: "app",
      tag,
    });
  const { sizeBytes, manifest } = bundleOf(host, "one");
  assert.equal(await push("one", "v1"), sizeBytes);
  registry.asked.length = 0;
  assert.equal(await push("one", "v1"), 0);
  assert.deepEqual(registry.asked, ["HEAD /v2/app/manifests/v1"]);
  // Another tag of the same: its manifest only.
  assert.equal(await push("one", "v2"), manifest.length);
});

Deno.test("findContent() and pullContent() bring back what was pushed", async () => {
  const host = new VirtualHost();
  const registry = new SmallRegistry(host);
  const client = registry.client();
  await pushArtifact(host, client, {
    artifact: bundleOf(host, "console.log(1)"),
    repository: "app",
    tag: "v1",
  });
  const { layer, ending } = await findContent(client, readImageName("app:v1"));
  assert.equal(ending, ".js");
  assert.deepEqual(
    await pullContent(client, "app", layer),
    encodeText("console.log(1)"),
  );
});

Deno.test("findContent() refuses images that are none of ours", async () => {
  const host = new VirtualHost();
  const registry = new SmallRegistry(host);
  registry.manifests.set(
    "v1",
    encodeText(JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: {},
      layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" }],
    })),
  );
  await assert.rejects(
    findContent(registry.client(), readImageName("app:v1")),
    { message: /^"app:v1" is neither a WASM artifact nor a Deno bundle/ },
  );
});
