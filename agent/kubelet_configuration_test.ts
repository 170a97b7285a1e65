import assert from "node:assert/strict";
import { kubeletConfiguration } from "./kubelet_configuration.ts";
import { parseThresholds } from "./node/eviction/threshold.ts";
import type { AgentOptions } from "./options.ts";

const OPTIONS: AgentOptions = {
  dataDir: "/data",
  nodeName: "n1",
  parts: () => ({ runtimes: [] }),
};

Deno.test("kubeletConfiguration() tells kubelet's defaults where nothing was said", () => {
  const told = kubeletConfiguration(OPTIONS);
  assert.equal(told["maxPods"], 110);
  assert.deepEqual(told["evictionHard"], {
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
    "imagefs.available": "15%",
    "imagefs.inodesFree": "5%",
  });
  assert.equal(told["evictionPressureTransitionPeriod"], "5m0s");
  assert.equal(told["imageMinimumGCAge"], "2m0s");
  assert.equal("evictionSoft" in told, false);
});

Deno.test("kubeletConfiguration() tells what was said", () => {
  const told = kubeletConfiguration({
    ...OPTIONS,
    maxPods: 20,
    node: {
      eviction: {
        thresholds: parseThresholds({
          hard: { "memory.available": "1Gi" },
          soft: { "nodefs.available": "12.5%" },
          softGraceMs: { "nodefs.available": 90_000 },
        }),
      },
      shutdown: [{ priority: 0, graceSeconds: 20 }],
    },
  });
  assert.equal(told["maxPods"], 20);
  assert.deepEqual(told["evictionHard"], { "memory.available": "1Gi" });
  assert.deepEqual(told["evictionSoft"], { "nodefs.available": "12.5%" });
  assert.deepEqual(told["evictionSoftGracePeriod"], {
    "nodefs.available": "1m30s",
  });
  assert.deepEqual(told["shutdownGracePeriodByPodPriority"], [
    { priority: 0, shutdownGracePeriodSeconds: 20 },
  ]);
});
