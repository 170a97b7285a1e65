/**
 * What happens to a pull when the agent is killed in the middle of it, the disk is full or the server goes away: nothing broken is left, and it completes.
 * (`agent/images/killed_pull_test.ts` kills at every call of the disk, `pull_cut_test.ts` cuts a pull from the cluster's registry.)
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { makeOciArchive } from "../../agent/runtime/containerd/oci_archive.ts";
import { WASM_CONFIG, WASM_LAYER } from "../../src/base/oci/media_types.ts";
import { foundTools, testWith } from "../../src/testing/needs.ts";
import { ScriptedRegistry } from "../../src/testing/scripted_registry.ts";
import { shellPod, wasmPod } from "../e2e/objects.ts";
import { processes } from "../e2e/processes.ts";
import { Rig } from "../e2e/rig.ts";
import { clusterRegistry, pushArchive } from "../support/cluster_images.ts";
import { bytesBelow } from "../support/hostile_bench.ts";
import { Neighbour } from "../support/neighbour.ts";

const MIB = 1024 * 1024;

/** A module of so many functions that its compilation takes a while. */
function laborious(functions: number): Uint8Array<ArrayBuffer> {
  const number = (value: number): number[] =>
    value < 128 ? [value] : [value % 128 + 128, ...number(value >> 7)];
  const section = (id: number, content: readonly number[]) =>
    [id].concat(number(content.length), content);
  // x = rotl(x * 3, x ^ 5), again and again
  const step = [0x20, 0, 0x42, 3, 0x7e, 0x20, 0, 0x42, 5, 0x85, 0x89, 0x21, 0];
  const body = [0, ...Array(100).fill(step).flat(), 0x20, 0, 0x0b];
  const code = [...number(body.length), ...body];
  const name = [..."_start"].map((letter) => letter.charCodeAt(0));
  const count = number(functions + 1);
  const sections = [
    section(1, [2, 0x60, 0, 0, 0x60, 1, 0x7e, 1, 0x7e]),
    section(3, count.concat(0, Array(functions).fill(1))),
    section(7, [1, name.length, ...name, 0, 0]),
    section(10, count.concat([2, 0, 0x0b], Array(functions).fill(code).flat())),
  ];
  return new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].concat(...sections));
}

/** A module that ends at once, with so many bytes of text behind it. */
function padded(bytes: number, mark: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(
    `(module (memory (export "memory") 1) (func (export "_start"))) ;; ${mark} `,
  );
  const content = new Uint8Array(bytes).fill(0x78);
  content.set(text);
  return content;
}

