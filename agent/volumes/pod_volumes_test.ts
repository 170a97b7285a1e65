import assert from "node:assert/strict";
import type { ConfigMap } from "../../src/api/core/config_map.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Secret } from "../../src/api/core/secret.ts";
import type { Volume } from "../../src/api/core/volume.ts";
import type { VolumeProjection } from "../../src/api/core/volume_projection.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { testWith } from "../../src/testing/needs.ts";
import type { ClaimedVolume } from "./claim_source.ts";
import { Mounts } from "./mounts.ts";
import { PodVolumes, type VolumeContext } from "./pod_volumes.ts";

const CONFIG: ConfigMap = {
  metadata: { name: "cfg", namespace: "default" },
  data: { a: "1", b: "2" },
  binaryData: { raw: btoa("\x00\x01") },
};
const SECRET: Secret = {
  metadata: { name: "key", namespace: "default" },
  data: { password: btoa("hunter2") },
};

function podWith(volumes: Volume[]): Pod {
  return {
    metadata: {
      name: "web",
      namespace: "default",
      uid: "uid-1",
      labels: { app: "web", tier: 'a"b' },
    },
    spec: {
      volumes,
      containers: [{
        name: "app",
        resources: { limits: { cpu: "250m", memory: "64Mi" } },
      }],
    },
  };
}

