/** Volumes over restarts, kills and other engines: what is mounted, who sees it, and what becomes of it. */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { BUSYBOX_IMAGE } from "../../tools/make_image.ts";
import { runCommand } from "../support/cluster.ts";
import { type Any, shellPod, wasmPod } from "../e2e/objects.ts";
import { isReady, Rig } from "../e2e/rig.ts";

const STAY = "trap 'exit 0' TERM; while :; do usleep 100000; done";

const MEMORY = { name: "memory", emptyDir: { medium: "Memory" } };

testWith("volumes over restarts and kills", {
  needs: ["containerd", "wasmtime"],
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const { dir } = rig.cluster;
    const sh = async (pod: string, script: string): Promise<string> => {
      const { stdout, stderr, code } = await rig.cluster.wherry(
        ...["exec", pod, "-c", "main", "--", "sh", "-c", script],
      );
      if (code !== 0) throw new Error(`${pod}: ${stderr}${stdout}`);
      return stdout.trim();
    };
    const start = async (...pods: Any[]) => {
      await rig.create(...pods);
      for (const { metadata: { name } } of pods) await ready(name);
    };
    const ready = (name: string) =>
      rig.until(
        `${name} is ready`,
        async () => isReady(await rig.get("pods", name)),
      );
    const gone = (...names: string[]) =>
      rig.until(
        `${names} are gone`,
        async () =>
          (await rig.list("pods")).every(({ metadata }) =>
            !names.includes(metadata.name)
          ),
      );
    const remove = async (name: string) => {
      await rig.call("DELETE", `/api/v1/namespaces/default/pods/${name}`);
    };
    /** What is mounted of pods' volumes and parts of them. */
    const mounted = async () =>
      (await Deno.readTextFile("/proc/self/mountinfo")).split("\n")
        .map((line) => line.split(" ")[4] ?? "")
        .filter((path) => path.startsWith(`${dir}/agent/pods/`))
        .filter((path) => path.includes("/volume"));

    /** What our containerd says. */
    const ctr = async (...words: string[]): Promise<string> => {
      const log = await rig.cluster.log("agent");
      const socket = /socket=(\S+containerd\.sock)/.exec(log)?.[1] ?? "";
      const told = await runCommand("ctr", [
        ...["--address", socket, "--namespace", "k8s.io", ...words],
      ]);
      assert.equal(told.code, 0, told.stderr);
      return told.stdout;
    };

    await t.step("WASM pods get the same volumes", async () => {
      await rig.create({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "key" },
        stringData: { password: "hunter2\n" },
      });
      const words = [
        ...["read", "/key/password", "read", "/one/password"],
        ...["write", "/memory/x", "seen", "read", "/memory/x"],
        ...["write", "/key/password", "changed"],
      ];
      await rig.create(wasmPod("wasm", words, {
        restartPolicy: "Never",
        securityContext: { runAsUser: 1000, fsGroup: 2000 },
        volumes: [
          MEMORY,
          { name: "key", secret: { secretName: "key", defaultMode: 0o400 } },
        ],
        container: {
          volumeMounts: [
            { name: "memory", mountPath: "/memory" },
            { name: "key", mountPath: "/key" },
            {
              name: "key",
              mountPath: "/one/password",
              subPath: "password",
            },
          ],
        },
      }));
      await rig.until(
        "the guest has ended",
        async () => (await rig.get("pods", "wasm")).status.phase === "Failed",
      );
      const { status } = await rig.get("pods", "wasm");
      // Everything but the last: nobody writes into a Secret.
      assert.equal(status.containerStatuses[0].state.terminated.exitCode, 3);
      const { stdout } = await rig.cluster.wherry("logs", "wasm");
      assert.match(stdout, /^hunter2\nhunter2\nseen/);
      await rig.create(wasmPod("files", ["print", "x"], {
        volumes: [{ name: "i", image: { reference: BUSYBOX_IMAGE } }],
        container: { volumeMounts: [{ name: "i", mountPath: "/i" }] },
      }));
      await rig.until(
        "an image is refused",
        async () =>
          (await rig.list("events")).some(({ message }) =>
            message ===
              'Error: Image volumes are not supported by the runtime "wasmtime"'
          ),
      );
      await remove("files");
      await remove("wasm");
      await gone("wasm", "files");
    });

    await t.step(
      "what is unmounted is unmounted for WASM pods too",
      async () => {
        // A guest's own mount table has what was there when it began; where a folder goes, what is mounted on it in other tables goes too.
        await start(shellPod("short", STAY, {
          volumes: [MEMORY],
          container: {
            volumeMounts: [{ name: "memory", mountPath: "/memory" }],
          },
        }));
        const { uid } = (await rig.get("pods", "short")).metadata;
        await start(wasmPod("long", ["sleep", "600000"]));
        assert.ok((await mountedAnywhere(uid)).length > 0);
        await remove("short");
        await gone("short");
        assert.deepEqual(await mountedAnywhere(uid), []);
        await remove("long");
        await gone("long");
      },
    );

    await t.step(
      "mounts go into containers, and out of them, as they are told",
      async () => {
        const shared = `${dir}/shared`;
        await Deno.mkdir(shared);
        // A folder of this machine's that is a shared mount.
        for (
          const args of [["--bind", shared, shared], ["--make-shared", shared]]
        ) assert.equal((await runCommand("mount", args)).code, 0);
        const pod = (name: string, mountPropagation: string, more: Any = {}) =>
          shellPod(name, STAY, {
            volumes: [{ name: "v", hostPath: { path: shared } }],
            container: {
              volumeMounts: [{ name: "v", mountPath: "/v", mountPropagation }],
              ...more,
            },
          });
        await start(
          pod("none", "None"),
          pod("in", "HostToContainer"),
          pod("both", "Bidirectional", {
            securityContext: { privileged: true },
          }),
        );
        await sh(
          "both",
          "mkdir /v/m && busybox mount -t tmpfs x /v/m && touch /v/m/deep",
        );
        const seen = (pod: string) => sh(pod, "ls /v/m");
        assert.deepEqual(
          [await seen("none"), await seen("in"), await seen("both")],
          ["", "deep", "deep"],
        );
        assert.ok((await Deno.stat(`${shared}/m/deep`)).isFile);
        for (const name of ["none", "in", "both"]) await remove(name);
        await gone("none", "in", "both");
        assert.equal((await runCommand("umount", ["-R", shared])).code, 0);
      },
    );

    await t.step(
      "an agent that was killed finds parts that are bound, and binds what has changed",
      async () => {
        await rig.create({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "cfg" },
          data: { a: "1" },
        });
        await start(shellPod("bound", STAY, {
          volumes: [
            { name: "cfg", configMap: { name: "cfg" } },
            { name: "disk", emptyDir: {} },
            MEMORY,
            {
              name: "image",
              image: { reference: BUSYBOX_IMAGE, pullPolicy: "Never" },
            },
          ],
          container: {
            volumeMounts: [
              { name: "cfg", mountPath: "/a", subPath: "a" },
              { name: "disk", mountPath: "/part", subPath: "x/y" },
              { name: "memory", mountPath: "/memory", subPath: "m" },
              { name: "image", mountPath: "/image", subPath: "bin/busybox" },
            ],
          },
        }));
        const before = await mounted();
        assert.equal(before.length, 6, before.join("\n"));
        await sh("bound", "echo kept >/part/file; echo kept >/memory/file");
        await rig.agent.stop("SIGKILL");
        await rig.patch("configmaps", "cfg", { data: { a: "2" } });
        await rig.startAgent();
        assert.deepEqual(await mounted(), before);
        // Its files stay, whoever collects what nobody needs.
        const [image = ""] = before.filter((path) =>
          path.endsWith("~image/image")
        );
        assert.match(await ctr("snapshots", "info", image), /gc\.root/);
        assert.doesNotMatch(await ctr("leases", "ls"), /agent\/pods/);
        assert.equal(await sh("bound", "cat /a"), "1"); // as in Kubernetes: a part does not follow
        await rig.until("the new agent has the change", async () => {
          const { stdout } = await runCommand("sh", [
            "-c",
            `cat ${dir}/agent/pods/*/volumes/kubernetes.io~configmap/cfg/a`,
          ]);
          return stdout === "2";
        });
        // The container's next run gets it.
        await sh("bound", "kill 1");
        await rig.until(
          "the container runs again",
          async () =>
            (await rig.get("pods", "bound")).status.containerStatuses[0]
                .restartCount === 1 &&
            isReady(await rig.get("pods", "bound")),
        );
        assert.equal(
          await sh("bound", "cat /a /part/file /memory/file"),
          "2kept\nkept",
        );
        assert.deepEqual((await mounted()).sort(), before.sort());
      },
    );

    await t.step(
      "a volume that is busy on the machine keeps no pod",
      async () => {
        const [busy = ""] = (await mounted()).filter((path) =>
          path.endsWith("/memory")
        );
        const holder = new Deno.Command("sleep", { args: ["1000"], cwd: busy })
          .spawn();
        try {
          // What is removed while the agent is away is removed by the next.
          await rig.agent.stop("SIGKILL");
          await rig.call(
            "DELETE",
            "/api/v1/namespaces/default/pods/bound?gracePeriodSeconds=0",
          );
          await gone("bound");
          await rig.startAgent();
          await rig.until(
            "nothing is mounted",
            async () => (await mounted()).length === 0,
          );
          await rig.until(
            "no folder is left",
            () =>
              Promise.resolve(
                [...Deno.readDirSync(`${dir}/agent/pods`)].length === 0,
              ),
          );
          assert.doesNotMatch(await ctr("snapshots", "ls"), /agent\/pods/);
        } finally {
          holder.kill("SIGKILL");
          await holder.status;
        }
      },
    );

    await t.step(
      "pods that were stopped with the agent get their volumes again",
      async () => {
        await start(shellPod("again", STAY, {
          volumes: [
            MEMORY,
            { name: "disk", emptyDir: {} },
            { name: "key", secret: { secretName: "key" } },
          ],
          container: {
            volumeMounts: ["memory", "disk", "key"].map((name) => ({
              name,
              mountPath: `/${name}`,
            })),
          },
        }));
        await sh("again", "touch /memory/file /disk/file");
        await rig.agent.stop();
        await rig.startAgent({ args: ["--stop-pods-on-exit"] });
        await rig.agent.stop();
        assert.deepEqual(await mounted(), []);
        await rig.startAgent();
        await rig.until("the pod runs again", async () => {
          const { stdout } = await rig.cluster.wherry(
            ...[
              "exec",
              "again",
              "--",
              "sh",
              "-c",
              "ls /memory /disk; cat /key/*",
            ],
          );
          return stdout === "/disk:\nfile\n\n/memory:\nhunter2\n";
        });
        await remove("again");
        await gone("again");
        assert.deepEqual(await mounted(), []);
      },
    );
  },
});

/** Mounts of a pod in all mount tables of this machine. */
async function mountedAnywhere(uid: string): Promise<string[]> {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^[0-9]+$/.test(name)) continue;
    const table = await Deno.readTextFile(`/proc/${name}/mountinfo`)
      .catch(() => "");
    found.push(...table.split("\n").filter((line) => line.includes(uid)));
  }
  return found;
}
