/** The machine's clock is set on or back by a year while pods run: nothing that runs is disturbed, and no wait becomes longer than it may. */
import assert from "node:assert/strict";
import type { ContainerScript } from "../runtime/fake/mod.ts";
import { PodBench } from "../testing/pod_bench.ts";

const YEAR_MS = 365 * 24 * 3_600_000;
/** Back, and on: as a board without a battery clock gets its time from the network, and as somebody mistypes the date. */
const JUMPS = { on: YEAR_MS, back: -YEAR_MS };

for (const [way, jumpMs] of Object.entries(JUMPS)) {
  Deno.test(`pods run on when the clock is set ${way} by a year`, async () => {
    let probes = 0;
    const bench = new PodBench({
      probe: () => {
        probes++;
        return new Response("fine");
      },
    });
    await bench.start();
    await bench.createPod("steady", {
      activeDeadlineSeconds: 3_600,
      containers: [{
        name: "app",
        image: "app",
        livenessProbe: { httpGet: { port: 80, path: "/" }, periodSeconds: 10 },
        readinessProbe: { httpGet: { port: 80, path: "/" }, periodSeconds: 10 },
      }],
    });
    await bench.host.advance(30_000);
    assert.equal(bench.condition("steady", "Ready"), "True");
    const before = bench.pod("steady");
    bench.host.setClock(jumpMs);
    probes = 0;
    await bench.host.advance(60_000);
    assert.deepEqual(bench.pod("steady"), before);
    assert.ok(probes >= 10, `only ${probes} probes in a minute`);
    // A new pod comes and goes meanwhile.
    await bench.createPod("new");
    await bench.host.advance(5_000);
    assert.equal(bench.condition("new", "Ready"), "True");
    await bench.deletePod("new", 5);
    await bench.host.advance(10_000);
    assert.equal(bench.pod("new"), undefined);
    assert.deepEqual(bench.machine.starts, ["steady/app#0", "new/app#0"]);
    assert.deepEqual(bench.host.failures, []);
    await bench.stop();
  });

  Deno.test(`a container in CrashLoopBackOff waits no longer than its back-off when the clock is set ${way} by a year`, async () => {
    const script: ContainerScript = { runsMs: 100, exitCode: 1 };
    const bench = new PodBench({ runtime: { script: () => script } });
    await bench.start();
    await bench.createPod("crashing");
    // Into the wait of 80 s.
    await bench.host.advance(75_000);
    const before = bench.machine.starts.length;
    assert.equal(
      bench.container("crashing").state.waiting.reason,
      "CrashLoopBackOff",
    );
    bench.host.setClock(jumpMs);
    await bench.host.advance(160_000);
    assert.ok(bench.machine.starts.length > before, "it never started again");
    // And no storm either: at most each wait's number of starts.
    await bench.host.advance(600_000);
    assert.ok(
      bench.machine.starts.length <= before + 8,
      `${bench.machine.starts.length - before} starts in 13 minutes`,
    );
    await bench.stop();
  });

  Deno.test(`a pod's deadline counts the time that has passed when the clock is set ${way} by a year`, async () => {
    const bench = new PodBench();
    await bench.start();
    await bench.createPod("short", { activeDeadlineSeconds: 100 });
    await bench.host.advance(50_000);
    bench.host.setClock(jumpMs);
    await bench.host.advance(40_000);
    assert.equal(bench.pod("short")?.status?.phase, "Running");
    await bench.host.advance(60_000);
    assert.equal(bench.pod("short")?.status?.reason, "DeadlineExceeded");
    await bench.stop();
  });

  Deno.test(`a pod gets its whole grace when the clock is set ${way} by a year while it ends`, async () => {
    const bench = new PodBench({
      runtime: { script: () => ({ stopMs: 8_000 }) },
    });
    await bench.start();
    await bench.createPod("leaving");
    await bench.host.advance(5_000);
    await bench.deletePod("leaving", 20);
    await bench.host.advance(2_000);
    bench.host.setClock(jumpMs);
    await bench.host.advance(30_000);
    assert.equal(bench.pod("leaving"), undefined);
    assert.equal(bench.machine.containers.size, 0);
    await bench.stop();
  });
}
