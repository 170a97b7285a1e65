/**
 * `/metrics/resource`: what autoscalers and metrics-server ask for.
 *
 * @module
 */
import { Exposition } from "./exposition.ts";
import type { NodeLook } from "./node_stats.ts";

/** The text. */
export function resourceMetrics(look: NodeLook): string {
  const out = new Exposition();
  describe(out);
  const { at, machine, pods } = look;
  out.add("node_cpu_usage_seconds_total", machine.cpuNs / 1e9, { at });
  out.add("node_memory_working_set_bytes", machine.memory?.workingSetBytes, {
    at,
  });
  out.add("node_swap_usage_bytes", machine.swap?.usedBytes, { at });
  for (const look of pods) {
    const { metadata } = look.of.pod;
    const labels = { namespace: metadata.namespace!, pod: metadata.name! };
    for (const { container, cpu, memory } of look.containers) {
      const own = { container: container.name, ...labels };
      const startedAt = container.startedAt ?? container.createdAt;
      out.add("container_start_time_seconds", startedAt / 1000, {
        labels: own,
      });
      addUsage(out, "container", { labels: own, at, cpu, memory });
    }
    addUsage(out, "pod", { labels, at, cpu: look.cpu, memory: look.memory });
  }
  for (const name of ["scrape_error", "resource_scrape_error"]) {
    out.add(name, 0);
  }
  return out.text();
}

function addUsage(
  out: Exposition,
  owner: "container" | "pod",
  { labels, at, cpu, memory }:
    & { readonly labels: Record<string, string>; readonly at: number }
    & {
      readonly cpu: { readonly usageNs: number } | undefined;
      readonly memory:
        | { readonly workingSetBytes: number; readonly swapBytes: number }
        | undefined;
    },
): void {
  const options = { labels, at };
  out.add(
    `${owner}_cpu_usage_seconds_total`,
    cpu && cpu.usageNs / 1e9,
    options,
  );
  out.add(
    `${owner}_memory_working_set_bytes`,
    memory?.workingSetBytes,
    options,
  );
  out.add(`${owner}_swap_usage_bytes`, memory?.swapBytes, options);
}

function describe(out: Exposition): void {
  for (const owner of ["node", "pod", "container"]) {
    out.describe(
      `${owner}_cpu_usage_seconds_total`,
      "counter",
      `Processor time that the ${owner} has used, in core-seconds`,
    );
    out.describe(
      `${owner}_memory_working_set_bytes`,
      "gauge",
      `Memory of the ${owner} that cannot be had back at once`,
    );
    out.describe(
      `${owner}_swap_usage_bytes`,
      "gauge",
      `Swap that the ${owner} uses`,
    );
  }
  out.describe(
    "container_start_time_seconds",
    "gauge",
    "When the container was started, in seconds since 1970",
  );
  for (const name of ["scrape_error", "resource_scrape_error"]) {
    out.describe(name, "gauge", "1 when usage could not be read, else 0");
  }
}
