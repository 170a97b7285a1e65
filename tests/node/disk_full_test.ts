/**
 * The disk under the agent's data folder is full: what runs goes on, what cannot be done is told, and all goes on by itself once there is space.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import type { Any } from "../e2e/objects.ts";
import { Rig } from "../e2e/rig.ts";
import { identity, remove, steadyPod } from "../support/steady_pod.ts";

/** Writes until nothing fits any more. */
async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { create: true, append: true });
  for (let size = 2 ** 20; size >= 1;) {
    try {
      await file.write(new Uint8Array(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
}

testWith("a node whose disk is full", {
  needs: ["root", "containerd", "wasmtime"],
  fn: async (t) => {
    await using rig = await Rig.open({
      images: ["busybox"],
      agentFolderMib: 128,
      // A full disk is a reason to evict pods; here they are to stay.
      agentArgs: ["--eviction-hard", "memory.available<1Mi"],
    });
    const config = (value: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings" },
      data: { value },
    });
    const shown = {
      volumes: [{ name: "settings", configMap: { name: "settings" } }],
      volumeMounts: [{ name: "settings", mountPath: "/settings" }],
    };
    await rig.create(config("one"), steadyPod(rig, "steady", shown));
    await rig.ready("name=steady", 1);
    const before = await identity(rig, "steady");
    const value = async () => {
      const { stdout } = await rig.cluster.wherry(
        ...["exec", "steady", "--", "cat", "/settings/value"],
      );
      return stdout;
    };
    const filler = join(rig.agentFolder, "filler");

    await t.step("what runs goes on, what cannot be done is told", async () => {
      await fill(filler);
      await rig.create(steadyPod(rig, "next", shown));
      await rig.until(
        "the next pod says why it waits",
        async () =>
          (await rig.list("events")).some(({ involvedObject, message }) =>
            involvedObject.name === "next" && /no space left/i.test(message)
          ),
      );
      await rig.call(
        "PUT",
        "/api/v1/namespaces/default/configmaps/settings",
        config("two"),
      );
      assert.equal(await value(), "one");
      assert.equal(rig.agent.ended(), false);
      assert.deepEqual(await identity(rig, "steady"), before);
    });

    await t.step("an agent starts all the same", async () => {
      await rig.agent.stop("SIGKILL");
      await rig.startAgent();
      assert.equal(await value(), "one");
      assert.deepEqual(await identity(rig, "steady"), before);
    });

    await t.step("all goes on by itself once there is space", async () => {
      await Deno.remove(filler);
      await rig.ready("name=next", 1);
      await rig.until(
        "the new text is there",
        async () => await value() === "two",
      );
      assert.deepEqual(await identity(rig, "steady"), before);
      assert.equal((await identity(rig, "next")).restarts, 0);
    });

    await t.step("and nothing that is stored was lost", async () => {
      const next = await identity(rig, "next");
      const kept = (path: string) =>
        Deno.readTextFile(join(rig.agentFolder, "checkpoint", path))
          .catch(() => "");
      await rig.until(
        "what could not be stored is",
        async () =>
          await kept(`pods/${next.uid}.json`) !== "" &&
          (await kept("configmaps/default_settings.json")).includes("two"),
      );
      await rig.server.stop();
      await rig.agent.stop("SIGKILL");
      await rig.startAgent({ wait: false });
      await rig.until("the agent has both pods without a server", async () => {
        const { pods = [] }: Any = await rig.agentState() ?? {};
        return pods.filter(({ state }: Any) => state === "running").length ===
          2;
      });
      await rig.startServer();
      assert.deepEqual(await identity(rig, "steady"), before);
      assert.deepEqual(await identity(rig, "next"), next);
    });
    await remove(rig, "steady");
    await remove(rig, "next");
  },
});
