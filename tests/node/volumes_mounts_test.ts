/** What the agent mounts for volumes, without any container: media, sizes, groups, the next agent, a restart of the machine, the end. */
import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Volume } from "../../src/api/core/volume.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { testWith } from "../../src/testing/needs.ts";
import { Mounts } from "../../agent/volumes/mounts.ts";
import {
  PodVolumes,
  type VolumeContext,
} from "../../agent/volumes/pod_volumes.ts";

const VOLUMES: Volume[] = [
  { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "8Mi" } },
  { name: "huge", emptyDir: { medium: "HugePages-2Mi" } },
  { name: "key", secret: { secretName: "key" } },
];

const POD: Pod = {
  metadata: { name: "p", namespace: "default", uid: "uid-1" },
  spec: {
    securityContext: { fsGroup: 2000 },
    containers: [{
      name: "app",
      image: "x",
      resources: { requests: { "hugepages-2Mi": "2Mi" } },
    }],
    volumes: VOLUMES,
  },
};

const CONTEXT: VolumeContext = {
  pod: POD,
  source: {
    configMap: () => Promise.resolve(undefined),
    secret: () =>
      Promise.resolve({
        metadata: { name: "key", namespace: "default" },
        data: { password: btoa("hunter2") },
      }),
  },
  downward: { podIPs: [], hostIPs: [], allocatable: {} },
  token: () => Promise.resolve(""),
  memoryBytes: 64 * 1024 * 1024,
};

testWith("volumes are mounted, taken over, made again and unmounted", {
  needs: ["root"],
  fn: async () => {
    using host = makeRealHost({ writeLog: () => {} });
    // A kernel may have been built without huge pages.
    const hasPages = (await Deno.readTextFile("/proc/filesystems"))
      .includes("hugetlbfs");
    const volumes = VOLUMES.filter(({ name }) => hasPages || name !== "huge");
    const context = {
      ...CONTEXT,
      pod: { ...POD, spec: { ...POD.spec, volumes } },
    };
    // The agent may have been given its folder by a link.
    const real = await Deno.makeTempDir({ prefix: "wherry-volumes-" });
    const dataDir = `${real}/link`;
    await Deno.mkdir(`${real}/data folder`);
    await Deno.symlink(`${real}/data folder`, dataDir);
    const mounts = new Mounts(host);
    const agent = () => new PodVolumes(host, { dataDir, mounts });
    const [memory, huge, key] = VOLUMES.map((volume) =>
      agent().path(POD, volume)
    ) as [string, string, string];
    try {
      await agent().mount(context);
      const tmpfs = await mounts.at(memory);
      assert.equal(tmpfs?.type, "tmpfs");
      assert.ok(tmpfs?.options.includes("size=8192k"));
      if (hasPages) {
        const pages = await mounts.at(huge);
        assert.equal(pages?.type, "hugetlbfs");
        assert.ok(pages?.options.includes("pagesize=2M"));
      }
      for (const path of hasPages ? [memory, huge] : [memory]) {
        const { gid, mode } = await Deno.stat(path);
        assert.deepEqual([gid, mode! & 0o7777], [2000, 0o2777]);
      }
      assert.equal((await mounts.at(`${dataDir}/memory`))?.type, "tmpfs");
      assert.equal(await Deno.readTextFile(`${key}/password`), "hunter2");

      // The next agent finds all of it.
      await Deno.writeTextFile(`${memory}/file`, "kept");
      await agent().mount(context);
      assert.equal(await Deno.readTextFile(`${memory}/file`), "kept");
      assert.equal((await mounts.below(dataDir)).length, volumes.length);

      // After a restart of the machine nothing is mounted, and memory is empty.
      for (const { path } of (await mounts.below(dataDir)).reverse()) {
        await host.processes.run("umount", { args: [path] });
      }
      assert.deepEqual(await mounts.below(dataDir), []);
      const next = agent();
      await next.mount(context);
      assert.deepEqual([...Deno.readDirSync(memory)], []);
      assert.equal(await Deno.readTextFile(`${key}/password`), "hunter2");
      assert.deepEqual(await next.uids(), ["uid-1"]);

      await next.remove("uid-1");
      assert.equal((await mounts.below(`${dataDir}/pods`)).length, 0);
      assert.deepEqual(await next.uids(), []);
      await next.unmountAll();
      assert.deepEqual(await mounts.below(dataDir), []);
    } finally {
      await mounts.unmountBelow(real);
      await Deno.remove(real, { recursive: true });
    }
  },
});
