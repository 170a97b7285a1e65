/** Volumes of real containers: what is in them, whose it is, what follows a change, and that nothing stays mounted. */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { BUSYBOX_IMAGE } from "../../tools/make_image.ts";
import { type Any, shellPod } from "../e2e/objects.ts";
import { isReady, Rig } from "../e2e/rig.ts";

const STAY = "trap 'exit 0' TERM; while :; do usleep 100000; done";

/** Volumes of all kinds that files are made for, for a pod that runs as a user and shares a group. */
const FILES = {
  securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000 },
  volumes: [
    { name: "disk", emptyDir: {} },
    { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "4Mi" } },
    { name: "config", configMap: { name: "files" } },
    {
      name: "secret",
      secret: {
        secretName: "files",
        defaultMode: 0o400,
        items: [{ key: "password", path: "deep/pass" }],
      },
    },
    {
      name: "told",
      downwardAPI: {
        items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }],
      },
    },
    {
      name: "token",
      projected: {
        sources: [{ serviceAccountToken: { path: "token", audience: "me" } }],
      },
    },
  ],
  container: {
    volumeMounts: ["disk", "memory", "config", "secret", "told", "token"]
      .map((name) => ({ name, mountPath: `/${name}` }))
      .concat([{ name: "disk", mountPath: "/config/inner" }]),
  },
};

