/** How images come onto the node, from a registry with passwords, and what is told when they do not. */
import assert from "node:assert/strict";
import { foundTools } from "../../src/testing/needs.ts";
import { BUSYBOX_IMAGE, makeImage } from "../../tools/make_image.ts";
import type { Any } from "../e2e/objects.ts";
import { HAS_CONTAINERS, Rig } from "../e2e/rig.ts";
import { startRegistry } from "../support/registry.ts";
import { eventsOf, shellPod, waitsFor } from "./config_pods.ts";

function secret(name: string, auths: Record<string, string>): Any {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    type: "kubernetes.io/dockerconfigjson",
    data: {
      ".dockerconfigjson": btoa(JSON.stringify({
        auths: Object.fromEntries(
          Object.entries(auths).map(([place, user]) => [
            place,
            { auth: btoa(user) },
          ]),
        ),
      })),
    },
  };
}

function pulling(
  name: string,
  image: string,
  options: { policy?: string; secrets?: string[] } = {},
): Any {
  const { policy, secrets = [] } = options;
  return shellPod(name, {
    container: { image, ...(policy && { imagePullPolicy: policy }) },
    spec: { imagePullSecrets: secrets.map((name) => ({ name })) },
  });
}

Deno.test({
  name: "images are pulled, or it is told why not",
  ignore: !HAS_CONTAINERS,
  fn: async (t) => {
    // Not the one that is imported: the same content would be the same image.
    const archive = await makeImage(
      "http-echo",
      String(foundTools()["busybox"]),
    );
    await using registry = startRegistry({
      archive,
      users: { ann: "a", bob: "b" },
    });
    await using rig = await Rig.open({ images: ["busybox"] });
    const { address, askedBy } = registry;
    const image = `${address}/team/box:1`;
    await rig.create(
      secret("wrong", { [address]: "ann:wrong" }),
      secret("ann", { [`${address}/team`]: "ann:a" }),
      secret("bob", { [`http://${address}`]: "bob:b" }),
      secret("other", { "other.example": "bob:b" }),
    );
    const running = (name: string) =>
      rig.until(
        `${name} runs`,
        async () => (await rig.get("pods", name)).status.phase === "Running",
      );

    await t.step("credentials are tried in turn", async () => {
      await rig.create(
        pulling("first", image, { secrets: ["other", "wrong", "ann", "none"] }),
      );
      await running("first");
      assert.ok(askedBy.includes("ann"));
      assert.ok(!askedBy.includes("bob"));
      const events = await eventsOf(rig, "first");
      assert.ok(events.includes(`Pulling: Pulling image "${image}"`));
      assert.ok(
        events.some((text) =>
          /^Pulled: Successfully pulled image ".*" in .*s \(.*s including waiting\)\. Image size: [1-9]\d* bytes\.$/
            .test(text)
        ),
        events.join("\n"),
      );
      assert.ok(events.includes(
        "FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (none); attempting to pull the image may not succeed.",
      ));
    });

    await t.step(
      "an image that came with a secret is for its holders",
      async () => {
        await rig.create(
          pulling("holder", image, { policy: "Never", secrets: ["ann"] }),
          pulling("stranger", image, { policy: "Never" }),
          pulling("asking", image, { policy: "IfNotPresent" }),
        );
        await running("holder");
        assert.ok(
          (await eventsOf(rig, "holder")).includes(
            `Pulled: Container image "${image}" already present on machine and can be accessed by the pod`,
          ),
        );
        const never =
          `Container image "${image}" is not present with pull policy of Never`;
        assert.equal(
          await waitsFor(rig, "stranger", "ErrImageNeverPull"),
          never,
        );
        const events = await eventsOf(rig, "stranger");
        assert.ok(events.includes(`ErrImageNeverPull: ${never}`));
        assert.ok(events.includes("Failed: Error: ErrImageNeverPull"));
        assert.match(
          await waitsFor(rig, "asking", "ImagePullBackOff"),
          /^Back-off pulling image ".*": ErrImagePull: .*(401|unauthorized|authorization)/i,
        );
      },
    );

    await t.step("the next agent knows it too", async () => {
      await rig.agent.stop();
      await rig.startAgent();
      await rig.create(
        pulling("later", image, { policy: "Never" }),
        pulling("bobs", image, { secrets: ["bob"] }),
      );
      await waitsFor(rig, "later", "ErrImageNeverPull");
      await running("bobs");
      assert.ok(askedBy.includes("bob"));
    });

    await t.step("Always asks, though the image is there", async () => {
      const asked = askedBy.length;
      await rig.create(
        pulling("always", image, { policy: "Always", secrets: ["ann"] }),
      );
      await running("always");
      assert.ok(askedBy.length > asked);
    });

    await t.step("a registry out of reach", async () => {
      // Nobody listens on port 1.
      await rig.create(pulling("nowhere", "127.0.0.1:1/box:1"));
      assert.match(
        await waitsFor(rig, "nowhere", "ImagePullBackOff"),
        /^Back-off pulling image "127\.0\.0\.1:1\/box:1": ErrImagePull: .*connection refused/,
      );
      const events = await eventsOf(rig, "nowhere");
      for (
        const text of [
          "Failed: Error: ErrImagePull",
          "Failed: Error: ImagePullBackOff",
          'BackOff: Back-off pulling image "127.0.0.1:1/box:1"',
        ]
      ) assert.ok(events.includes(text), text);
      assert.ok(
        events.some((text) =>
          text.startsWith('Failed: Failed to pull image "127.0.0.1:1/box:1": ')
        ),
      );
    });

    await t.step(
      "a name that is none, and an image that was there",
      async () => {
        await rig.create(
          pulling("misnamed", "Box:1"),
          pulling("present", BUSYBOX_IMAGE, { policy: "Never" }),
        );
        const message =
          `Failed to apply default image tag "Box:1": couldn't parse image name "Box:1": invalid reference format: repository name (library/Box) must be lowercase`;
        assert.equal(
          await waitsFor(rig, "misnamed", "InvalidImageName"),
          message,
        );
        const events = await eventsOf(rig, "misnamed");
        assert.ok(events.includes(`InspectFailed: ${message}`));
        assert.ok(events.includes("Failed: Error: InvalidImageName"));
        await running("present");
      },
    );
  },
});
