import assert from "node:assert/strict";
import { join } from "node:path";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { ContainerdRig } from "../../../src/testing/containerd_rig.ts";
import { foundTools, testWith } from "../../../src/testing/needs.ts";
import { HTTP_ECHO_IMAGE, makeImage } from "../../../tools/make_image.ts";
import { openContainers } from "./containers.ts";

Deno.test("openContainers() says what is wrong with an endpoint", async () => {
  using host = makeRealHost();
  for (
    const [endpoint, problem] of [
      ["tcp://127.0.0.1:1", /not of the form unix:\/\/\/path$/],
      ["unix://relative.sock", /not of the form/],
      [
        "unix:///no/such.sock",
        /^Error: Cannot use the container runtime at "unix:/,
      ],
    ] as const
  ) {
    await assert.rejects(
      openContainers(host, { dir: "/nowhere", endpoint }),
      problem,
    );
  }
});

testWith("openContainers() uses a runtime that is there and leaves it there", {
  needs: ["containerd"],
  fn: async () => {
    await using rig = await ContainerdRig.open();
    const foreign = await openContainers(rig.host, {
      dir: join(rig.dir, "unused"),
      endpoint: `unix://${rig.own.socket}`,
    });
    const pod = await foreign.runtime.runSandbox(rig.sandbox("guest"));
    assert.equal(pod.state, "ready");
    const archive = join(rig.dir, "http-echo.tar");
    const busybox = String(foundTools()["busybox"]);
    await Deno.writeFile(archive, await makeImage("http-echo", busybox));
    assert.deepEqual(await foreign.importImage(archive), [HTTP_ECHO_IMAGE]);
    await Deno.writeTextFile(archive, "not an archive");
    await assert.rejects(foreign.importImage(archive), /^Error: Cannot import/);
    await foreign.stop();

    assert.notEqual(await rig.own.pid(), undefined);
    const after = await rig.own.runtime.sandboxStatus(pod.id);
    assert.equal(after?.state, "notready");
    await assert.rejects(Deno.stat(join(rig.dir, "unused")));
  },
});
