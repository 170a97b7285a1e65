import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { toContainerUsage } from "./cri_usage.ts";
import { ContainerStatsSchema } from "./gen/cri_pb.ts";

Deno.test("toContainerUsage() takes what the runtime knows, and leaves out what it does not", () => {
  const full = create(ContainerStatsSchema, {
    attributes: { id: "abc" },
    cpu: { usageCoreNanoSeconds: { value: 1_500_000_000n } },
    memory: {
      workingSetBytes: { value: 4096n },
      usageBytes: { value: 8192n },
      rssBytes: { value: 2048n },
      availableBytes: { value: 0n },
      pageFaults: { value: 7n },
    },
    writableLayer: { usedBytes: { value: 100n }, inodesUsed: { value: 3n } },
  });
  assert.deepEqual(toContainerUsage(full), {
    id: "abc",
    cpuNs: 1_500_000_000,
    memory: {
      workingSetBytes: 4096,
      usageBytes: 8192,
      rssBytes: 2048,
      pageFaults: 7,
    },
    writableLayer: { usedBytes: 100, inodesUsed: 3 },
  });
  const bare = create(ContainerStatsSchema, { attributes: { id: "abc" } });
  assert.deepEqual(toContainerUsage(bare), { id: "abc" });
});
