/** What the texts say of the same node. */
import assert from "node:assert/strict";
import { statsNode } from "../testing/stats_node.ts";
import { agentMetrics } from "./agent_metrics.ts";
import { containerMetrics } from "./container_metrics.ts";
import { resourceMetrics } from "./resource_metrics.ts";
import { usageTable } from "./usage_table.ts";

const AT = Date.UTC(2026, 0, 1);

/** Whether a text of Prometheus' format: every line described before, no series twice. */
function checkFormat(text: string): void {
  const described = new Set<string>();
  const seen = new Set<string>();
  for (const line of text.trimEnd().split("\n")) {
    const [, name] = /^# TYPE (\S+) (?:counter|gauge|histogram)$/.exec(line) ??
      [];
    if (name) described.add(name);
    if (line.startsWith("#")) continue;
    const series =
      /^([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*\})?) \S+(?: \d+)?$/
        .exec(line)?.[1];
    assert.ok(series, line);
    assert.ok(described.has(series.replace(/\{.*/, "")), line);
    assert.ok(!seen.has(series), `twice: ${series}`);
    seen.add(series);
  }
}

Deno.test("resourceMetrics() tells processor and memory of node, pods and containers with their time", async () => {
  const { stats } = statsNode();
  const text = resourceMetrics(
    await stats.look({ detail: false, rates: false }),
  );
  checkFormat(text);
  const lines = text.split("\n");
  for (
    const line of [
      `node_cpu_usage_seconds_total 9 ${AT}`,
      `node_memory_working_set_bytes 512000 ${AT}`,
      `pod_cpu_usage_seconds_total{namespace="default",pod="web"} 3 ${AT}`,
      `container_cpu_usage_seconds_total{container="app",namespace="default",pod="web"} 2 ${AT}`,
      `container_memory_working_set_bytes{container="app",namespace="default",pod="guest"} 4096 ${AT}`,
      `container_start_time_seconds{container="app",namespace="default",pod="web"} 2`,
      "scrape_error 0",
    ]
  ) assert.ok(lines.includes(line), `${line}\n${text}`);
});

Deno.test("containerMetrics() has cAdvisor's series and labels", async () => {
  const { stats } = statsNode();
  const look = await stats.look({ detail: true, rates: false });
  const text = containerMetrics(look, {
    machine: {
      cpus: 4,
      memoryBytes: 1000,
      machineId: "m",
      systemUuid: "s",
      bootId: "b",
    },
    root: await stats.root(look),
    rootInterfaces: [],
    devices: new Map([["8:0", "/dev/sda"]]),
  });
  checkFormat(text);
  const own =
    'container="app",id="/kubepods/podu1/c1",image="example/a:1",name="c1",namespace="default",pod="web"';
  const lines = text.split("\n");
  for (
    const line of [
      `container_cpu_usage_seconds_total{${own},cpu="total"} 2 ${AT}`,
      `container_memory_working_set_bytes{${own}} 4000 ${AT}`,
      `container_spec_memory_limit_bytes{${own}} 10000`,
      `container_memory_usage_bytes{container="",id="/kubepods/podu1",image="",name="",namespace="default",pod="web"} 5000 ${AT}`,
      `container_network_receive_bytes_total{container="",id="/kubepods/podu1/s-u1",image="",name="s-u1",namespace="default",pod="web",interface="eth0"} 100 ${AT}`,
      `container_memory_working_set_bytes{container="",id="/",image="",name="",namespace="",pod=""} 512000 ${AT}`,
      `container_fs_writes_bytes_total{${own},device="/dev/sda"} 4096 ${AT}`,
      `container_fs_reads_total{${own},device="8:16"} 2 ${AT}`,
      'machine_cpu_cores{boot_id="b",machine_id="m",system_uuid="s"} 4',
    ]
  ) assert.ok(lines.includes(line), `${line}\n${text}`);
  assert.doesNotMatch(text, /cfs_periods/); // no quota, no periods
});

Deno.test("agentMetrics() counts pods and volumes by kubelet's names", async () => {
  const { machine, stats } = statsNode();
  const text = await agentMetrics(machine.host, {
    nodeName: "n1",
    version: "v1.36.0+x",
    pods: () => [],
    stats,
  });
  checkFormat(text);
  assert.match(text, /^kubelet_node_name\{node="n1"\} 1$/m);
  assert.match(
    text,
    /^kubelet_volume_stats_used_bytes\{namespace="default",persistentvolumeclaim="mine"\} 600$/m,
  );
  assert.match(
    text,
    /^kubernetes_build_info\{git_version="v1\.36\.0\+x",major="1",minor="36"\} 1$/m,
  );
  assert.match(text, /^kubelet_cgroup_version 2$/m);
});

Deno.test("usageTable() says null where nothing is known", async () => {
  const { machine, stats } = statsNode();
  const look = await stats.look({ detail: false, rates: false });
  const { node, windowMs, pods } = usageTable(look);
  assert.deepEqual(node, [null, 512_000]);
  assert.equal(windowMs, 0);
  assert.deepEqual(pods, [
    ["default", "web", [["app", null, 4000]]],
    ["default", "guest", [["app", null, 4096]]],
  ]);
  await machine.virtual.advance(2_000);
  const later = usageTable(await stats.look({ detail: false, rates: true }));
  assert.equal(later.windowMs, 2000);
  assert.deepEqual(later.node, [0, 512_000]);
});
