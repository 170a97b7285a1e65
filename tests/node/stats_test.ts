/** What a node tells of the usage of real containers: kubelet's stats API and its metrics, through the server. */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { type Any, shellPod, wasmPod } from "../e2e/objects.ts";
import { Rig } from "../e2e/rig.ts";

const MIB = 1024 ** 2;

/** Writes 3 MiB beside its image, 2 MiB into a volume, 20 MiB into memory and 1 MB of log, and keeps a processor busy. */
const BUSY = `
busybox dd if=/dev/zero of=/layer bs=1024 count=3072
busybox dd if=/dev/zero of=/scratch/file bs=1024 count=2048
busybox dd if=/dev/zero of=/memory/file bs=1024 count=20480
head -c 1000000 /dev/zero | busybox tr '\\0' x | busybox fold -w 99
echo >/scratch/ready
while :; do :; done
`;

testWith("stats of real containers", {
  needs: ["root", "containerd", "kubectl"],
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const pod = shellPod("busy", BUSY);
    const [container] = pod.spec.containers;
    container.volumeMounts = [
      { name: "scratch", mountPath: "/scratch" },
      { name: "memory", mountPath: "/memory" },
    ];
    container.readinessProbe = {
      exec: { command: ["sh", "-c", "[ -e /scratch/ready ]"] },
      periodSeconds: 1,
    };
    container.resources = {
      limits: { cpu: "400m", memory: "128Mi" },
      requests: { cpu: "100m" },
    };
    pod.spec.volumes = [
      { name: "scratch", emptyDir: {} },
      { name: "memory", emptyDir: { medium: "Memory" } },
    ];
    await rig.create(
      pod,
      shellPod("quiet", "exec sleep 1002"),
      wasmPod("module", [
        "flood",
        "20000",
        "allocate",
        "8",
        "sleep",
        "1003000",
      ]),
    );
    await rig.ready("name=busy", 1);
    await rig.ready("name=quiet", 1);
    await rig.ready("name=module", 1);
    const [node] = (await rig.call("GET", "/api/v1/nodes")).items;
    const proxy = `/api/v1/nodes/${node.metadata.name}/proxy`;

    await t.step("/stats/summary has the machine and its pods", async () => {
      const { node: machine, pods } = await rig.call(
        "GET",
        `${proxy}/stats/summary`,
      );
      assert.equal(machine.nodeName, node.metadata.name);
      assert.ok(machine.cpu.usageNanoCores > 0);
      assert.ok(machine.memory.workingSetBytes < machine.memory.usageBytes);
      assert.ok(machine.memory.availableBytes > 0);
      assert.ok(machine.fs.availableBytes <= machine.fs.capacityBytes);
      assert.ok(machine.rlimit.curproc > 0);
      assert.ok(machine.runtime.imageFs.capacityBytes > 0);
      assert.ok(machine.network.interfaces.length > 0);
      assert.deepEqual(
        pods.map(({ podRef }: Any) => podRef.name).sort(),
        ["busy", "module", "quiet"],
      );
      const module = pods.find(({ podRef }: Any) => podRef.name === "module");
      const [guest] = module.containers;
      assert.ok(guest.memory.workingSetBytes >= 8 * MIB);
      assert.ok(guest.cpu.usageCoreNanoSeconds > 0);
      assert.ok(guest.cpu.usageNanoCores >= 0);
      assert.equal(module.network.name, "eth0");
      const busy = pods.find(({ podRef }: Any) => podRef.name === "busy");
      const [own] = busy.containers;
      assert.equal(own.name, container.name);
      assert.ok(own.cpu.usageCoreNanoSeconds > 0);
      // The limit is 0.4; a window may end in the middle of a period.
      assert.ok(own.cpu.usageNanoCores > 0, own.cpu.usageNanoCores);
      assert.ok(own.cpu.usageNanoCores < 800_000_000, own.cpu.usageNanoCores);
      assert.ok(own.memory.usageBytes >= 20 * MIB, own.memory.usageBytes);
      assert.equal(
        own.memory.availableBytes,
        128 * MIB - own.memory.workingSetBytes,
      );
      assert.ok(own.logs.usedBytes > 1_000_000, own.logs.usedBytes);
      assert.ok(busy.cpu.usageCoreNanoSeconds >= own.cpu.usageCoreNanoSeconds);
      assert.ok(busy.memory.usageBytes >= own.memory.usageBytes);
      assert.equal(busy.network.name, "eth0");
      assert.ok(busy.network.rxBytes >= 0);
      assert.ok(busy.process_stats.process_count >= 1);
      const scratch = busy.volume.find(({ name }: Any) => name === "scratch");
      assert.ok(scratch.usedBytes >= 2 * MIB && scratch.usedBytes < 3 * MIB);
      assert.ok(scratch.inodesUsed >= 2);
      assert.ok(own.rootfs.usedBytes >= 3 * MIB, own.rootfs.usedBytes);
      assert.ok(own.rootfs.usedBytes < 4 * MIB, own.rootfs.usedBytes);
      const { usedBytes } = busy["ephemeral-storage"];
      assert.ok(usedBytes > 6 * MIB && usedBytes < 9 * MIB, usedBytes);
    });

    await t.step("?only_cpu_and_memory=true leaves the rest out", async () => {
      const { node: machine, pods } = await rig.call(
        "GET",
        `${proxy}/stats/summary?only_cpu_and_memory=true`,
      );
      assert.deepEqual([machine.fs, machine.network], [undefined, undefined]);
      assert.equal(pods.length, 3);
      for (const { volume, network, containers } of pods) {
        assert.deepEqual([volume, network], [undefined, undefined]);
        assert.ok(containers[0].memory.workingSetBytes > 0);
        assert.equal(containers[0].rootfs, undefined);
      }
    });

    await t.step(
      "metrics name pods and containers as dashboards ask for them",
      async () => {
        const text = (path: string) => rig.text(proxy + path);
        const resource = await text("/metrics/resource");
        assert.match(
          resource,
          /^container_memory_working_set_bytes\{container="main",namespace="default",pod="busy"\} \d+ \d{13}$/m,
        );
        assert.match(
          resource,
          /^pod_cpu_usage_seconds_total\{namespace="default",pod="quiet"\} \S+ \d{13}$/m,
        );
        assert.match(resource, /^node_cpu_usage_seconds_total \S+ \d{13}$/m);
        const cadvisor = await text("/metrics/cadvisor");
        const labels =
          'container="main",id="\\/kubepods\\/burstable\\/pod[^"]*",image="[^"]+",name="[0-9a-f]{64}",namespace="default",pod="busy"';
        for (
          const name of [
            "container_cpu_cfs_periods_total",
            "container_memory_rss",
            "container_spec_memory_limit_bytes",
            "container_threads",
          ]
        ) {
          assert.match(
            cadvisor,
            new RegExp(`^${name}\\{${labels}\\} [1-9]`, "m"),
          );
        }
        assert.match(
          cadvisor,
          /^container_network_receive_bytes_total\{container="",id="[^"]+",image="",name="[0-9a-f]{64}",namespace="default",pod="quiet",interface="eth0"\} /m,
        );
        const own = await text("/metrics");
        assert.match(own, /^kubelet_running_pods 3$/m);
        assert.match(own, /^process_resident_memory_bytes [1-9]/m);
      },
    );

    await t.step(
      "kubectl top and the metrics API show what is used",
      async () => {
        const kubectl = async (...args: string[]) => {
          const { code, stdout, stderr } = await new Deno.Command("kubectl", {
            args,
            env: { KUBECONFIG: rig.cluster.kubeconfig, HOME: rig.cluster.dir },
          }).output();
          const decoder = new TextDecoder();
          assert.equal(code, 0, decoder.decode(stderr));
          return decoder.decode(stdout).trim().split("\n")
            .map((line) => line.trim().split(/\s+/));
        };
        const [head, ...pods] = await kubectl("top", "pods", "--sort-by=cpu");
        assert.deepEqual(head, ["NAME", "CPU(cores)", "MEMORY(bytes)"]);
        assert.equal(pods[0]![0], "busy");
        assert.deepEqual(pods.map(([name]) => name).sort(), [
          "busy",
          "module",
          "quiet",
        ]);
        assert.match(pods[0]![1]!, /^[1-9]\d*m$/);
        assert.match(pods[0]![2]!, /^\d+Mi$/);
        const [, one] = await kubectl("top", "pod", "busy", "--containers");
        assert.deepEqual(one!.slice(0, 2), ["busy", container.name]);
        const everywhere = await kubectl(
          "top",
          "pods",
          "-A",
          "-l",
          "name=quiet",
        );
        assert.deepEqual(everywhere[1]!.slice(0, 2), ["default", "quiet"]);
        assert.equal(everywhere.length, 2);
        const [, top] = await kubectl("top", "nodes");
        assert.equal(top![0], node.metadata.name);
        assert.match(top!.slice(1).join(" "), /^\d+m \d+% \d+Mi \d+%$/);
        const [columns, row] = await kubectl("get", "podmetrics", "busy");
        assert.deepEqual(columns, ["NAME", "CPU", "MEMORY", "WINDOW"]);
        assert.equal(row![0], "busy");
        const raw = await rig.call(
          "GET",
          `/apis/metrics.k8s.io/v1beta1/nodes/${node.metadata.name}`,
        );
        assert.equal(raw.kind, "NodeMetrics");
        assert.equal(
          raw.metadata.labels["kubernetes.io/hostname"],
          node.metadata.name,
        );
      },
    );
  },
});