testWith(
  "pulls outlive kills of the agent and a full disk",
  {
    needs: ["root", "wasmtime", "containerd"],
    fn: async (t) => {
      const registry = new ScriptedRegistry();
      await using server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        registry.fetch,
      );
      const address = `127.0.0.1:${server.addr.port}`;
      await using rig = await Rig.open({ agentFolderMib: 400 });
      await using neighbour = await Neighbour.open(rig);
      const put = (name: string, content: string | Uint8Array<ArrayBuffer>) =>
        registry.put({
          repository: name,
          configType: WASM_CONFIG,
          layers: [{ mediaType: WASM_LAYER, content }],
        });
      const run = (name: string) =>
        rig.create(wasmPod(name, [], {
          restartPolicy: "Never",
          container: { image: `${address}/${name}:1`, args: [] },
        }));
      const succeeds = (name: string) =>
        rig.until(
          `${name} succeeds`,
          async () =>
            (await rig.get("pods", name)).status.phase === "Succeeded",
        );
      const kill = async () => {
        await rig.agent.stop("SIGKILL");
        await rig.startAgent();
      };
      /** Files of pulls and compilations that are not over. */
      const drafts = async () => {
        const found: string[] = [];
        for (const folder of ["images/drafts", "modules"]) {
          const path = join(rig.agentFolder, "wasmtime", folder);
          for await (const { name } of Deno.readDir(path)) {
            if (folder.endsWith("drafts") || name.startsWith("draft")) {
              found.push(`${folder}/${name}`);
            }
          }
        }
        return found;
      };

      await neighbour.step(t, "killed in the middle of a pull", async () => {
        const content = padded(8 * MIB, "pull");
        put("pull", content);
        const digest = `sha256:${
          createHash("sha256").update(content).digest("hex")
        }`;
        let held = 0;
        registry.options = {
          // The first half comes at once, the rest does not until the agent was killed.
          script: (request, path) => {
            if (
              !path.endsWith(digest) || request.headers.has("range") || held > 0
            ) {
              return undefined;
            }
            held++;
            return new Response(
              new ReadableStream({
                start: (controller) =>
                  controller.enqueue(content.slice(0, 4 * MIB)),
              }),
              { headers: { "content-length": String(content.length) } },
            );
          },
        };
        await run("pull");
        const draft = join(
          rig.agentFolder,
          "wasmtime/images/drafts",
          digest.slice(7),
        );
        await rig.until(
          "half of it is here",
          async () =>
            await Deno.stat(draft).then(
              ({ size }) => size >= 4 * MIB,
              () => false,
            ),
        );
        await kill();
        await succeeds("pull");
        const ranges = registry.asked.flatMap(({ range, path }) =>
          path.endsWith(digest) && range ? [range] : []
        );
        assert.deepEqual(ranges, [`bytes=${4 * MIB}-${content.length - 1}`]);
        assert.deepEqual(await drafts(), []);
      });

      await neighbour.step(
        t,
        "killed in the middle of a compilation",
        async () => {
          put("compile", laborious(1_200));
          await run("compile");
          const compilers = async () =>
            (await processes()).filter(({ command }) =>
              command.includes("compile\0") &&
              command.includes("/proc/self/fd/")
            );
          await rig.until(
            "it is being compiled",
            async () => (await compilers()).length > 0,
          );
          const [before] = await compilers();
          await rig.agent.stop("SIGKILL");
          await rig.until(
            "the compiler has ended, too",
            async () =>
              !(await compilers()).some(({ pid }) => pid === before!.pid),
          );
          await rig.startAgent();
          await succeeds("compile");
          assert.deepEqual(await drafts(), []);
        },
      );

      await neighbour.step(t, "a full disk", async () => {
        put("huge", padded(500 * MIB, "huge"));
        await run("huge");
        let message = "";
        await rig.until("it is told that there is no room", async () => {
          const { status } = await rig.get("pods", "huge");
          message = status.containerStatuses?.[0]?.state.waiting?.message ?? "";
          return message !== "";
        });
        assert.match(message, /No space left on device/);
        await rig.call("DELETE", "/api/v1/namespaces/default/pods/huge");
        put("small", padded(1_000, "small"));
        await run("small");
        await succeeds("small");
        assert.deepEqual(await drafts(), []);
      });
    },
  },
);

testWith(
  "containerd's pull by way of the agent outlives the server and the agent",
  {
    needs: ["root", "containerd"],
    fn: async (t) => {
      await using rig = await Rig.open({
        agentArgs: ["--image-pull-rate", "3Mi"],
      });
      const registry = await clusterRegistry(rig.cluster);
      const contents = join(rig.agentFolder, "containerd");
      const ends: Readonly<Record<string, () => Promise<void>>> = {
        server: async () => {
          await rig.server.stop("SIGKILL");
          await rig.startServer();
        },
        agent: async () => {
          await rig.agent.stop("SIGKILL");
          await rig.startAgent({ wait: false });
        },
      };
      for (const [who, kill] of Object.entries(ends)) {
        await t.step(`the ${who} is killed`, async () => {
          const repository = `team/${who}`;
          await pushArchive(registry, await largeImage(), {
            repository,
            tag: "1",
          });
          const before = await bytesBelow(contents);
          await rig.create(shellPod(who, "sleep 3600", {
            container: {
              image: `registry.wherry.internal/${repository}:1`,
              imagePullPolicy: "IfNotPresent",
            },
          }));
          await rig.until(
            "a part of it is here",
            async () =>
              await bytesBelow(contents).catch(() => 0) > before + 4 * MIB,
          );
          await kill();
          await rig.ready(`name=${who}`, 1);
        });
      }
    },
  },
);

/** Busybox with 16 MiB that nothing makes smaller. */
async function largeImage(): Promise<Uint8Array> {
  const content = await Deno.readFile(String(foundTools()["busybox"]));
  const ballast = new Uint8Array(16 * MIB);
  for (let at = 0; at < ballast.length; at += 65_536) {
    crypto.getRandomValues(ballast.subarray(at, at + 65_536));
  }
  return makeOciArchive({
    name: "large:1",
    architecture: Deno.build.arch === "aarch64" ? "arm64" : "amd64",
    files: [
      { path: "bin" },
      { path: "bin/busybox", content, mode: 0o755 },
      { path: "bin/sh", linkTarget: "busybox" },
      { path: "bin/sleep", linkTarget: "busybox" },
      { path: "ballast", content: ballast },
    ],
    entrypoint: [],
  }, (data) => createHash("sha256").update(data).digest());
}
