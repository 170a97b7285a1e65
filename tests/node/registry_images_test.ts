/** Images of containers from the cluster's own registry, and through mirrors: our containerd reaches them by the agent. */
import assert from "node:assert/strict";
import { foundTools } from "../../src/testing/needs.ts";
import { makeImage } from "../../tools/make_image.ts";
import { HAS_CONTAINERS, Rig } from "../e2e/rig.ts";
import { clusterRegistry, pushArchive } from "../support/cluster_images.ts";
import { startRegistry } from "../support/registry.ts";
import { eventsOf, shellPod, waitsFor } from "./config_pods.ts";

Deno.test({
  name: "containers run images of the cluster's registry and of mirrors",
  ignore: !HAS_CONTAINERS,
  fn: async (t) => {
    const busybox = String(foundTools()["busybox"]);
    const archive = await makeImage("busybox", busybox);
    await using mirror = startRegistry({
      archive: await makeImage("http-echo", busybox),
      users: { ann: "secret" },
    });
    const dir = await Deno.makeTempDir({ prefix: "wherry-registries-" });
    const config = `${dir}/registries.yaml`;
    await Deno.writeTextFile(
      config,
      JSON.stringify({
        mirrors: { "docker.io": { endpoint: [`http://${mirror.address}`] } },
        configs: {
          [mirror.address]: { auth: { username: "ann", password: "secret" } },
        },
      }),
    );
    try {
      await using rig = await Rig.open({
        agentArgs: ["--registry-config", config],
      });
      const digest = await pushArchive(
        await clusterRegistry(rig.cluster),
        archive,
        { repository: "team/box", tag: "1" },
      );
      const image = "registry.wherry.internal/team/box:1";
      const running = (name: string) =>
        rig.until(
          `${name} runs`,
          async () => (await rig.get("pods", name)).status.phase === "Running",
        );
      await t.step("the cluster's, by both its names", async () => {
        const { host } = new URL(rig.cluster.url);
        await rig.create(
          shellPod("box", { container: { image, imagePullPolicy: "Always" } }),
          shellPod("same", { container: { image: `${host}/team/box:1` } }),
        );
        await running("box");
        await running("same");
        const { status } = await rig.get("pods", "box");
        // One of the two names of the same image.
        assert.ok(
          status.containerStatuses[0].imageID.endsWith(`/team/box@${digest}`),
        );
        assert.ok(
          (await eventsOf(rig, "box")).some((text) =>
            text.startsWith(`Pulled: Successfully pulled image "${image}" in`)
          ),
        );
      });
      await t.step("also for the next agent", async () => {
        await rig.agent.stop();
        await rig.startAgent();
        await rig.create(
          shellPod("again", {
            container: { image, imagePullPolicy: "Always" },
          }),
        );
        await running("again");
      });
      await t.step("what is not there is told", async () => {
        await rig.create(
          shellPod("none", {
            container: { image: "registry.wherry.internal/team/none:1" },
          }),
        );
        assert.match(
          await waitsFor(rig, "none", "ImagePullBackOff"),
          /registry\.wherry\.internal\/team\/none:1.*not found/,
        );
      });
      await t.step("a module without its RuntimeClass is told", async () => {
        const guests = new URL("../../wasm/", import.meta.url).pathname;
        const module = "registry.wherry.internal/team/module:1";
        const { code, stderr } = await rig.cluster.wherry(
          "push",
          `${guests}http_echo/http_echo.wat`,
          module,
        );
        assert.equal(code, 0, stderr);
        await rig.create(shellPod("module", { container: { image: module } }));
        assert.match(
          await waitsFor(rig, "module", "ImagePullBackOff"),
          /a WASM module needs runtimeClassName "wasmtime"/,
        );
      });
      await t.step("a mirror's, with the password that it wants", async () => {
        await rig.create(
          shellPod("mirrored", { container: { image: "team/echo:1" } }),
        );
        await running("mirrored");
        assert.ok(mirror.askedBy.includes("ann"));
      });
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});
