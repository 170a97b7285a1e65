/**
 * What a hostile container, or somebody who may open sessions, cannot do to the node and to its user. (subPath races, path traversal in volumes and the types
 * of hostPath are in `volumes_test.ts` and `volumes_race_test.ts`.)
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { WebSocket } from "ws";
import { testWith } from "../../src/testing/needs.ts";
import { shellPod } from "../e2e/objects.ts";
import { Rig } from "../e2e/rig.ts";
import { rssMb } from "../bench/process_figures.ts";
import { hostileTar } from "../support/hostile_tar.ts";
import { remove } from "../support/steady_pod.ts";

/** Beyond what a node serves at once, of one pod and altogether. */
const FLOOD = 300;
/** What a flood of sessions or of output may cost the agent, in MB: each session has bounded buffers. */
const FLOOD_COST_MB = 150;
/** All of busybox: the image has links for some of it only. */
const ALL = "/bin/busybox --install -s /bin;";
const FOREVER = "trap exit TERM; sleep 3600 & wait";

testWith("a hostile container does not get the better of its node", {
  needs: ["root", "containerd", "kubectl"],
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const kubectl = async (...args: readonly string[]) =>
      await rig.cluster.kubectl(...args);

    await t.step("tar traversal in cp, from the container", async () => {
      const evil = join(rig.cluster.dir, "evil");
      await Deno.mkdir(evil);
      await Deno.writeFile(
        join(evil, "evil.tar"),
        hostileTar([
          { name: "data/good", content: "good\n" },
          { name: "data/../../escaped-1", content: "evil" },
          { name: "../escaped-2", content: "evil" },
          { name: join(rig.cluster.dir, "escaped-3"), content: "evil" },
          { name: "data/link", type: "2", link: rig.cluster.dir },
          { name: "data/link/escaped-4", content: "evil" },
        ]),
      );
      await rig.create(shellPod(
        "liar",
        `${ALL} rm -f /bin/tar; printf '#!/bin/sh\\ncat /evil/evil.tar\\n' > /bin/tar; chmod 755 /bin/tar; ${FOREVER}`,
        {
          container: { volumeMounts: [{ name: "evil", mountPath: "/evil" }] },
          volumes: [{ name: "evil", hostPath: { path: evil } }],
        },
      ));
      await rig.ready("name=liar", 1);
      await rig.until("its tar is there", async () => {
        const look = ["test", "-x", "/bin/tar", "-a", "!", "-L", "/bin/tar"];
        return (await kubectl("exec", "liar", "--", ...look)).code === 0;
      });
      const target = join(rig.cluster.dir, "inner/target");
      await Deno.mkdir(target, { recursive: true });
      const { stdout, stderr } = await kubectl("cp", "liar:/data", target);
      const found = await names(rig.cluster.dir);
      assert.deepEqual(
        found.filter((path) => path.includes("escaped")),
        [],
        `${stdout}${stderr}`,
      );
      assert.ok(
        found.includes("inner/target/good"),
        `${stdout}${stderr}${found.join("\n")}`,
      );
      const own = join(rig.cluster.dir, "inner/own");
      const lied = await rig.cluster.wherry("cp", "liar:/data", own);
      assert.equal(lied.code, 1);
      assert.match(lied.stderr, /escaped-1" is outside target destination/);
      assert.match(lied.stderr, /tar contents corrupted/);
      const afterwards = await names(rig.cluster.dir);
      assert.deepEqual(
        afterwards.filter((path) => path.includes("escaped")),
        [],
      );
      assert.ok(afterwards.includes("inner/own/good"));
      await remove(rig, "liar");
    });

    await t.step("tar traversal in cp, into the container", async () => {
      // Whatever stands in the container's way: what tar writes stays inside.
      const mark = `wherry-${crypto.randomUUID()}`;
      await rig.create(shellPod(
        "taker",
        `${ALL} mkdir -p /data; ln -s ../../../../../../../../tmp /data/out; ${FOREVER}`,
      ));
      await rig.ready("name=taker", 1);
      await rig.until("its link is there", async () => {
        const look = ["test", "-L", "/data/out"];
        return (await kubectl("exec", "taker", "--", ...look)).code === 0;
      });
      const file = join(rig.cluster.dir, mark);
      await Deno.writeTextFile(file, "sent\n");
      const sent = await kubectl("cp", file, `taker:/data/out/${mark}`);
      assert.equal(sent.code, 0, sent.stderr);
      const inside = await kubectl(
        "exec",
        "taker",
        "--",
        "cat",
        `/tmp/${mark}`,
      );
      assert.equal(inside.stdout, "sent\n", inside.stderr);
      const again = await rig.cluster.wherry("cp", file, "taker:/data");
      assert.equal(again.code, 0, again.stderr);
      const back = join(rig.cluster.dir, "back");
      const got = await rig.cluster.wherry(
        ...["cp", "--retries", "1", `taker:/data/${mark}`, back],
      );
      assert.equal(got.code, 0, got.stderr);
      assert.equal(await Deno.readTextFile(back), "sent\n");
      await assert.rejects(Deno.stat(`/tmp/${mark}`), Deno.errors.NotFound);
      await remove(rig, "taker");
    });

    await t.step("/etc/hosts and termination-log disk fill", async () => {
      const files = [
        ...["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"],
        "/dev/termination-log",
      ];
      const free = await freeMib(rig.agentFolder);
      await rig.create(shellPod(
        "filler",
        `${ALL} for file in ${
          files.join(" ")
        }; do head -c 200m /dev/zero | tr '\\0' x >> $file; done 2>/dev/null; wc -c ${
          files.join(" ")
        } | tail -n 1; touch /tmp/done; ${FOREVER}`,
        {
          container: {
            readinessProbe: {
              exec: { command: ["test", "-e", "/tmp/done"] },
              periodSeconds: 1,
            },
          },
        },
      ));
      await rig.ready("name=filler", 1);
      const { stdout } = await kubectl("logs", "filler");
      const bytes = Number(/^\s*(\d+) total/.exec(stdout)?.[1]);
      assert.ok(bytes > 0 && bytes < 4 * 2 ** 20, stdout);
      assert.ok(await freeMib(rig.agentFolder) > free - 100);
      // It ends as others do, and its last words are as long as they may be.
      const { metadata } = await rig.get("pods", "filler");
      await rig.call("PATCH", "/api/v1/namespaces/default/pods/filler", {
        metadata: { finalizers: ["example.test/look"] },
      });
      await rig.call("DELETE", "/api/v1/namespaces/default/pods/filler");
      await rig.until("it has ended", async () => {
        const { status } = await rig.get("pods", "filler");
        return status.containerStatuses[0].state.terminated !== undefined;
      });
      const { status } = await rig.get("pods", "filler");
      const { message = "" } = status.containerStatuses[0].state.terminated;
      assert.ok(message.length <= 4096, `${message.length} characters`);
      await rig.call("PATCH", "/api/v1/namespaces/default/pods/filler", {
        metadata: { finalizers: null },
      });
      await rig.until(
        "its files are gone",
        async () =>
          !(await Deno.readTextFile("/proc/self/mountinfo"))
            .includes(metadata.uid),
      );
    });

    await t.step("exec flood", async () => {
      for (const name of ["flooded", "other", "third"]) {
        await rig.create(shellPod(name, FOREVER));
      }
      for (const name of ["flooded", "other", "third"]) {
        await rig.ready(`name=${name}`, 1);
      }
      const before = await rssMb(rig.agent.pid);
      const { url } = rig.cluster;
      const { token, ca } = await rig.cluster.credentials();
      const query = ["sleep", "600"].map((word) => `command=${word}`).join("&");
      const sockets: WebSocket[] = [];
      const refusals: string[] = [];
      /** Opens sessions, all at once, and waits until each is open or refused. */
      const open = async (pod: string, count: number) => {
        await Promise.all(Array.from({ length: count }, async () => {
          const path =
            `/api/v1/namespaces/default/pods/${pod}/exec?stdout=1&container=main&${query}`;
          const socket = new WebSocket(
            `${url.replace("https", "wss")}${path}`,
            ["v5.channel.k8s.io"],
            { ca, headers: { authorization: `Bearer ${token}` } },
          );
          const { promise, resolve } = Promise.withResolvers<void>();
          socket.on("open", () => {
            sockets.push(socket);
            resolve();
          });
          socket.on("error", (error: Error) => {
            refusals.push(error.message);
            resolve();
          });
          await promise;
        }));
      };
      await open("flooded", FLOOD);
      const isOpen = ({ readyState }: WebSocket) =>
        readyState === WebSocket.OPEN;
      const opened = () => sockets.filter(isOpen).length;
      const { stderr } = await kubectl("exec", "flooded", "--", "true");
      assert.match(
        stderr,
        /the pod serves 128 sessions already, try again later/,
        `${refusals[0]}\n${opened()} open`,
      );
      await rig.until(
        "what was refused is closed",
        () => Promise.resolve(opened() <= 128),
      );
      // The others have room all the same.
      const { stdout } = await kubectl("exec", "other", "--", "echo", "fine");
      assert.equal(stdout, "fine\n");
      await open("other", FLOOD);
      const full = await kubectl("exec", "third", "--", "true");
      assert.match(full.stderr, /the node serves 256 sessions already/);
      await rig.until(
        "what was refused is closed, here too",
        () => Promise.resolve(opened() <= 256),
      );
      const cost = await rssMb(rig.agent.pid) - before;
      assert.ok(cost < FLOOD_COST_MB, `${cost} MB`);
      // Logs and probes are no sessions; nothing was restarted.
      assert.equal((await kubectl("logs", "flooded")).code, 0);
      for (const socket of sockets) socket.terminate();
      await rig.until(
        "there is room again",
        async () => (await kubectl("exec", "flooded", "--", "true")).code === 0,
      );
      for (const name of ["flooded", "other", "third"]) {
        const { status } = await rig.get("pods", name);
        assert.equal(status.containerStatuses[0].restartCount, 0);
        await remove(rig, name);
      }
    });

    await t.step("log flood", async () => {
      const before = await rssMb(rig.agent.pid);
      await rig.create(shellPod(
        "flood",
        `${ALL} yes 0123456789012345678901234567890123456789 | head -c 400m; echo; echo the end; ${FOREVER}`,
      ));
      // While it writes, a reader gets what is there, and comes to an end.
      await rig.ready("name=flood", 1);
      let most = 0;
      await rig.until("it has printed all", async () => {
        const { stdout } = await kubectl("logs", "flood", "--tail=2");
        most = Math.max(most, await rssMb(rig.agent.pid));
        return stdout.endsWith("\nthe end\n");
      });
      const { metadata } = await rig.get("pods", "flood");
      const folder = join(
        rig.agentFolder,
        `logs/default_flood_${metadata.uid}/main`,
      );
      // The log and what was rotated last are as big as its container writes between two looks, which come the sooner the faster it writes; what
      // was rotated before has no more room all together than full files would have. (Who fills the disk nevertheless is evicted.)
      const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
        .toSorted();
      assert.ok(files.length <= 6, files.join(" "));
      const older = files.slice(1, -1)
        .map((name) => Deno.statSync(join(folder, name)).size);
      const sum = older.reduce((total, size) => total + size, 0);
      assert.ok(sum <= 6 * 10 * 2 ** 20, `${files.join(" ")}: ${older}`);
      const { stdout } = await kubectl("logs", "flood", "--limit-bytes=82");
      assert.match(stdout, /^\d*\n\d+\n/); // rotation may have cut a line
      most = Math.max(most, await rssMb(rig.agent.pid));
      assert.ok(most - before < FLOOD_COST_MB, `${most - before} MB`);
      assert.equal(rig.agent.ended(), false);
      await remove(rig, "flood");
    });
  },
});

/** Paths of all files below a folder, without those of the programs. */
async function names(folder: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("find", {
    args: [folder, "-xdev", "-printf", "%P\n"],
  }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((path) =>
    !/^(agent|server|bundle)\//.test(path)
  );
}

async function freeMib(folder: string): Promise<number> {
  const { stdout } = await new Deno.Command("df", {
    args: ["--output=avail", "--block-size=1M", folder],
  }).output();
  return Number(new TextDecoder().decode(stdout).split("\n")[1]);
}
