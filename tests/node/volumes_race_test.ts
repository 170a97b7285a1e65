/**
 * Parts of a volume that a container moves about while other containers start on them (CVE-2017-1002101, CVE-2021-25741).
 *
 * One container swaps a folder of a shared volume for a link to the node's own files, and back, as long as the test takes. The part that other
 * containers mount goes through that folder. Whatever they find there, it must never be the node's.
 */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { type Any, shellPod } from "../e2e/objects.ts";
import { isReady, Rig } from "../e2e/rig.ts";

/** How many pods start on the part. */
const STARTS = 32;

/** Swaps what `/v/x` is, by renames only: a folder of the volume, and the link out of it. What is made in its place meanwhile is thrown away. */
const SWAP = `mkdir -p /v/x/part
echo inside >/v/x/part/file
busybox ln -s $1 /v/link
touch /v/ready
while [ ! -e /v/stop ]; do
  usleep 20000
  busybox mv -T /v/x /v/away
  until busybox mv -T /v/link /v/x; do rm -rf /v/x; done
  busybox mv -T /v/x /v/link
  until busybox mv -T /v/away /v/x; do rm -rf /v/x; done
done 2>/dev/null`;

/** Notes what the part holds; the file may be a folder that was made in its place. */
const NOTE = `cat /part/file >/seen/$NAME 2>/dev/null; true`;

testWith("subPath symlink race", {
  needs: ["containerd"],
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const { dir } = rig.cluster;
    const outside = `${dir}/outside`;
    const seen = `${dir}/seen`;
    for (const path of [`${outside}/part`, `${dir}/shared`, seen]) {
      await Deno.mkdir(path, { recursive: true });
    }
    await Deno.writeTextFile(`${outside}/part/file`, "of the node");
    const volumes = [
      { name: "v", hostPath: { path: `${dir}/shared`, type: "Directory" } },
      { name: "seen", hostPath: { path: seen } },
    ];
    await rig.create(shellPod("swap", SWAP, {
      volumes,
      container: {
        command: ["sh", "-c", SWAP, "sh", outside],
        volumeMounts: [{ name: "v", mountPath: "/v" }],
      },
    }));
    await rig.until(
      "the swapping has begun",
      async () =>
        isReady(await rig.get("pods", "swap")) &&
        await Deno.stat(`${dir}/shared/ready`).then(() => true, () => false),
    );
    const names = Array.from({ length: STARTS }, (_, i) => `r${i}`);
    await rig.create(...names.map((name, i): Any =>
      shellPod(name, NOTE, {
        restartPolicy: "Never",
        volumes,
        container: {
          env: [{ name: "NAME", value: name }],
          volumeMounts: [
            i % 2
              ? { name: "v", mountPath: "/part", subPath: "x/part" }
              : { name: "v", mountPath: "/part/file", subPath: "x/part/file" },
            { name: "seen", mountPath: "/seen" },
          ],
        },
      })
    ));
    let ended: string[] = [];
    await rig.until("each has ended, or met the link once", async () => {
      const pods = await rig.list("pods");
      const events = await rig.list("events");
      ended = names.filter((name) =>
        pods.some(({ metadata, status }) =>
          metadata.name === name &&
          ["Succeeded", "Failed"].includes(status.phase)
        )
      );
      const refused = events.filter(({ message }) =>
        /failed to prepare subPath/.test(message)
      ).map(({ involvedObject }) => involvedObject.name);
      return names.every((name) =>
        ended.includes(name) || refused.includes(name)
      );
    });
    const found = await Promise.all(
      [...Deno.readDirSync(seen)].map(({ name }) =>
        Deno.readTextFile(`${seen}/${name}`)
      ),
    );
    assert.ok(found.includes("inside\n"));
    for (const text of found) assert.doesNotMatch(text, /of the node/);
    // What was missing for a moment was made in the volume, and nowhere else.
    const list = (path: string) =>
      [...Deno.readDirSync(path)].map(({ name }) => name);
    assert.deepEqual([list(outside), list(`${outside}/part`)], [
      ["part"],
      ["file"],
    ]);
    await Deno.writeTextFile(`${dir}/shared/stop`, "");
  },
});
