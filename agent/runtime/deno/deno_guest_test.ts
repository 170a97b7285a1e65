import assert from "node:assert/strict";
import { denoTest } from "./deno_pod_rig.ts";

denoTest(
  "a guest writes its termination message where Deno lets nobody write",
  async (pod) => {
    const path = `${pod.rig.folder}/message`;
    await Deno.writeTextFile(path, "");
    await Deno.chmod(path, 0o666);
    await Deno.chmod(pod.rig.folder, 0o755);
    await pod.run(
      `import fs from "node:fs";
    Deno.writeTextFileSync("/dev/termination-log", "one ");
    await fs.promises.appendFile("/dev/termination-log", "two");`,
      {
        mounts: [{
          hostPath: path,
          containerPath: "/dev/termination-log",
          readOnly: false,
        }],
      },
    );
    assert.deepEqual(await pod.output(), []);
    assert.equal(await Deno.readTextFile(path), "one two");
  },
);

denoTest(
  "a service finishes its requests when it is told to end",
  async (pod) => {
    await pod.run(
      `let begun;
    const hasBegun = new Promise((resolve) => begun = resolve);
    export default {
      async fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname === "/wait") await hasBegun;
        if (pathname !== "/slow") return new Response("up");
        begun();
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return new Response("done");
      },
    };`,
    );
    const [address] = (await pod.runtime.sandboxStatus(pod.sandboxId))?.ips ??
      [];
    const ask = async (path: string) => {
      const url = `http://${address}:8080${path}`;
      return await (await fetch(url, { headers: { connection: "close" } }))
        .text();
    };
    while (await ask("/").catch(() => "") !== "up");
    const slow = ask("/slow");
    await ask("/wait");
    await pod.runtime.stopContainer(pod.id, 20_000);
    assert.equal(await slow, "done");
    assert.equal((await pod.status()).exitCode, 0);
  },
);

denoTest("a program begins in its working directory", async (pod) => {
  if (!pod.rig.hasRoots) return; // it begins in a folder of ours, and may look at none
  await pod.run(`console.log(Deno.cwd());`, { workingDir: "/work/here" });
  assert.deepEqual(await pod.output(), ["/work/here"]);
});

denoTest("a program is nobody, or whom its Pod names", async (pod) => {
  const path = `${pod.rig.folder}/out`;
  await Deno.mkdir(path);
  await Deno.chmod(path, 0o777);
  for (const runAsUser of [undefined, 4711]) {
    const name = `by-${runAsUser ?? "nobody"}`;
    await pod.run(`Deno.writeTextFileSync("/out/${name}", "");`, {
      mounts: [{ hostPath: path, containerPath: "/out", readOnly: false }],
      security: {
        privileged: false,
        supplementalGroups: [],
        readOnlyRootFilesystem: false,
        capabilitiesAdd: [],
        capabilitiesDrop: [],
        ...(runAsUser === undefined ? {} : { runAsUser }),
      },
    });
    assert.deepEqual(await pod.output(), []);
    const { uid } = await Deno.stat(`${path}/${name}`);
    assert.equal(uid, runAsUser ?? 65534);
    await pod.runtime.removeSandbox(pod.sandboxId);
  }
}, ["root"]);
