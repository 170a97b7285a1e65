/** A container of the cluster's registry, on a node whose server is away: it runs from what is here, whatever its pull policy. */
import { foundTools } from "../../src/testing/needs.ts";
import { makeImage } from "../../tools/make_image.ts";
import { HAS_CONTAINERS, Rig } from "../e2e/rig.ts";
import { clusterRegistry, pushArchive } from "../support/cluster_images.ts";
import { shellPod } from "./config_pods.ts";

Deno.test({
  name: "a container of the cluster's registry starts without the server",
  ignore: !HAS_CONTAINERS,
  fn: async () => {
    await using rig = await Rig.open();
    await pushArchive(
      await clusterRegistry(rig.cluster),
      await makeImage("busybox", String(foundTools()["busybox"])),
      { repository: "team/box", tag: "latest" },
    );
    await rig.create(
      shellPod("box", {
        container: {
          image: "registry.wherry.internal/team/box",
          imagePullPolicy: "Always",
        },
      }),
    );
    const running = () =>
      rig.until(
        "it runs",
        async () => (await rig.get("pods", "box")).status.phase === "Running",
      );
    await running();
    const { metadata } = await rig.get("pods", "box");
    await rig.endPods();
    await rig.server.stop();
    await rig.startAgent({ wait: false });
    const log = `${rig.agentFolder}/logs/default_box_${metadata.uid}/app/1.log`;
    await rig.until("it has started again", async () => {
      const text = await Deno.readTextFile(log).catch(() => "");
      return text.includes("done");
    });
    await rig.startServer();
    await running();
  },
});
