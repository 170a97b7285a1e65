/** Images of the cluster's registry on a node whose server is away: they run from what is here, whatever their pull policy. */
import assert from "node:assert/strict";
import { foundTools, testWith } from "../../src/testing/needs.ts";
import { makeImage } from "../../tools/make_image.ts";
import { service, wasmDeployment } from "../e2e/objects.ts";
import { Rig } from "../e2e/rig.ts";
import { clusterRegistry, pushArchive } from "../support/cluster_images.ts";
import { shellPod } from "./config_pods.ts";

const GUESTS = new URL("../../wasm/", import.meta.url).pathname;
const MODULE = "registry.wherry.internal/team/echo";
const BOX = "registry.wherry.internal/team/box";

testWith(
  "a container and a module of the cluster's registry start without the server",
  {
    needs: ["containerd", "wasmtime"],
    fn: async () => {
      await using rig = await Rig.open();
      await pushArchive(
        await clusterRegistry(rig.cluster),
        await makeImage("busybox", String(foundTools()["busybox"])),
        { repository: "team/box", tag: "latest" },
      );
      const { code, stderr } = await rig.cluster.wherry(
        "push",
        `${GUESTS}http_echo/http_echo.wat`,
        `${MODULE}:latest`,
      );
      assert.equal(code, 0, stderr);
      const imagePullPolicy = "Always";
      await rig.create(
        shellPod("box", { container: { image: BOX, imagePullPolicy } }),
        wasmDeployment("echo", 1, {
          container: { image: MODULE, imagePullPolicy },
        }),
        service("echo", { deployment: "echo" }),
      );
      await rig.ready("deployment=echo", 1, "echo");
      const boxRuns = () =>
        rig.until(
          "the container runs",
          async () => (await rig.get("pods", "box")).status.phase === "Running",
        );
      await boxRuns();
      const { hostname, port } = await rig.address("echo");
      const { metadata } = await rig.get("pods", "box");
      const log =
        `${rig.agentFolder}/logs/default_box_${metadata.uid}/app/1.log`;

      await rig.endPods();
      await rig.server.stop();
      await rig.startAgent({ wait: false });
      await rig.until("the container has started again", async () => {
        const text = await Deno.readTextFile(log).catch(() => "");
        return text.includes("done");
      });
      await rig.until("the module answers again", async () => {
        const answer = await fetch(`http://${hostname}:${port}/`)
          .catch(() => undefined);
        await answer?.body?.cancel();
        return answer?.status === 200;
      });
      await rig.startServer();
      await boxRuns();
    },
  },
);