testWith("volumes of containers", {
  needs: ["containerd"],
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    /** What a script in a container prints. */
    const sh = async (pod: string, script: string): Promise<string> => {
      const { stdout, stderr, code } = await rig.cluster.wherry(
        ...["exec", pod, "-c", "main", "--", "sh", "-c", script],
      );
      if (code !== 0) throw new Error(`${pod}: ${stderr}${stdout}`);
      return stdout.trim();
    };
    const start = async (...pods: Any[]) => {
      await rig.create(...pods);
      for (const { metadata: { name } } of pods) {
        await rig.until(
          `${name} is ready`,
          async () => isReady(await rig.get("pods", name)),
        );
      }
    };
    /** Waits for a pod's event whose message says so. */
    const event = async (pod: string, message: RegExp) => {
      await rig.until(
        `${pod} is told ${message}`,
        async () =>
          (await rig.list("events")).some((event) =>
            event.involvedObject.name === pod && message.test(event.message)
          ),
      );
    };
    const remove = async (...names: string[]) => {
      for (const name of names) {
        await rig.call("DELETE", `/api/v1/namespaces/default/pods/${name}`);
      }
      await rig.until(
        `${names} are gone`,
        async () =>
          (await rig.list("pods")).every(({ metadata }) =>
            !names.includes(metadata.name)
          ),
      );
    };

    await t.step(
      "files have their content, mode, owner and group",
      async () => {
        await rig.create(
          {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "files" },
            data: { a: "1", b: "1", extra: "x" },
          },
          {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "files" },
            stringData: { password: "hunter2" },
          },
        );
        await start(shellPod("files", STAY, FILES));
        const stat = (path: string) =>
          sh("files", `busybox stat -L -c '%a %u %g' ${path}`);
        assert.equal(
          await sh("files", "cat /config/a /secret/deep/pass"),
          "1hunter2",
        );
        assert.equal(await sh("files", "cat /told/labels"), 'name="files"');
        assert.equal(await stat("/disk"), "2777 0 2000");
        assert.equal(await stat("/memory"), "2777 0 2000");
        assert.equal(await stat("/config/a"), "644 0 2000");
        assert.equal(await stat("/secret/deep/pass"), "440 0 2000");
        assert.equal(await stat("/token/token"), "640 1000 2000");
        assert.match(
          await sh("files", "grep ' /memory ' /proc/mounts"),
          /^tmpfs .* rw,.*size=4096k/,
        );
        for (const name of ["secret", "told", "token"]) {
          assert.match(
            await sh("files", `grep ' /${name} ' /proc/mounts`),
            /^tmpfs .* ro,/,
          );
        }
        assert.match(
          await sh("files", "touch /config/x 2>&1 || echo $?"),
          /Read-only file system/,
        );
        // Written in one volume, seen where it is mounted inside of another.
        await sh("files", "echo seen >/disk/file; echo kept >/memory/file");
        assert.equal(await sh("files", "cat /config/inner/file"), "seen");
        assert.equal(await stat("/disk/file"), "644 1000 2000");
      },
    );

    await t.step(
      "a change comes to the running pod, all of it at once",
      async () => {
        // Whoever looks through one version sees the keys of one version.
        await sh(
          "files",
          `(while [ ! -e /disk/stop ]; do
          d=$(busybox readlink /config/..data) || continue
          a=$(cat /config/$d/a 2>/dev/null) && b=$(cat /config/$d/b 2>/dev/null) ||
            continue
          [ "$a" = "$b" ] || echo "$a $b" >>/disk/halves
          echo "$a" >/disk/last
        done) >/dev/null 2>&1 </dev/null &`,
        );
        for (const version of ["2", "3", "4"]) {
          await rig.patch("configmaps", "files", {
            data: { a: version, b: version, extra: null },
          });
          await rig.until(
            `version ${version} is seen`,
            async () => await sh("files", "cat /disk/last") === version,
          );
        }
        await sh("files", "touch /disk/stop");
        assert.equal(
          await sh("files", "ls /config; ls /disk"),
          "a\nb\ninner\nfile\nlast\nstop",
        );
      },
    );

    await t.step(
      "an agent that starts again takes the volumes over as they are",
      async () => {
        await sh("files", "mkdir /disk/mine; busybox chmod 700 /disk/mine");
        await rig.agent.stop("SIGKILL");
        await rig.startAgent();
        assert.equal(await sh("files", "cat /memory/file"), "kept");
        await rig.patch("configmaps", "files", { data: { a: "5", b: "5" } });
        await rig.until(
          "the new agent brings a change",
          async () => await sh("files", "cat /config/b") === "5",
        );
        assert.equal(
          await sh("files", "busybox stat -c %a /disk/mine /disk"),
          "700\n2777",
        );
        const [status] =
          (await rig.get("pods", "files")).status.containerStatuses;
        assert.equal(status.restartCount, 0);
      },
    );

    await t.step("volume path traversal", async () => {
      const outside = `${rig.cluster.dir}/outside`;
      await Deno.mkdir(outside);
      await Deno.writeTextFile(`${outside}/secret`, "outside");
      const subPod = (name: string, subPath: Any, link: string) =>
        shellPod(name, STAY, {
          volumes: [{ name: "v", emptyDir: {} }],
          initContainers: [{
            name: "link",
            image: BUSYBOX_IMAGE,
            imagePullPolicy: "Never",
            command: ["sh", "-c", link],
            volumeMounts: [{ name: "v", mountPath: "/v" }],
          }],
          container: {
            env: [{ name: "UP", value: "../.." }],
            volumeMounts: [{ name: "v", mountPath: "/sub", ...subPath }],
          },
        });
      // The API takes no step back that it can see.
      const refused = await rig.call(
        "POST",
        "/api/v1/namespaces/default/pods",
        subPod("up", { subPath: "../x" }, "true"),
      );
      assert.match(refused.message, /must not contain '..'/);
      await rig.create(
        subPod("out", { subPath: "l/secret" }, `busybox ln -s ${outside} /v/l`),
        subPod("root", { subPath: "l" }, "busybox ln -s / /v/l"),
        subPod("new", { subPath: "l/made" }, `busybox ln -s ${outside} /v/l`),
        subPod("vars", { subPathExpr: "$(UP)/x" }, "true"),
        subPod(
          "near",
          { subPath: "l/file" },
          "mkdir /v/d; echo in >/v/d/file; busybox ln -s d /v/l",
        ),
        subPod("none", { subPath: "a/b" }, "busybox chmod 750 /v"),
      );
      for (const name of ["out", "root", "new"]) {
        await event(
          name,
          /^Error: failed to prepare subPath for volumeMount "v" of container "main"$/,
        );
      }
      await event("vars", /^Error: unable to provision SubPath `..\/..\/x`/);
      for (const name of ["near", "none"]) {
        await rig.until(
          `${name} is ready`,
          async () => isReady(await rig.get("pods", name)),
        );
      }
      assert.equal(await sh("near", "cat /sub"), "in");
      assert.equal(await sh("none", "busybox stat -c %a /sub"), "750");
      assert.deepEqual([...Deno.readDirSync(outside)].length, 1);
      await remove("out", "root", "new", "vars", "near", "none");
    });

    await t.step("hostPath types", async () => {
      const base = `${rig.cluster.dir}/host`;
      await Deno.mkdir(`${base}/folder`, { recursive: true });
      await Deno.writeTextFile(`${base}/file`, "of the host");
      await Deno.symlink(`${base}/folder`, `${base}/link`);
      using _socket = Deno.listen({
        transport: "unix",
        path: `${base}/socket`,
      });
      const hostPod = (name: string, path: string, type?: string) =>
        shellPod(name, STAY, {
          volumes: [{ name: "h", hostPath: { path, ...(type && { type }) } }],
          container: { volumeMounts: [{ name: "h", mountPath: "/h" }] },
        });
      const good: [string, string, string?][] = [
        ["h-any", `${base}/any`],
        ["h-dir", `${base}/link`, "Directory"],
        ["h-made", `${base}/made/deep`, "DirectoryOrCreate"],
        ["h-file", `${base}/file`, "File"],
        ["h-touched", `${base}/touched`, "FileOrCreate"],
        ["h-socket", `${base}/socket`, "Socket"],
        ["h-char", "/dev/null", "CharDevice"],
      ];
      const bad: [string, string, string, RegExp][] = [
        ["b-dir", `${base}/file`, "Directory", /is not a directory$/],
        ["b-missing", `${base}/no`, "Directory", /is not a directory$/],
        ["b-create", `${base}/file`, "DirectoryOrCreate", /not a directory$/],
        ["b-file", `${base}/folder`, "File", /is not a file$/],
        ["b-touch", `${base}/folder`, "FileOrCreate", /is not a file$/],
        ["b-socket", `${base}/file`, "Socket", /is not a socket file$/],
        ["b-char", `${base}/file`, "CharDevice", /not a character device$/],
        ["b-block", "/dev/null", "BlockDevice", /is not a block device$/],
      ];
      await rig.create(
        ...bad.map(([name, path, type]) => hostPod(name, path, type)),
      );
      await start(...good.map((one) => hostPod(...one)));
      assert.equal(await sh("h-file", "cat /h"), "of the host");
      assert.equal(await sh("h-made", "busybox stat -c %a /h"), "755");
      for (const [name, , , message] of bad) {
        await event(
          name,
          new RegExp(
            `^MountVolume.SetUp failed for volume "h" : hostPath type check failed: .*${message.source}`,
          ),
        );
      }
      await remove(...good.map(([name]) => name), ...bad.map(([name]) => name));
      assert.equal(await Deno.readTextFile(`${base}/file`), "of the host");
    });

    await t.step("parts of volumes, of an image too", async () => {
      await start(shellPod("parts", STAY, {
        volumes: [
          { name: "config", configMap: { name: "files" } },
          { name: "disk", emptyDir: {} },
          {
            name: "image",
            image: { reference: BUSYBOX_IMAGE, pullPolicy: "Never" },
          },
        ],
        container: {
          env: [{
            name: "POD",
            valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
          }],
          volumeMounts: [
            { name: "config", mountPath: "/etc/a.conf", subPath: "a" },
            { name: "disk", mountPath: "/logs", subPathExpr: "of/$(POD)" },
            { name: "disk", mountPath: "/all" },
            { name: "image", mountPath: "/image" },
            { name: "image", mountPath: "/tools", subPath: "bin" },
          ],
        },
      }));
      assert.equal(await sh("parts", "cat /etc/a.conf"), "5");
      await sh("parts", "echo x >/logs/file");
      assert.equal(await sh("parts", "cat /all/of/parts/file"), "x");
      assert.equal(
        await sh(
          "parts",
          "busybox cmp /bin/busybox /image/bin/busybox && echo same",
        ),
        "same",
      );
      assert.equal(await sh("parts", "/tools/busybox echo runs"), "runs");
      assert.match(
        await sh("parts", "touch /image/x 2>&1 || echo $?"),
        /Read-only file system/,
      );
    });

    await t.step("what cannot be is refused in words", async () => {
      const mounted = (name: string, mount: Any) =>
        shellPod(name, STAY, {
          volumes: [{ name: "v", emptyDir: {} }],
          container: {
            volumeMounts: [{ name: "v", mountPath: "/v", ...mount }],
          },
        });
      await rig.create(
        mounted("rro", { readOnly: true, recursiveReadOnly: "Enabled" }),
        shellPod("huge", STAY, {
          volumes: [{ name: "v", emptyDir: { medium: "HugePages" } }],
        }),
        shellPod("missing", STAY, {
          volumes: [{ name: "v", secret: { secretName: "none" } }],
        }),
      );
      await start(
        mounted("ro", { readOnly: true, recursiveReadOnly: "IfPossible" }),
      );
      await event("rro", /it is not supported by the runtime$/);
      await event("huge", /there is no resource request for huge pages$/);
      await event(
        "missing",
        /^MountVolume.SetUp failed for volume "v" : secret "none" not found$/,
      );
      await remove("rro", "huge", "missing", "ro");
    });

    await t.step("nothing stays mounted, and hosts' files stay", async () => {
      const below = async () =>
        (await Deno.readTextFile("/proc/self/mountinfo")).split("\n")
          .filter((line) => line.includes(`${rig.cluster.dir}/agent/pods/`));
      assert.ok((await below()).length >= 5);
      await remove("files", "parts");
      assert.deepEqual(await below(), []);
      assert.deepEqual(
        [...Deno.readDirSync(`${rig.cluster.dir}/agent/pods`)],
        [],
      );
      assert.deepEqual(
        [...Deno.readDirSync(`${rig.cluster.dir}/agent/memory`)],
        [],
      );
      await rig.endPods();
      assert.ok(
        !(await Deno.readTextFile("/proc/self/mountinfo"))
          .includes(`${rig.cluster.dir}/`),
      );
    });
  },
});
