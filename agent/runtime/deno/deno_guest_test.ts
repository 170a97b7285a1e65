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
