import assert from "node:assert/strict";
import { join } from "node:path";
import {
  ContainerdRig,
  shellContainer,
} from "../src/testing/containerd_rig.ts";
import { foundTools, testWith } from "../src/testing/needs.ts";
import { HTTP_ECHO_IMAGE, makeImage } from "./make_image.ts";

/** Sends requests from inside the rig's network namespace, all at once; answers their bodies (or `error`). */
async function request(
  rig: ContainerdRig,
  urls: readonly string[],
): Promise<string[]> {
  const program = `
    const ask = (url) => fetch(url, { headers: { connection: "close" } })
      .then(async (r) => r.status + " " + await r.text()).catch((e) => "error " + e);
    console.log(JSON.stringify(await Promise.all(${
    JSON.stringify(urls)
  }.map(ask))));
  `;
  const result = await rig.host.processes.run("nsenter", {
    args: [
      ...[`--net=/run/netns/${rig.netns}`, Deno.execPath()],
      ...["eval", program],
    ],
  });
  assert.equal(result.code, 0, result.stderr);
  return JSON.parse(result.stdout);
}

testWith("makeImage() makes an HTTP service that loses no request", {
  needs: ["containerd"],
  fn: async (t) => {
    await using rig = await ContainerdRig.open();
    const archive = join(rig.dir, "http-echo.tar");
    const busybox = String(foundTools()["busybox"]);
    await Deno.writeFile(archive, await makeImage("http-echo", busybox));
    assert.deepEqual(await rig.own.importImage(archive), [HTTP_ECHO_IMAGE]);

    const { runtime } = rig.own;
    const config = rig.sandbox("web");
    const pod = await runtime.runSandbox(config);
    const id = await runtime.createContainer(
      { id: pod.id, config },
      shellContainer("", {
        imageRef: HTTP_ECHO_IMAGE,
        image: HTTP_ECHO_IMAGE,
        command: [],
        args: [],
        env: [{ name: "POD_NAME", value: "web-1" }],
      }),
    );
    await runtime.startContainer(id);
    const base = `http://${pod.ips[0]}:8080`;

    await t.step("answers with the pod's name", async () => {
      let answers = await request(rig, [`${base}/`]);
      for (let i = 0; i < 50 && answers[0]!.startsWith("error"); i++) {
        answers = await request(rig, [`${base}/`]);
      }
      assert.deepEqual(
        [...answers, ...await request(rig, [`${base}/healthz`])],
        ["200 hello from web-1\n", "200 ok\n"],
      );
    });

    await t.step("takes 100 new connections at once", async () => {
      const answers = await request(rig, Array(100).fill(`${base}/`));
      assert.deepEqual(new Set(answers), new Set(["200 hello from web-1\n"]));
    });

    await t.step("finishes what runs when it is stopped", async () => {
      const running = request(
        rig,
        Array(5).fill(`${base}/cgi-bin/sleep?1500`),
      );
      // Wait until the requests are there: each is a process of its own.
      await untilSleeping(5);
      await runtime.stopContainer(id, 20_000);
      assert.deepEqual(
        new Set(await running),
        new Set(["200 hello from web-1, asked for /sleep/1500\n"]),
      );
      assert.equal((await runtime.containerStatus(id))!.exitCode, 0);
    });
  },
});

async function untilSleeping(count: number): Promise<void> {
  for (let i = 0; i < 500; i++) {
    let found = 0;
    for await (const { name } of Deno.readDir("/proc")) {
      const env = await Deno.readTextFile(`/proc/${name}/environ`)
        .catch(() => "");
      if (env.includes("QUERY_STRING=1500\0")) found++;
    }
    if (found >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("The requests never arrived");
}
