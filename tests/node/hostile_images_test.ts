/**
 * Images and registries that mean harm, beside a neighbour that is asked all the while: nothing unverified is run or stays on the disk, the agent stays
 * small, and the pod says why.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { WASM_CONFIG, WASM_LAYER } from "../../src/base/oci/media_types.ts";
import { testWith } from "../../src/testing/needs.ts";
import { ScriptedRegistry } from "../../src/testing/scripted_registry.ts";
import { bytesBelow, HostileBench } from "../support/hostile_bench.ts";

/** The digest of the config of all images here, which nobody lies about. */
const CONFIG_DIGEST = `sha256:${
  createHash("sha256").update("{}").digest("hex")
}`;
/** A module that ends at once. */
const MODULE = `(module (memory (export "memory") 1) (func (export "_start")))`;
/** What an image that is refused may leave on the disk. */
const MOST_LEFT_BYTES = 1024 * 1024;
/** What the agent may grow to, in KiB, whatever is thrown at it. */
const MOST_AGENT_KIB = 250 * 1024;

testWith(
  "hostile images and registries harm neither the neighbour nor the node",
  {
    needs: ["root", "wasmtime", "containerd"],
    fn: async (t) => {
      const registry = new ScriptedRegistry();
      await using server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        registry.fetch,
      );
      const address = `127.0.0.1:${server.addr.port}`;
      await using bench = await HostileBench.open(t);
      const { rig } = bench;
      const images = join(rig.agentFolder, "wasmtime");

      const put = (
        name: string,
        content: string | Uint8Array<ArrayBuffer> = `${MODULE} ;; ${name}`,
        lie: object = {},
      ) =>
        registry.put({
          repository: name,
          configType: WASM_CONFIG,
          layers: [{ mediaType: WASM_LAYER, content, lie }],
        });
      const run = (name: string, image = `${address}/${name}:1`) =>
        bench.run(name, { image });
      /** The image is refused with these words, and leaves next to nothing; the agent stays as it was. */
      const refused = async (name: string, words: RegExp): Promise<void> => {
        const before = await bytesBelow(images);
        await run(name);
        assert.match(await bench.refusal(name), words);
        const left = await bytesBelow(images) - before;
        assert.ok(left < MOST_LEFT_BYTES, `${left} bytes are left`);
        const kib = await residentKib(rig.agent.pid);
        assert.ok(kib < MOST_AGENT_KIB, `the agent has ${kib} KiB`);
      };
      /** Answers contents of one repository in another way. */
      const answer = (
        name: string,
        kind: "manifests" | "blobs",
        respond: () => Response,
      ) => {
        const before = registry.options.script;
        registry.options = {
          script: (request, path) =>
            path.startsWith(`${name}/${kind}/`) && request.method === "GET" &&
              !path.endsWith(CONFIG_DIGEST)
              ? respond()
              : before?.(request, path),
        };
      };

      await bench.step("an honest registry", async () => {
        put("honest");
        await run("honest");
        assert.equal((await bench.end("honest")).exitCode, 0);
      });

      await bench.step("a content with another digest", async () => {
        const content = `${MODULE} ;; genuine`;
        put("tampered", content);
        answer(
          "tampered",
          "blobs",
          () => new Response(content.replace("genuine", "tampere")),
        );
        await refused(
          "tampered",
          /digest sha256:[0-9a-f]{64} instead of sha256:/,
        );
      });

      await bench.step("a manifest with another digest", async () => {
        const digest = put("forged");
        answer(
          "forged",
          "manifests",
          () =>
            new Response(JSON.stringify({ schemaVersion: 2, forged: true }), {
              headers: {
                "content-type": "application/vnd.oci.image.manifest.v1+json",
              },
            }),
        );
        await run("forged", `${address}/forged@${digest}`);
        assert.match(await bench.refusal("forged"), /digest/);
      });

      await bench.step("a digest that is a path", async () => {
        for (
          const [i, digest] of [
            "sha256:../../../../pwned",
            "../../pwned",
            "sha256:",
          ].entries()
        ) {
          const name = `path-${i}`;
          put(name, MODULE, { digest });
          await refused(name, /manifest is broken|digest/);
        }
      });

      await bench.step("sizes that are no sizes", async () => {
        for (
          const [i, size] of [-1, 1e300, 0.5, "many", Number.MAX_SAFE_INTEGER]
            .entries()
        ) {
          const name = `size-${i}`;
          put(name, MODULE, { size });
          await refused(
            name,
            /manifest is broken|this node takes images of up to/,
          );
        }
      });

      await bench.step(
        "a content that is longer than the manifest says",
        async () => {
          put("longer", MODULE);
          answer(
            "longer",
            "blobs",
            () => new Response(MODULE.repeat(1_000_000)),
          );
          await refused(
            "longer",
            /it is to have 62000000 bytes, and its manifest says 62/,
          );
        },
      );

      await bench.step(
        "a content that ends early, again and again",
        async () => {
          put("shorter", `${MODULE} ;; ${"x".repeat(500_000)}`);
          answer("shorter", "blobs", () => new Response(MODULE));
          await refused("shorter", /ended|came|bytes/);
        },
      );

      await bench.step("a content without end", async () => {
        put("endless", MODULE);
        let sent = 0;
        answer("endless", "blobs", () =>
          new Response(
            new ReadableStream({
              pull(controller) {
                sent += 65536;
                controller.enqueue(new Uint8Array(65536));
              },
            }),
          ));
        await refused("endless", /more came than its manifest says/);
        assert.ok(sent < 100 * 1024 * 1024, `${sent} bytes were sent`);
      });

      await bench.step("a manifest without end", async () => {
        put("manifest", MODULE);
        let sent = 0;
        answer("manifest", "manifests", () =>
          new Response(
            new ReadableStream({
              pull(controller) {
                sent += 65536;
                controller.enqueue(new Uint8Array(65536).fill(32));
              },
            }),
            {
              headers: {
                "content-type": "application/vnd.oci.image.manifest.v1+json",
              },
            },
          ));
        await refused("manifest", /more than|larger|bytes/);
        assert.ok(sent < 100 * 1024 * 1024, `${sent} bytes were sent`);
      });

      await bench.step(
        "redirects in a circle, and into the machine",
        async () => {
          put("circle", MODULE);
          answer("circle", "blobs", () =>
            new Response(null, {
              status: 307,
              headers: { location: `http://${address}/v2/circle/blobs/again` },
            }));
          await refused("circle", /redirect/i);
          put("inward", MODULE);
          answer("inward", "blobs", () =>
            new Response(null, {
              status: 307,
              headers: { location: "file:///etc/passwd" },
            }));
          await refused("inward", /redirect|file:/i);
        },
      );

      await bench.step("a small layer that unpacks to no end", async () => {
        const zeros = new ReadableStream<Uint8Array<ArrayBuffer>>({
          start(controller) {
            const piece = new Uint8Array(1024 * 1024);
            for (let i = 0; i < 1200; i++) {
              controller.enqueue(piece);
            }
            controller.close();
          },
        });
        const content = await new Response(
          zeros.pipeThrough(new CompressionStream("gzip")),
        ).bytes();
        registry.put({
          repository: "unpacks",
          configType: "application/vnd.oci.image.config.v1+json",
          config: { architecture: "wasm", os: "wasi" },
          layers: [{
            mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
            content,
          }],
        });
        await run("unpacks");
        assert.match(
          await bench.refusal("unpacks"),
          /Its layers unpack to more than|It is an image of containers/,
        );
        assert.ok(await residentKib(rig.agent.pid) < MOST_AGENT_KIB);
      });

      await bench.step("files that are none, or have no end", async () => {
        const pipe = join(bench.folder, "pipe.wasm");
        assert.ok(
          (await new Deno.Command("mkfifo", { args: [pipe] }).output()).success,
        );
        const sparse = join(bench.folder, "sparse.wasm");
        await Deno.writeFile(sparse, new Uint8Array());
        await Deno.truncate(sparse, 2 ** 40);
        // A link that was to a module once is read again when it may be another.
        const link = join(bench.folder, "link.wasm");
        await Deno.symlink(
          (await bench.file("good.wat", MODULE)).slice(7),
          link,
        );
        await run("was-good", `file://${link}`);
        assert.equal((await bench.end("was-good")).exitCode, 0);
        await Deno.remove(link);
        await Deno.symlink("/dev/zero", link);
        const folder = join(bench.folder, "folder.wasm");
        await Deno.mkdir(folder);
        const files: [string, string, RegExp][] = [
          ["pipe", pipe, /not a file|no file/],
          ["sparse", sparse, /has more than \d+ bytes/],
          ["device", link, /not a file|no file/],
          ["folder", folder, /not a file|no file|folder/],
        ];
        for (const [name, path, words] of files) {
          const before = await bytesBelow(images);
          await run(name, `file://${path}`);
          assert.match(await bench.refusal(name), words);
          assert.ok(await bytesBelow(images) - before < MOST_LEFT_BYTES, name);
        }
      });

      await bench.step("an artifact of a gigabyte", async () => {
        // A module whose custom section is a gigabyte of zeros.
        const length = 1_000_000_000;
        const head = customSection(length);
        const piece = new Uint8Array(1_000_000);
        const hash = createHash("sha256").update(head);
        for (let at = 0; at < length; at += piece.length) hash.update(piece);
        put("gigabyte", MODULE, {
          digest: `sha256:${hash.digest("hex")}`,
          size: head.length + length,
        });
        answer("gigabyte", "blobs", () => {
          let at = 0;
          return new Response(
            new ReadableStream({
              start: (controller) => controller.enqueue(head),
              pull(controller) {
                if (at >= length) return controller.close();
                at += piece.length;
                controller.enqueue(piece.slice());
              },
            }, { highWaterMark: 2 }),
          );
        });
        let most = 0;
        const watch = setInterval(() => {
          residentKib(rig.agent.pid).then((kib) => most = Math.max(most, kib));
        }, 50);
        await run("gigabyte");
        const told = await bench.refusal("gigabyte");
        clearInterval(watch);
        console.log(told.split("\n")[0], `agent ${most} KiB`);
        assert.match(told, /exports no "_start"|MiB of memory/);
        assert.ok(most < MOST_AGENT_KIB, `the agent had ${most} KiB`);
      });
    },
  },
);

/** A module's beginning, up to the content of a custom section. */
function customSection(length: number): Uint8Array<ArrayBuffer> {
  const leb = (value: number): number[] =>
    value < 128
      ? [value]
      : [value % 128 + 128, ...leb(Math.floor(value / 128))];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[0, ...leb(length + 2), 1, 0x78],
  ]);
}

/** How much of a process is in memory. */
async function residentKib(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]);
}
