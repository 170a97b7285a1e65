/** A large module comes slowly, while agent and server are killed; and modules of a registry with passwords. */
import assert from "node:assert/strict";
import { WASM_CONFIG, WASM_LAYER } from "../../src/base/oci/media_types.ts";
import { testWith } from "../../src/testing/needs.ts";
import { ScriptedRegistry } from "../../src/testing/scripted_registry.ts";
import type { Any } from "../e2e/objects.ts";
import { Rig } from "../e2e/rig.ts";
import { clusterRegistry, pushContent } from "../support/cluster_images.ts";

const MIB = 1024 * 1024;
const IMAGE = "registry.wherry.internal/team/large:1";

/** A command that ends at once, and does nothing: `(module (func (export "_start")))`. */
const MODULE = [
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[3, 2, 1, 0],
  ...[7, 10, 1, 6, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74, 0, 0],
  ...[10, 4, 1, 2, 0, 0x0b],
];

/** The same with a custom section of 20 MiB that nobody reads. */
function largeModule(): Uint8Array<ArrayBuffer> {
  const size = 20 * MIB;
  const length = [0, 1, 2, 3].map((at) =>
    size >> 7 * at & 0x7f | (at < 3 ? 0x80 : 0)
  );
  const module = new Uint8Array(MODULE.length + 1 + length.length + size);
  module.set([...MODULE, 0, ...length, 1, 0x78]);
  for (let at = MODULE.length + 8; at < module.length; at += 61) {
    module[at] = at >> 7;
  }
  return module;
}

function pod(name: string, image: string, spec: Any = {}): Any {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      runtimeClassName: "wasmtime",
      restartPolicy: "Never",
      containers: [{ name: "main", image }],
      ...spec,
    },
  };
}

testWith(
  "a pull outlives the agent and the server, and needs a secret where one is asked for",
  {
    needs: ["wasmtime", "linux"],
    fn: async (t) => {
      await using rig = await Rig.open({
        agentArgs: ["--image-pull-rate", "3Mi"],
      });
      const drafts = `${rig.agentFolder}/wasmtime/images/drafts`;
      const draftBytes = () => {
        let most = 0;
        for (const { name } of Deno.readDirSync(drafts)) {
          most = Math.max(most, Deno.statSync(`${drafts}/${name}`).size);
        }
        return most;
      };
      const succeeded = (name: string) =>
        rig.until(
          `${name} has ended`,
          async () =>
            (await rig.get("pods", name)).status.phase === "Succeeded",
        );

      await t.step("cut twice", async () => {
        await pushContent(
          await clusterRegistry(rig.cluster),
          { repository: "team/large", tag: "1" },
          {
            configType: WASM_CONFIG,
            layerType: WASM_LAYER,
            content: largeModule(),
          },
        );
        await rig.create(pod("large", IMAGE));
        const comes = (bytes: number) =>
          rig.until(
            `${bytes} bytes are here`,
            () => Promise.resolve(draftBytes() > bytes),
          );
        await comes(2 * MIB);
        await rig.agent.stop("SIGKILL");
        const kept = draftBytes();
        assert.ok(kept > 2 * MIB);
        await rig.startAgent({ wait: false });
        await comes(kept + 2 * MIB);
        await rig.server.stop("SIGKILL");
        await rig.startServer();
        await succeeded("large");
        assert.equal(draftBytes(), 0);
      });

      await t.step("with a secret, and without", async () => {
        const registry = new ScriptedRegistry({
          door: { basic: { ann: "secret" } },
        });
        registry.put({
          repository: "team/app",
          configType: WASM_CONFIG,
          layers: [{ mediaType: WASM_LAYER, content: new Uint8Array(MODULE) }],
        });
        await using server = Deno.serve({
          hostname: "127.0.0.1",
          port: 0,
          onListen: () => {},
        }, registry.fetch);
        const address = `127.0.0.1:${server.addr.port}`;
        await rig.create(
          {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "ann" },
            type: "kubernetes.io/dockerconfigjson",
            data: {
              ".dockerconfigjson": btoa(JSON.stringify({
                auths: { [address]: { auth: btoa("ann:secret") } },
              })),
            },
          },
          pod("stranger", `${address}/team/app:1`),
        );
        await rig.until("the stranger is refused", async () => {
          const { status } = await rig.get("pods", "stranger");
          const waiting = status.containerStatuses?.[0].state.waiting;
          return /401 Unauthorized/.test(waiting?.message ?? "");
        });
        await rig.create(
          pod("holder", `${address}/team/app:1`, {
            imagePullSecrets: [{ name: "ann" }],
          }),
        );
        await succeeded("holder");
      });
    },
  },
);
