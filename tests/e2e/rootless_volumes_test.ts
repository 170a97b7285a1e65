/** Volumes where the agent is an ordinary user: what needs no mount works, the rest is refused in words. */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { type Any, wasmPod } from "./objects.ts";
import { Rig } from "./rig.ts";

testWith("volumes of an ordinary user's pods", {
  needs: ["ordinary-user", "wasmtime"],
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using rig = await Rig.open();
    await rig.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "key" },
      stringData: { password: "hunter2\n" },
    });
    const pod = (name: string, volume: Any, mount: Any = {}) =>
      wasmPod(name, ["print", "x"], {
        restartPolicy: "Never",
        volumes: [{ name: "v", ...volume }],
        container: {
          volumeMounts: [{ name: "v", mountPath: "/v", ...mount }],
        },
      });
    const words = [
      ...["read", "/key/password", "read", "/one/password"],
      ...["write", "/disk/x", "seen", "read", "/disk/x"],
    ];
    await rig.create(
      wasmPod("works", words, {
        restartPolicy: "Never",
        securityContext: { fsGroup: 2000 },
        volumes: [
          { name: "disk", emptyDir: {} },
          { name: "key", secret: { secretName: "key", defaultMode: 0o400 } },
        ],
        container: {
          volumeMounts: [
            { name: "disk", mountPath: "/disk" },
            { name: "key", mountPath: "/key" },
            { name: "key", mountPath: "/one/password", subPath: "password" },
          ],
        },
      }),
      pod("memory", { emptyDir: { medium: "Memory" } }),
      pod("part", { emptyDir: {} }, { subPath: "a" }),
      pod("image", { image: { reference: "files:1" } }),
    );
    const phase = async (name: string) =>
      (await rig.get("pods", name)).status.phase;
    await rig.until(
      "the guest has ended",
      async () => await phase("works") === "Succeeded",
    );
    const { stdout } = await rig.cluster.wherry("logs", "works");
    assert.equal(stdout, "hunter2\nhunter2\nseen\n");
    const refusals: Record<string, string> = {
      memory:
        'MountVolume.SetUp failed for volume "v" : medium "Memory" needs mounts, and this agent runs as an ordinary user',
      part:
        'Error: subPath of volume "v", which containers may write to, needs mounts, and this agent runs as an ordinary user',
      image:
        "Error: Image volumes need mounts, and this agent runs as an ordinary user",
    };
    for (const [name, refusal] of Object.entries(refusals)) {
      await rig.until(
        `${name} is refused`,
        async () =>
          (await rig.list("events")).some(({ involvedObject, message }) =>
            involvedObject.name === name && message === refusal
          ),
      );
      assert.equal(await phase(name), "Pending");
    }
  },
});
