import assert from "node:assert/strict";
import { ProbeCounts } from "./probe_counts.ts";
import { probeMetrics } from "./probe_metrics.ts";

const OWNER = {
  probe: "Liveness",
  container: "app",
  pod: "web",
  namespace: "default",
  uid: "u1",
};

Deno.test("probeMetrics() tells tries by result and how long those took that did not fail", () => {
  const counts = new ProbeCounts();
  const count = counts.of(OWNER);
  count.add("successful", 3);
  count.add("failed", 900);
  counts.of({ ...OWNER }).add("successful", 60_000); // the same probe, and more than any bucket
  counts.of({ ...OWNER, uid: "u2", pod: "gone" }).add("successful", 1);
  counts.forget("u2");
  const who = 'container="app",namespace="default",pod="web"';
  const text = probeMetrics(counts, 1_500);
  const lines = text.trim().split("\n").filter((line) => line[0] !== "#");
  assert.deepEqual(lines.slice(0, 2), [
    `prober_probe_duration_seconds_bucket{${who},probe_type="Liveness",le="0.005"} 1`,
    `prober_probe_duration_seconds_bucket{${who},probe_type="Liveness",le="0.01"} 1`,
  ]);
  assert.deepEqual(
    lines.slice(-7),
    [
      `prober_probe_duration_seconds_bucket{${who},probe_type="Liveness",le="10"} 1`,
      `prober_probe_duration_seconds_bucket{${who},probe_type="Liveness",le="+Inf"} 2`,
      `prober_probe_duration_seconds_sum{${who},probe_type="Liveness"} 60.003`,
      `prober_probe_duration_seconds_count{${who},probe_type="Liveness"} 2`,
      `prober_probe_total{${who},pod_uid="u1",probe_type="Liveness",result="successful"} 2`,
      `prober_probe_total{${who},pod_uid="u1",probe_type="Liveness",result="failed"} 1`,
      "process_start_time_seconds 1.5",
    ].slice(-7),
  );
});
