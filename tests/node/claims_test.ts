/** Claims of real containers: a volume is made where the pod goes, outlives pods and power, and goes with its claim. */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { killAll, nodeProcesses } from "../e2e/processes.ts";
import { type Any, shellPod, wasmPod } from "../e2e/objects.ts";
import { isReady, Rig } from "../e2e/rig.ts";

const STAY = "trap 'exit 0' TERM; while :; do usleep 100000; done";
const VOLUMES = "/api/v1/persistentvolumes";

/** A claim; without a class it gets the default one. */
function claim(name: string, spec: Any = {}): Any {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      ...spec,
    },
  };
}

/** A pod that mounts a claim at /data. */
function user(
  name: string,
  claimName: string,
  { script = STAY, mount = {}, source = {}, ...spec }: Any = {},
): Any {
  return shellPod(name, script, {
    ...spec,
    volumes: [{
      name: "data",
      persistentVolumeClaim: { claimName, ...source },
    }],
    container: {
      volumeMounts: [{ name: "data", mountPath: "/data", ...mount }],
    },
  });
}

/** Makes or removes a device that shows a file. @throws {Error} when the machine has none */
function loop(...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command("losetup", { args })
    .outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

function hasLoopDevices(): boolean {
  try {
    loop("-f");
    return true;
  } catch {
    return false;
  }
}

testWith("claims of containers", {
  needs: ["containerd", "wasmtime"],
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const storage = `${rig.cluster.dir}/agent/storage`;
    const sh = async (pod: string, script: string): Promise<string> => {
      const { stdout, stderr, code } = await rig.cluster.wherry(
        ...["exec", pod, "--", "sh", "-c", script],
      );
      if (code !== 0) throw new Error(`${pod}: ${stderr}${stdout}`);
      return stdout.trim();
    };
    const ready = (name: string) =>
      rig.until(
        `${name} is ready`,
        async () => isReady(await rig.get("pods", name)),
      );
    const remove = async (plural: string, name: string) => {
      await rig.call("DELETE", `/api/v1/namespaces/default/${plural}/${name}`);
    };
    const gone = (plural: string, name: string) =>
      rig.until(
        `${plural}/${name} is gone`,
        async () => (await rig.get(plural, name)).code === 404,
      );
    const phase = async (name: string) =>
      (await rig.get("persistentvolumeclaims", name)).status?.phase;
    const told = (name: string, message: RegExp) =>
      rig.until(
        `${name} is told ${message}`,
        async () =>
          (await rig.list("events")).some((event) =>
            event.involvedObject.name === name && message.test(event.message)
          ),
      );
    const volumeOf = async (name: string): Promise<Any> => {
      const { spec } = await rig.get("persistentvolumeclaims", name);
      return await rig.call("GET", `${VOLUMES}/${spec.volumeName}`);
    };
    let folder = "";

    await t.step("a claim waits for its first pod", async () => {
      const { stdout } = await rig.cluster.wherry("get", "storageclasses");
      assert.match(
        stdout,
        /local-path \(default\)\s+wherry\.dev\/local-path\s+Delete\s+WaitForFirstConsumer\s+false/,
      );
      await rig.create(claim("data"));
      await told("data", /^waiting for first consumer to be created/);
      const { spec, status } = await rig.get("persistentvolumeclaims", "data");
      assert.equal(spec.storageClassName, "local-path");
      assert.equal(status.phase, "Pending");
    });

    await t.step(
      "its volume is made on the pod's node, for every user",
      async () => {
        await rig.create(user("writer", "data", {
          securityContext: { runAsUser: 1000 },
        }));
        await rig.until(
          "the claim is bound",
          async () => await phase("data") === "Bound",
        );
        await ready("writer");
        await sh("writer", "echo kept >/data/file; sync");
        const { metadata, spec, status } = await volumeOf("data");
        const { uid } = (await rig.get("persistentvolumeclaims", "data"))
          .metadata;
        const { nodeName } = (await rig.get("pods", "writer")).spec;
        folder = `${storage}/pvc-${uid}_default_data`;
        assert.equal(metadata.name, `pvc-${uid}`);
        assert.deepEqual(spec.hostPath, {
          path: folder,
          type: "DirectoryOrCreate",
        });
        assert.deepEqual(
          spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions,
          [{
            key: "kubernetes.io/hostname",
            operator: "In",
            values: [nodeName],
          }],
        );
        assert.equal(status.phase, "Bound");
        assert.equal((await Deno.stat(folder)).mode! & 0o7777, 0o777);
        const { stdout } = await rig.cluster.wherry("get", "pv,pvc");
        assert.match(
          stdout,
          /1Gi\s+RWO\s+Delete\s+Bound\s+default\/data\s+local-path/,
        );
        assert.match(stdout, /data\s+Bound\s+pvc-\S+\s+1Gi\s+RWO\s+local-path/);
      },
    );

    await t.step("the next pod finds what the last one wrote", async () => {
      await remove("pods", "writer");
      await gone("pods", "writer");
      await rig.create(
        user("reader", "data", { source: { readOnly: true } }),
        user("part", "data", { mount: { subPath: "inner" } }),
      );
      await ready("reader");
      await ready("part");
      assert.equal(await sh("reader", "cat /data/file"), "kept");
      assert.match(
        await sh("reader", "touch /data/x 2>&1 || true"),
        /Read-only file system/,
      );
      await sh("part", "echo part >/data/file");
      assert.equal(await sh("reader", "cat /data/inner/file"), "part");
    });

    await t.step("an agent that is killed keeps it", async () => {
      const before = await rig.get("pods", "reader");
      await rig.agent.stop("SIGKILL");
      await rig.startAgent();
      await rig.until(
        "the node answers",
        () => sh("reader", "true").then(() => true, () => false),
      );
      assert.equal(await sh("reader", "cat /data/file"), "kept");
      const after = await rig.get("pods", "reader");
      assert.deepEqual(
        after.status.containerStatuses[0].containerID,
        before.status.containerStatuses[0].containerID,
      );
    });

    await t.step(
      "a power cut, and no server: the pods have it again",
      async () => {
        const { uid } = (await rig.get("pods", "part")).metadata;
        const uids = (await rig.list("pods")).map(({ metadata }) =>
          metadata.uid
        );
        assert.equal(await rig.server.stop(), 0);
        await rig.agent.stop("SIGKILL");
        await killAll(
          await nodeProcesses({ dir: rig.cluster.dir, uids, except: [] }),
        );
        await rig.startAgent({ wait: false });
        let seen = ""; // the server cannot be asked
        await rig.cluster.until("the pod runs again", async () => {
          const state = await rig.agentState();
          if (state) seen = JSON.stringify(state.pods);
          return await Deno.stat(
            `${rig.cluster.dir}/agent/logs/default_part_${uid}/main/1.log`,
          ).then(() => true, () => false);
        }).catch((error) => {
          throw new Error(`${seen}\n${error.message}`);
        });
        await rig.startServer();
        await rig.until("statuses are new", async () => {
          const { status } = await rig.get("pods", "part");
          return status.containerStatuses[0].restartCount === 1 &&
            status.containerStatuses[0].ready;
        });
        assert.equal(await sh("part", "cat /data/file"), "part");
        await ready("reader");
        assert.equal(await sh("reader", "cat /data/file"), "kept");
      },
    );

    await t.step(
      "a claim that is deleted stays while pods use it, then its volume goes with its folder",
      async () => {
        await remove("persistentvolumeclaims", "data");
        const { metadata } = await rig.get("persistentvolumeclaims", "data");
        assert.ok(metadata.deletionTimestamp);
        assert.equal(
          await Deno.readTextFile(`${folder}/inner/file`),
          "part\n",
        );
        await remove("pods", "reader");
        await remove("pods", "part");
        await gone("persistentvolumeclaims", "data");
        await rig.until(
          "there is no volume",
          async () => (await rig.call("GET", VOLUMES)).items.length === 0,
        );
        await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
      },
    );

    await t.step("a volume waits for a node that is away", async () => {
      await rig.create(
        claim("away"),
        user("short", "away", {
          script: "echo here >/data/file",
          restartPolicy: "Never",
        }),
      );
      await rig.until(
        "the pod is done",
        async () =>
          (await rig.get("pods", "short")).status?.phase === "Succeeded",
      );
      const { metadata, spec } = await volumeOf("away");
      await remove("pods", "short");
      await gone("pods", "short");
      await rig.agent.stop();
      await remove("persistentvolumeclaims", "away");
      await rig.until(
        "the volume is released",
        async () =>
          (await rig.call("GET", `${VOLUMES}/${metadata.name}`)).status
            ?.phase === "Released",
      );
      assert.equal(
        await Deno.readTextFile(`${spec.hostPath.path}/file`),
        "here\n",
      );
      await rig.startAgent();
      await rig.until(
        "the volume is gone",
        async () =>
          (await rig.call("GET", `${VOLUMES}/${metadata.name}`)).code === 404,
      );
      await assert.rejects(Deno.stat(spec.hostPath.path), Deno.errors.NotFound);
    });

    await t.step("local volumes must be there", async () => {
      const path = `${rig.cluster.dir}/disk`;
      await rig.call("POST", VOLUMES, {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: "disk" },
        spec: {
          capacity: { storage: "2Gi" },
          accessModes: ["ReadWriteOnce"],
          local: { path },
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [{
                matchExpressions: [{
                  key: "kubernetes.io/hostname",
                  operator: "Exists",
                }],
              }],
            },
          },
        },
      });
      await rig.create(
        claim("static", { storageClassName: "" }),
        user("local", "static"),
      );
      await told(
        "local",
        /^MountVolume\.NewMounter initialization failed for volume "disk" : path ".*\/disk" does not exist$/,
      );
      await Deno.mkdir(path);
      await ready("local");
      await sh("local", "echo static >/data/file");
      assert.equal(await Deno.readTextFile(`${path}/file`), "static\n");
      await remove("pods", "local");
      await remove("persistentvolumeclaims", "static");
      await rig.until(
        "the volume is released",
        async () =>
          (await rig.call("GET", `${VOLUMES}/disk`)).status.phase ===
            "Released",
      );
      assert.equal(await Deno.readTextFile(`${path}/file`), "static\n");
      await rig.call("DELETE", `${VOLUMES}/disk`);
    });

    await t.step({
      name: "a volume that is a device",
      ignore: !hasLoopDevices(),
      fn: async () => {
        const image = `${rig.cluster.dir}/disk.img`;
        await Deno.writeFile(image, new Uint8Array(1 << 20));
        const device = loop("-f", "--show", image);
        try {
          await rig.call("POST", VOLUMES, {
            apiVersion: "v1",
            kind: "PersistentVolume",
            metadata: { name: "raw" },
            spec: {
              capacity: { storage: "1Mi" },
              accessModes: ["ReadWriteOnce"],
              volumeMode: "Block",
              hostPath: { path: device },
            },
          });
          await rig.create(
            claim("raw", {
              storageClassName: "",
              volumeMode: "Block",
              resources: { requests: { storage: "1Mi" } },
            }),
            shellPod("raw", STAY, {
              volumes: [{
                name: "raw",
                persistentVolumeClaim: { claimName: "raw" },
              }],
              container: {
                volumeDevices: [{ name: "raw", devicePath: "/dev/disk" }],
              },
            }),
          );
          await ready("raw");
          await sh("raw", "echo on the disk >/dev/disk; sync");
          await remove("pods", "raw");
          await gone("pods", "raw");
        } finally {
          loop("-d", device);
        }
        assert.match(await Deno.readTextFile(image), /^on the disk\n/);
        await remove("persistentvolumeclaims", "raw");
        await gone("persistentvolumeclaims", "raw");
        await rig.call("DELETE", `${VOLUMES}/raw`);
      },
    });

    await t.step("a volume of the pod's own goes with the pod", async () => {
      await rig.create(shellPod("own", STAY, {
        volumes: [{
          name: "scratch",
          ephemeral: {
            volumeClaimTemplate: {
              metadata: { labels: { of: "own" } },
              spec: claim("").spec,
            },
          },
        }],
        container: {
          volumeMounts: [{ name: "scratch", mountPath: "/data" }],
        },
      }));
      await ready("own");
      await sh("own", "echo own >/data/file");
      const { metadata } = await rig.get(
        "persistentvolumeclaims",
        "own-scratch",
      );
      assert.deepEqual(metadata.labels, { of: "own" });
      assert.equal(metadata.ownerReferences[0].name, "own");
      await remove("pods", "own");
      await gone("persistentvolumeclaims", "own-scratch");
      await rig.until(
        "there is no volume",
        async () => (await rig.call("GET", VOLUMES)).items.length === 0,
      );
      assert.deepEqual([...Deno.readDirSync(storage)], []);
    });

    await t.step("a claim grows where its class lets it", async () => {
      const classes = "/apis/storage.k8s.io/v1/storageclasses";
      const { metadata, ...rest } = await rig.call(
        "GET",
        `${classes}/local-path`,
      );
      await rig.call("POST", classes, {
        ...rest,
        metadata: { name: "growing" },
        allowVolumeExpansion: true,
      });
      assert.equal(metadata.name, "local-path");
      await rig.create(
        claim("small", { storageClassName: "growing" }),
        user("small", "small"),
        wasmPod("module", ["read", "/data/file", "sleep", "36000000"], {
          volumes: [{
            name: "data",
            persistentVolumeClaim: { claimName: "small" },
          }],
          container: { volumeMounts: [{ name: "data", mountPath: "/data" }] },
        }),
      );
      await ready("small");
      await rig.patch("persistentvolumeclaims", "small", {
        spec: { resources: { requests: { storage: "3Gi" } } },
      });
      await rig.until(
        "the claim has grown",
        async () =>
          (await rig.get("persistentvolumeclaims", "small")).status.capacity
            .storage === "3Gi",
      );
      assert.equal((await volumeOf("small")).spec.capacity.storage, "3Gi");
    });

    await t.step("a WASM pod has the same files", async () => {
      await sh("small", "echo shared >/data/file");
      await rig.until("the module has read it", async () => {
        const { stdout } = await rig.cluster.wherry("logs", "module");
        return stdout.includes("shared");
      });
      for (const name of ["small", "module"]) await remove("pods", name);
      await remove("persistentvolumeclaims", "small");
      await gone("persistentvolumeclaims", "small");
    });

    await t.step("a pod says what its claim lacks", async () => {
      await rig.create(user("none", "missing"));
      await told(
        "none",
        /^0\/1 nodes are available: persistentvolumeclaim "missing" not found\. preemption: 0\/1 nodes are available: 1 Preemption is not helpful for scheduling\.$/,
      );
      await rig.create(claim("missing", { accessModes: ["ReadWriteMany"] }));
      await told("missing", /NodePath only supports ReadWriteOnce/);
      assert.equal(await phase("missing"), "Pending");
      await remove("pods", "none");
      await remove("persistentvolumeclaims", "missing");
      await gone("persistentvolumeclaims", "missing");
    });
  },
});
