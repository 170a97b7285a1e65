/** Images of the cluster's own registry: pushed from the command line, pulled by the node over its connection to the server. */
import assert from "node:assert/strict";
import { DENO_CONFIG, DENO_LAYER } from "../../src/base/oci/media_types.ts";
import { clusterRegistry, pushContent } from "../support/cluster_images.ts";
import { testWith } from "../../src/testing/needs.ts";
import { service, wasmDeployment } from "./objects.ts";
import { Rig } from "./rig.ts";

const GUESTS = new URL("../../wasm/", import.meta.url).pathname;
const IMAGE = "registry.wherry.internal/team/echo:1";

async function push(rig: Rig, name: string, image: string): Promise<string> {
  const { code, stdout, stderr } = await rig.cluster.wherry(
    "push",
    `${GUESTS}${name}/${name}.wat`,
    image,
  );
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

testWith("a module and a bundle come to the node from the cluster's registry", {
  needs: ["wasmtime", "linux"],
  fn: async (t) => {
    await using rig = await Rig.open();
    const pushed = await push(rig, "http_echo", IMAGE);
    const digest = /@(sha256:[0-9a-f]{64})$/.exec(pushed)?.[1];
    assert.ok(digest, pushed);
    await rig.create(
      wasmDeployment("echo", 1, {
        container: { image: IMAGE, imagePullPolicy: "Always" },
      }),
      service("echo", { deployment: "echo" }),
    );

    const answers = async () => {
      const { hostname, port } = await rig.address("echo");
      const answer = await fetch(`http://${hostname}:${port}/`)
        .catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.status === 200;
    };

    await t.step("it is pulled, and answers", async () => {
      await rig.ready("deployment=echo", 1, "echo");
      await rig.until("the service answers", answers);
      const [pod] = await rig.list("pods", "deployment=echo");
      assert.equal(pod.status.containerStatuses[0].imageID, digest);
      const events = await rig.call(
        "GET",
        "/api/v1/namespaces/default/events?fieldSelector=" +
          `involvedObject.name=${pod.metadata.name}`,
      );
      const messages: string[] = events.items.map((
        event: { message: string },
      ) => event.message);
      assert.ok(messages.includes(`Pulling image "${IMAGE}"`));
      assert.ok(
        messages.some((text) =>
          /^Successfully pulled image ".*" in .*s \(.*s including waiting\)\. Image size: [1-9]\d* bytes\.$/
            .test(text)
        ),
        messages.join("\n"),
      );
    });

    await t.step("a bundle comes the same way", async () => {
      await pushContent(
        await clusterRegistry(rig.cluster),
        { repository: "team/bundle", tag: "1" },
        {
          configType: DENO_CONFIG,
          config: { entry: "run" },
          layerType: DENO_LAYER,
          content: new TextEncoder().encode('console.log("I came far");\n'),
        },
      );
      await rig.create({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "bundle" },
        spec: {
          runtimeClassName: "deno",
          restartPolicy: "Never",
          containers: [{
            name: "main",
            image: "registry.wherry.internal/team/bundle:1",
          }],
        },
      });
      await rig.until(
        "it has run",
        async () =>
          (await rig.get("pods", "bundle")).status.phase === "Succeeded",
      );
      assert.equal(
        await rig.text("/api/v1/namespaces/default/pods/bundle/log"),
        "I came far\n",
      );
    });

    await t.step("what is not there is told with its cause", async () => {
      await rig.create({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "none" },
        spec: {
          runtimeClassName: "wasmtime",
          containers: [{
            name: "main",
            image: "registry.wherry.internal/team/none:1",
          }],
        },
      });
      await rig.until("the pull backs off", async () => {
        const pod = await rig.get("pods", "none");
        const waiting = pod.status.containerStatuses?.[0].state.waiting;
        return waiting?.reason === "ImagePullBackOff" &&
          /MANIFEST_UNKNOWN|NAME_UNKNOWN/.test(waiting.message);
      });
    });
  },
});
