/** Registries behind TLS with an authority of their own, on real sockets. */
import assert from "node:assert/strict";
import type { Host, RequestHandler } from "../../src/base/host.ts";
import { WASM_CONFIG, WASM_LAYER } from "../../src/base/oci/media_types.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { makePki } from "../../src/testing/pki.ts";
import {
  ScriptedRegistry,
  sha256,
} from "../../src/testing/scripted_registry.ts";
import { EngineImages } from "./engine_images.ts";
import { bytes, WASM_FORMAT } from "./images_rig.ts";
import { Registries } from "./registries.ts";
import { parseRegistryConfig } from "./registry_config.ts";

const CONTENT = bytes(3_000_000);

Deno.test("a module comes from a registry with its own authority, client certificates and tokens, though it is cut", async () => {
  const host = makeRealHost();
  const dir = await Deno.makeTempDir({ prefix: "wherry-images-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  stack.use(host); // its kept connections
  const serve = async (
    handler: RequestHandler,
    tls?: Parameters<Host["net"]["serve"]>[1]["tls"],
  ) => {
    const server = stack.use(
      await host.net.serve(handler, {
        at: { hostname: "127.0.0.1", port: 0 },
        ...tls && { tls },
      }),
    );
    return (server.address as { port: number }).port;
  };
  const pki = makePki();
  const client = pki.client("node");
  for (
    const [name, text] of [
      ["ca", pki.authority.certificate],
      ["cert", client.certificate],
      ["key", client.privateKey],
    ] as const
  ) await Deno.writeTextFile(`${dir}/${name}`, text);

  const shown = new Set<string>();
  const contents: (string | null)[] = [];
  let cuts = 0;
  const registry = new ScriptedRegistry();
  const port: number = await serve((request, { clientCertificate }) => {
    const url = new URL(request.url);
    shown.add(
      `${url.pathname.split("/")[1]} ${clientCertificate !== undefined}`,
    );
    if (url.pathname === "/token") {
      assert.equal(
        request.headers.get("authorization"),
        `Basic ${btoa("ann:secret")}`,
      );
      return Response.json({ token: "t1" });
    }
    return registry.fetch(request);
  }, pki.tls);
  registry.options = {
    door: {
      bearer: { realm: `https://127.0.0.1:${port}/token`, token: "t1" },
    },
    script: (request, path) => {
      const cut = cuts < 2 && path.endsWith(sha256(CONTENT)) &&
        request.headers.get("authorization") === "Bearer t1";
      if (!cut) return undefined;
      // The connection breaks in the middle of the content.
      cuts++;
      contents.push(request.headers.get("range"));
      const from = Number(
        /bytes=(\d+)/.exec(request.headers.get("range") ?? "")?.[1] ?? 0,
      );
      let sent = false;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (sent) {
            await new Promise((resolve) => setTimeout(resolve, 50));
            return controller.error(new Error("cut"));
          }
          sent = true;
          controller.enqueue(CONTENT.slice(from, from + 500_000));
        },
      }, { highWaterMark: 0 });
      return new Response(body, {
        status: from === 0 ? 200 : 206,
        headers: {
          "content-range": `bytes ${from}-${
            CONTENT.length - 1
          }/${CONTENT.length}`,
        },
      });
    },
  };
  const digest = registry.put({
    repository: "team/app",
    configType: WASM_CONFIG,
    layers: [{ mediaType: WASM_LAYER, content: CONTENT }],
  });
  const config = await parseRegistryConfig(`
configs:
  127.0.0.1:${port}:
    auth: { username: ann, password: secret }
    tls: { ca_file: ${dir}/ca, cert_file: ${dir}/cert, key_file: ${dir}/key }
`);
  const images = await EngineImages.open(host, {
    dir: `${dir}/store`,
    format: WASM_FORMAT,
    source: new Registries(host, { config }),
  });
  const image = await images.pull(`127.0.0.1:${port}/team/app:1`);
  assert.equal(image.imageRef, digest);
  assert.deepEqual(await Deno.readFile(image.path), CONTENT);
  assert.deepEqual([...shown].sort(), ["token true", "v2 true"]);
  assert.equal(contents.length, 2);
  assert.equal(contents[0], null);
  assert.match(contents[1]!, /^bytes=[1-9]\d*-2999999$/);

  const stranger = await EngineImages.open(host, {
    dir: `${dir}/other`,
    format: WASM_FORMAT,
    source: new Registries(host, {
      config: await parseRegistryConfig(
        `configs: { "127.0.0.1:${port}": { tls: {} } }`,
      ),
    }),
  });
  await assert.rejects(
    stranger.pull(`127.0.0.1:${port}/team/app:1`),
    /^(?!Failed to pull image).*certificate/i,
  );
});
