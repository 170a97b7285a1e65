/** What pods ask for and may have, read in the kernel's control groups. */
import assert from "node:assert/strict";
import { cgroupLayout } from "../../agent/runtime/cgroups/cgroup_layout.ts";
import { mayLowerOomScore } from "../../agent/runtime/containerd/oom_score_right.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { type Any, wasmPod } from "../e2e/objects.ts";
import { processes } from "../e2e/processes.ts";
import { HAS_CONTAINERS, Rig } from "../e2e/rig.ts";
import {
  containerId,
  gone,
  groupFile,
  groupFolders,
  isUnified,
  said,
  shellPod,
} from "./config_pods.ts";

const CPU_SHARES = { v1: "cpu.shares", v2: "cpu.weight" };
const CPU_QUOTA = { v1: "cpu.cfs_quota_us", v2: "cpu.max" };
const MEMORY = { v1: "memory.limit_in_bytes", v2: "memory.max" };
const SWAP = { v1: "memory.memsw.limit_in_bytes", v2: "memory.swap.max" };
const OOM_GROUP = { v1: "memory.oom_control", v2: "memory.oom.group" };
const PIDS = { v1: "pids.max", v2: "pids.max" };

/** Shares as the machine's version has them. */
function shares(value: number): string {
  return String(
    isUnified() ? Math.floor(1 + ((value - 2) * 9999) / 262142) : value,
  );
}

function quota(microseconds: number): string {
  return isUnified() ? `${microseconds} 100000` : String(microseconds);
}

function withResources(name: string, resources: Any, spec: Any = {}): Any {
  return shellPod(name, {
    script: "cat /proc/self/oom_score_adj",
    container: { resources },
    spec,
  });
}

Deno.test({
  name:
    "requests and limits of pods and containers are kept by control groups in kubelet's layout",
  ignore: !HAS_CONTAINERS,
  fn: async (t) => {
    await using rig = await Rig.open({
      images: ["busybox"],
      agentArgs: ["--pod-max-pids", "345"],
    });
    const pods = [
      withResources("guaranteed", {
        limits: { cpu: "500m", memory: "64Mi" },
      }),
      withResources("burstable", {
        requests: { cpu: "250m", memory: "32Mi" },
        limits: { memory: "128Mi" },
      }),
      withResources("besteffort", {}),
      shellPod("shared", {
        container: { resources: { requests: { cpu: "100m" } } },
        spec: { resources: { limits: { cpu: "1", memory: "256Mi" } } },
      }),
    ];
    const [guaranteed, burstable, besteffort] = await said(rig, ...pods);
    const group = async (name: string, quality: string) => {
      const { metadata } = await rig.get("pods", name);
      return `/kubepods${quality}/pod${metadata.uid}`;
    };

    await t.step("a Guaranteed pod", async () => {
      using host = makeRealHost();
      const pod = await group("guaranteed", "");
      const container = `${pod}/${await containerId(rig, "guaranteed")}`;
      for (const path of [pod, container]) {
        assert.equal(groupFile(path, CPU_SHARES), shares(512));
        assert.equal(groupFile(path, CPU_QUOTA), quota(50_000));
        assert.equal(groupFile(path, MEMORY), String(64 * 2 ** 20));
      }
      const { limitsSwap = false } = await cgroupLayout(host) ?? {};
      if (limitsSwap) {
        const none = isUnified() ? "0" : String(64 * 2 ** 20);
        assert.equal(groupFile(container, SWAP), none);
      }
      if (isUnified()) {
        assert.equal(groupFile(container, OOM_GROUP), "1");
      }
      assert.equal(groupFile(pod, PIDS), "345");
      const right = await mayLowerOomScore(host);
      assert.deepEqual(guaranteed, [right ? "-997" : "0"]);
    });

    await t.step("a Burstable pod", async () => {
      const pod = await group("burstable", "/burstable");
      const container = `${pod}/${await containerId(rig, "burstable")}`;
      for (const path of [pod, container]) {
        assert.equal(groupFile(path, CPU_SHARES), shares(256));
        assert.equal(
          groupFile(path, CPU_QUOTA),
          isUnified() ? "max 100000" : "-1",
        );
        assert.equal(groupFile(path, MEMORY), String(128 * 2 ** 20));
      }
      const score = Number(burstable?.[0]);
      assert.ok(score > 2 && score < 1000, String(score));
    });

    await t.step("a BestEffort pod", async () => {
      const pod = await group("besteffort", "/besteffort");
      assert.equal(groupFile(pod, CPU_SHARES), shares(2));
      assert.equal(groupFile("/kubepods/besteffort", CPU_SHARES), shares(2));
      assert.deepEqual(besteffort, ["1000"]);
    });

    await t.step("resources of a pod as a whole", async () => {
      const pod = await group("shared", "/burstable");
      assert.equal(groupFile(pod, CPU_QUOTA), quota(100_000));
      assert.equal(groupFile(pod, MEMORY), String(256 * 2 ** 20));
    });

    await t.step(
      "a container that takes more memory than it may is killed",
      async () => {
        await rig.create(shellPod("hungry", {
          script: "exec tail -c 99999999 /dev/zero",
          container: { resources: { limits: { memory: "16Mi" } } },
          spec: { restartPolicy: "Never" },
        }));
        await rig.until("hungry was killed", async () => {
          const { status } = await rig.get("pods", "hungry");
          const { terminated } = status.containerStatuses?.[0]?.state ?? {};
          return terminated?.reason === "OOMKilled";
        });
      },
    );

    await t.step("a WASM pod's process lies in the same layout", async () => {
      await rig.create(wasmPod("guest", ["sleep", "36000000"], {
        resources: { limits: { memory: "64Mi" } },
      }));
      await rig.until(
        "guest runs",
        async () => (await rig.get("pods", "guest")).status.phase === "Running",
      );
      const pod = await group("guest", "/burstable");
      assert.equal(groupFile(pod, MEMORY), String(64 * 2 ** 20));
      const guests = (await processes()).filter(({ cgroup }) =>
        cgroup.includes(`${pod}/`)
      );
      assert.equal(guests.length, 1);
    });

    await t.step("nothing of them is left", async () => {
      const paths = await Promise.all([
        group("guaranteed", ""),
        group("burstable", "/burstable"),
        group("besteffort", "/besteffort"),
        group("shared", "/burstable"),
        group("hungry", "/burstable"),
        group("guest", "/burstable"),
      ]);
      assert.ok(groupFolders(paths[0]!).length > 0);
      await gone(
        rig,
        ...["guaranteed", "burstable", "besteffort", "shared", "hungry"],
        "guest",
      );
      for (const path of paths) assert.deepEqual(groupFolders(path), []);
    });
  },
});