async function withVolumes(
  run: (bench: {
    volumes: PodVolumes;
    context: (pod: Pod) => VolumeContext;
    objects: { config: ConfigMap | undefined; secret: Secret | undefined };
    folder: string;
  }) => Promise<void>,
): Promise<void> {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  const objects: {
    config: ConfigMap | undefined;
    secret: Secret | undefined;
  } = { config: CONFIG, secret: SECRET };
  try {
    await run({
      volumes: new PodVolumes(host, { dataDir: folder }),
      objects,
      folder,
      context: (pod) => ({
        pod,
        source: {
          configMap: ({ name }) =>
            Promise.resolve(name === "cfg" ? objects.config : undefined),
          secret: ({ name }) =>
            Promise.resolve(name === "key" ? objects.secret : undefined),
        },
        downward: {
          podIPs: ["10.42.0.7"],
          hostIPs: ["192.0.2.1"],
          allocatable: { cpu: "4", memory: "8Gi" },
        },
        memoryBytes: 2 ** 30,
        token: ({ audience, expirationSeconds }) =>
          Promise.resolve(`token for ${audience} ${expirationSeconds}`),
      }),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("mount() makes the files of all kinds with their modes", async () => {
  await withVolumes(async ({ volumes, context }) => {
    const pod = podWith([
      { name: "empty", emptyDir: {} },
      { name: "all", configMap: { name: "cfg" } },
      {
        name: "some",
        secret: {
          secretName: "key",
          defaultMode: 0o400,
          items: [{ key: "password", path: "deep/down/pass" }],
        },
      },
      {
        name: "mixed",
        projected: {
          sources: [
            { configMap: { name: "cfg", items: [{ key: "a", path: "a" }] } },
            { secret: { name: "key" } },
            {
              downwardAPI: {
                items: [
                  {
                    path: "labels",
                    fieldRef: { fieldPath: "metadata.labels" },
                  },
                  {
                    path: "cpu",
                    resourceFieldRef: {
                      containerName: "app",
                      resource: "limits.cpu",
                      divisor: "1m",
                    },
                  },
                ],
              },
            },
            { serviceAccountToken: { path: "token", audience: "me" } },
          ],
        },
      },
    ]);
    await volumes.mount(context(pod));
    const at = (index: number) => volumes.path(pod, pod.spec.volumes![index]!);
    const read = (path: string) => Deno.readTextFile(path);
    assert.equal((await Deno.stat(at(0))).mode! & 0o777, 0o777);
    assert.equal(await read(`${at(1)}/b`), "2");
    assert.equal(await read(`${at(1)}/raw`), "\x00\x01");
    assert.equal((await Deno.stat(`${at(1)}/a`)).mode! & 0o777, 0o644);
    assert.equal(await read(`${at(2)}/deep/down/pass`), "hunter2");
    assert.equal(
      (await Deno.stat(`${at(2)}/deep/down/pass`)).mode! & 0o777,
      0o400,
    );
    assert.equal(await read(`${at(3)}/a`), "1");
    assert.equal(await read(`${at(3)}/password`), "hunter2");
    assert.equal(await read(`${at(3)}/labels`), 'app="web"\ntier="a\\"b"');
    assert.equal(await read(`${at(3)}/cpu`), "250");
    assert.equal(await read(`${at(3)}/token`), "token for me 3600");
  });
});

Deno.test("mount() swaps all files at once when the object changed, and writes nothing when it did not", async () => {
  await withVolumes(async ({ volumes, context, objects }) => {
    const pod = podWith([{ name: "all", configMap: { name: "cfg" } }]);
    await volumes.mount(context(pod));
    const path = volumes.path(pod, pod.spec.volumes![0]!);
    const first = await Deno.readLink(`${path}/..data`);
    await volumes.mount(context(pod));
    assert.equal(await Deno.readLink(`${path}/..data`), first);
    objects.config = {
      metadata: CONFIG.metadata,
      data: { a: "changed", c: "new" },
    };
    await volumes.mount(context(pod));
    assert.notEqual(await Deno.readLink(`${path}/..data`), first);
    assert.equal(await Deno.readTextFile(`${path}/a`), "changed");
    assert.equal(await Deno.readTextFile(`${path}/c`), "new");
    const names = [...Deno.readDirSync(path)].map(({ name }) => name);
    assert.ok(!names.includes("b") && !names.includes("raw"));
    // One version lies there, not all that ever were.
    const versions = names.filter((name) =>
      name.startsWith("..") && name !== "..data"
    );
    assert.equal(versions.length, 1);
    assert.equal(await Deno.readLink(`${path}/a`), "..data/a");
  });
});

Deno.test("mount() throws in kubelet's words when an object or key is missing", async () => {
  await withVolumes(async ({ volumes, context, objects }) => {
    const missing = podWith([{ name: "v", configMap: { name: "no" } }]);
    await assert.rejects(volumes.mount(context(missing)), {
      message:
        'MountVolume.SetUp failed for volume "v" : configmap "no" not found',
    });
    const key = podWith([{
      name: "v",
      configMap: { name: "cfg", items: [{ key: "zzz", path: "x" }] },
    }]);
    await assert.rejects(volumes.mount(context(key)), {
      message:
        'MountVolume.SetUp failed for volume "v" : configmap references non-existent config key: zzz',
    });
    objects.config = undefined;
    await volumes.mount(context(podWith([{
      name: "v",
      configMap: { name: "cfg", optional: true },
    }])));
    await assert.rejects(
      volumes.mount(context(podWith([{
        name: "v",
        nfs: { server: "a", path: "b" },
      }]))),
      /volume source "nfs" is not supported/,
    );
  });
});

Deno.test("mount() checks hostPath by its type and remove() leaves what it points to alone", async () => {
  await withVolumes(async ({ volumes, context, folder }) => {
    const target = `${folder}/host/data`;
    const pod = podWith([{
      name: "h",
      hostPath: { path: target, type: "DirectoryOrCreate" },
    }, { name: "e", emptyDir: {} }]);
    await volumes.mount(context(pod));
    await Deno.writeTextFile(`${target}/file`, "stays");
    assert.equal(volumes.ready("uid-1", "h")?.path, target);
    await volumes.remove("uid-1");
    await assert.rejects(
      volumes.mount(context(podWith([{
        name: "h",
        hostPath: { path: target, type: "File" },
      }]))),
      /hostPath type check failed: \S+ is not a file/,
    );
    await volumes.remove("uid-1");
    assert.deepEqual(await volumes.uids(), []);
    assert.equal(await Deno.readTextFile(`${target}/file`), "stays");
  });
});

Deno.test("mount() ends with the newest objects when two are under way at once", async () => {
  await withVolumes(async ({ volumes, context, objects, folder }) => {
    const pod = podWith([{ name: "cfg", configMap: { name: "cfg" } }]);
    const answer = Promise.withResolvers<void>();
    const slow = context(pod);
    const older = volumes.mount({
      ...slow,
      source: {
        ...slow.source,
        configMap: async () => {
          const asked = objects.config;
          await answer.promise;
          return asked;
        },
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 5)); // it has asked by now
    objects.config = { ...CONFIG, data: { a: "newer" } };
    const newer = volumes.mount(context(pod));
    const early = await Promise.race([
      newer.then(() => true),
      new Promise((resolve) => setTimeout(() => resolve(false), 50)),
    ]);
    answer.resolve();
    await Promise.all([older, newer]);
    const path = `${folder}/pods/uid-1/volumes/kubernetes.io~configmap/cfg/a`;
    assert.equal(await Deno.readTextFile(path), "newer");
    assert.equal(early, false);
  });
});

Deno.test("remove() leaves nothing when a mount is under way", async () => {
  await withVolumes(async ({ volumes, context, folder }) => {
    const pod = podWith([{ name: "cfg", configMap: { name: "cfg" } }]);
    const answer = Promise.withResolvers<undefined>();
    const slow = context(pod);
    const mounting = volumes.mount({
      ...slow,
      source: {
        ...slow.source,
        configMap: async () => {
          await answer.promise;
          return CONFIG;
        },
      },
    });
    await volumes.remove("uid-1");
    answer.resolve(undefined);
    await assert.rejects(mounting, /the pod is gone/);
    await assert.rejects(Deno.stat(`${folder}/pods/uid-1`));
  });
});

Deno.test("mount() takes an optional file away that lay in a folder beside others", async () => {
  await withVolumes(async ({ volumes, context, objects, folder }) => {
    const pod = podWith([{
      name: "cfg",
      configMap: {
        name: "cfg",
        optional: true,
        items: [{ key: "a", path: "d/a" }, { key: "b", path: "d/b" }],
      },
    }]);
    await volumes.mount(context(pod));
    objects.config = { ...CONFIG, data: { a: "1" } };
    await volumes.mount(context(pod));
    const path = `${folder}/pods/uid-1/volumes/kubernetes.io~configmap/cfg/d`;
    const names = [...Deno.readDirSync(path)].map(({ name }) => name);
    assert.deepEqual(names, ["a"]);
  });
});

Deno.test("volume path traversal: mount() writes no item outside of its volume", async () => {
  await withVolumes(async ({ volumes, context, folder }) => {
    const refused: [string, RegExp][] = [
      ["../x", /invalid path: must not contain '..': ..\/x$/],
      ["a/../../x", /invalid path: must not contain '..'/],
      ["/etc/x", /invalid path: must be relative path: \/etc\/x$/],
      ["..data/x", /invalid path: must not start with '..': ..data\/x$/],
      ["..2026/x", /invalid path: must not start with '..'/],
      ["", /invalid path: must not be empty: ""$/],
      ["a".repeat(256), /invalid path: filenames must be less than or equal/],
      ["a/".repeat(2049), /invalid path: must be less than or equal to 4096/],
    ];
    for (const [path, message] of refused) {
      for (const kind of ["configMap", "projected"]) {
        const source = { name: "cfg", items: [{ key: "a", path }] };
        const pod = podWith([
          kind === "configMap"
            ? { name: "v", configMap: source }
            : { name: "v", projected: { sources: [{ configMap: source }] } },
        ]);
        await assert.rejects(volumes.mount(context(pod)), message);
      }
    }
    const there = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(there.filter((name) => !/^(pods|memory)$/.test(name)), []);
    // A clean path to the same place is the same file.
    const pod = podWith([{
      name: "v",
      configMap: { name: "cfg", items: [{ key: "a", path: "./d//a" }] },
    }]);
    await volumes.mount(context(pod));
    const path = volumes.path(pod, pod.spec.volumes![0]!);
    assert.equal(await Deno.readTextFile(`${path}/d/a`), "1");
  });
});

Deno.test("mount() tells all that a projected volume lacks, and what this node cannot project", async () => {
  await withVolumes(async ({ volumes, context }) => {
    const mount = (...sources: VolumeProjection[]) =>
      volumes.mount(context(podWith([{ name: "v", projected: { sources } }])));
    await assert.rejects(
      mount({ configMap: { name: "no" } }, {
        secret: { name: "key", items: [{ key: "x", path: "x" }] },
      }),
      {
        message:
          'MountVolume.SetUp failed for volume "v" : [configmap "no" not found, references non-existent secret key: x]',
      },
    );
    await assert.rejects(
      mount({ clusterTrustBundle: { name: "b", path: "ca.pem" } }),
      /ClusterTrustBundle projection is not supported on this node$/,
    );
  });
});

testWith(
  "mount() gives tokens to who runs the pod, and other files to its group",
  {
    needs: ["root"],
    fn: () =>
      withVolumes(async ({ volumes, context }) => {
        const volume: Volume = {
          name: "v",
          projected: {
            sources: [
              { serviceAccountToken: { path: "token" } },
              { configMap: { name: "cfg" } },
            ],
          },
        };
        const look = async (security: Pod["spec"]["securityContext"]) => {
          const pod = podWith([volume]);
          pod.spec.securityContext = security!;
          await volumes.mount(context(pod));
          const path = volumes.path(pod, volume);
          const found = ["token", "a"].map((name) => {
            const { uid, gid, mode } = Deno.statSync(`${path}/${name}`);
            return [uid, gid, (mode! & 0o777).toString(8)];
          });
          await volumes.remove("uid-1");
          return found;
        };
        assert.deepEqual(await look({}), [[0, 0, "644"], [0, 0, "644"]]);
        assert.deepEqual(await look({ runAsUser: 70 }), [
          [70, 0, "600"],
          [0, 0, "644"],
        ]);
        assert.deepEqual(await look({ fsGroup: 80 }), [
          [0, 80, "640"],
          [0, 80, "644"],
        ]);
      }),
  },
);

Deno.test("mount() leaves room in a read volume for what is mounted inside of it", async () => {
  await withVolumes(async ({ volumes, context, objects }) => {
    const pod = podWith([
      { name: "cfg", configMap: { name: "cfg" } },
      { name: "e", emptyDir: {} },
    ]);
    pod.spec.containers[0]!.volumeMounts = [
      { name: "cfg", mountPath: "/cfg" },
      { name: "e", mountPath: "/cfg/inner/deep" },
    ];
    const path = volumes.path(pod, pod.spec.volumes![0]!);
    await volumes.mount(context(pod));
    const link = () => Deno.readLinkSync(`${path}/..data`);
    const before = link();
    await volumes.mount(context(pod));
    assert.equal(link(), before);
    objects.config = { ...CONFIG, data: { a: "2" } };
    await volumes.mount(context(pod));
    assert.notEqual(link(), before);
    assert.ok(Deno.statSync(`${path}/inner/deep`).isDirectory);
    const names = [...Deno.readDirSync(path)].map(({ name }) => name).sort();
    assert.deepEqual(names.slice(-3), ["a", "inner", "raw"]);
  });
});

Deno.test("mount() shows what a claim got, with the claim's own words when there is nothing", async () => {
  await withVolumes(async ({ volumes, context, folder }) => {
    const pod = podWith([{
      name: "data",
      persistentVolumeClaim: { claimName: "c" },
    }]);
    const claims = (claimed: ClaimedVolume) => ({
      ...context(pod),
      claims: { claimedVolume: () => Promise.resolve(claimed) },
    });
    const disk = `${folder}/disk`;
    const local = { name: "pv-1", readOnly: true, local: { path: disk } };
    await assert.rejects(volumes.mount(claims(local)), {
      message:
        `MountVolume.SetUp failed for volume "pv-1" : path "${disk}" does not exist`,
    });
    await Deno.mkdir(disk);
    await volumes.mount(claims(local));
    assert.deepEqual(volumes.ready("uid-1", "data"), {
      path: disk,
      readOnly: true,
      isOurs: false,
    });
    await volumes.remove("uid-1");
    await assert.rejects(
      volumes.mount(claims({
        name: "pv-2",
        readOnly: false,
        hostPath: { path: disk, type: "File" },
      })),
      /^Error: MountVolume.SetUp failed for volume "pv-2" : hostPath type/,
    );
    await assert.rejects(
      volumes.mount({
        ...context(pod),
        claims: { claimedVolume: () => Promise.reject(new Error("not bound")) },
      }),
      { message: "not bound" },
    );
    await volumes.remove("uid-1");
    assert.ok((await Deno.stat(disk)).isDirectory);
    assert.equal(volumes.ready("uid-1", "data"), undefined);
  });
});

Deno.test("change() does nothing for a pod that is gone, and remove() waits for what is under way", async () => {
  await withVolumes(async ({ volumes, context, folder }) => {
    const pod = podWith([{ name: "e", emptyDir: {} }]);
    await volumes.mount(context(pod));
    const answer = Promise.withResolvers<void>();
    const changing = volumes.change("uid-1", async () => {
      await answer.promise;
      await Deno.mkdir(`${folder}/pods/uid-1/late`);
    });
    const removing = volumes.remove("uid-1");
    answer.resolve();
    await Promise.all([changing, removing]);
    await assert.rejects(Deno.stat(`${folder}/pods/uid-1`));
    await assert.rejects(volumes.change("uid-1", () => Promise.resolve()), {
      message: "the pod is gone",
    });
  });
});

Deno.test("mount() as an ordinary user gives no file away, and refuses what must be mounted", async () => {
  using real = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  const host = { ...real, processes: { ...real.processes, uid: 1000 } };
  // A process that is nobody's: whatever would change an owner fails.
  const disk = new Proxy(real.disk, {
    get: (target, member) =>
      member === "chown" || member === "shareWithGroup"
        ? () => Promise.reject(new Error("not permitted"))
        : Reflect.get(target, member).bind(target),
  });
  try {
    const volumes = new PodVolumes({ ...host, disk }, { dataDir: folder });
    const pod = podWith([
      { name: "e", emptyDir: {} },
      {
        name: "v",
        projected: { sources: [{ serviceAccountToken: { path: "token" } }] },
      },
    ]);
    pod.spec.securityContext = { runAsUser: 7, fsGroup: 8 };
    const context = (pod: Pod): VolumeContext => ({
      pod,
      source: {
        configMap: () => Promise.resolve(undefined),
        secret: () => Promise.resolve(undefined),
      },
      downward: { podIPs: [], hostIPs: [], allocatable: {} },
      token: () => Promise.resolve("token"),
      memoryBytes: 1,
    });
    await volumes.mount(context(pod));
    const path = volumes.ready("uid-1", "v")!.path;
    assert.equal(await Deno.readTextFile(`${path}/token`), "token");
    // Others on the machine cannot come near it.
    assert.equal((await Deno.stat(`${folder}/memory`)).mode! & 0o777, 0o700);
    const memory = { name: "m", emptyDir: { medium: "Memory" } };
    await assert.rejects(
      volumes.mount(context(podWith([memory]))),
      /^Error: MountVolume.SetUp failed for volume "m" : medium "Memory" needs mounts, and this agent runs as an ordinary user$/,
    );
    await volumes.remove("uid-1");
    assert.deepEqual(await volumes.uids(), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("mount() brings the other volumes up to date when one cannot be", async () => {
  await withVolumes(async ({ volumes, context, objects }) => {
    const pod = podWith([
      { name: "gone", secret: { secretName: "key" } },
      { name: "cfg", configMap: { name: "cfg" } },
    ]);
    await volumes.mount(context(pod));
    objects.secret = undefined;
    objects.config = { ...CONFIG, data: { a: "newer" } };
    await assert.rejects(volumes.mount(context(pod)), {
      message:
        'MountVolume.SetUp failed for volume "gone" : secret "key" not found',
    });
    const [gone, cfg] = pod.spec.volumes!.map((volume) =>
      volumes.path(pod, volume)
    );
    assert.equal(await Deno.readTextFile(`${cfg}/a`), "newer");
    assert.equal(await Deno.readTextFile(`${gone}/password`), "hunter2");
  });
});

Deno.test("remove() and release() unmount before they remove, in memory too", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  /** Somebody's data is mounted wherever it is said to be. */
  class BusyMounts extends Mounts {
    override unmountBelow(path: string): Promise<void> {
      return path.includes("/memory/")
        ? Promise.reject(new Error("busy"))
        : Promise.resolve();
    }
  }
  try {
    const data = `${folder}/memory/uid-1/secret/data/file`;
    await host.disk.mkdir(`${folder}/memory/uid-1/secret/data`);
    await host.disk.writeAtomic(data, "dear");
    const mounts = new BusyMounts(host);
    const volumes = new PodVolumes(host, { dataDir: folder, mounts });
    await assert.rejects(volumes.release("uid-1"), /busy/);
    await assert.rejects(volumes.remove("uid-1"), /busy/);
    assert.equal(await host.disk.readText(data), "dear");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
