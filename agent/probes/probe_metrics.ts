/**
 * `/metrics/probes`: what came of probes.
 *
 * @module
 */
import {
  type CountedResult,
  DURATION_BUCKETS,
  type ProbeCount,
  type ProbeCounts,
} from "./probe_counts.ts";
import { Exposition } from "../stats/exposition.ts";

const TOTAL = "prober_probe_total";
const DURATION = "prober_probe_duration_seconds";

/** The text. @param startedAt when the agent was started, in milliseconds since 1970 */
export function probeMetrics(counts: ProbeCounts, startedAt: number): string {
  const out = new Exposition();
  out.describe(TOTAL, "counter", "Tries of a container's probe, by result");
  out.describe(DURATION, "histogram", "How long tries took that did not fail");
  out.describe(
    "process_start_time_seconds",
    "gauge",
    "When the agent was started, in seconds since 1970",
  );
  out.add("process_start_time_seconds", startedAt / 1000);
  for (const count of counts.all()) {
    addTotals(out, count);
    addDurations(out, count);
  }
  return out.text();
}

function addTotals(out: Exposition, { owner, results }: ProbeCount): void {
  for (const result of Object.keys(results) as CountedResult[]) {
    out.add(TOTAL, results[result] || undefined, {
      labels: {
        container: owner.container,
        namespace: owner.namespace,
        pod: owner.pod,
        pod_uid: owner.uid,
        probe_type: owner.probe,
        result,
      },
    });
  }
}

function addDurations(
  out: Exposition,
  { owner, buckets, timed, seconds }: ProbeCount,
): void {
  if (timed === 0) return;
  const labels = {
    container: owner.container,
    namespace: owner.namespace,
    pod: owner.pod,
    probe_type: owner.probe,
  };
  let sum = 0;
  for (const [i, end] of DURATION_BUCKETS.entries()) {
    sum += buckets[i]!;
    out.add(DURATION, sum, {
      suffix: "_bucket",
      labels: { ...labels, le: String(end) },
    });
  }
  out.add(DURATION, timed, {
    suffix: "_bucket",
    labels: { ...labels, le: "+Inf" },
  });
  out.add(DURATION, seconds, { suffix: "_sum", labels });
  out.add(DURATION, timed, { suffix: "_count", labels });
}
