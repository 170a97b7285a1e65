import assert from "node:assert/strict";
import { Command } from "commander";
import {
  logLimits,
  type NodeFlags,
  nodeOptions,
  withNodeFlags,
} from "./node_flags.ts";

function flagsOf(...args: string[]): NodeFlags {
  const command = withNodeFlags(new Command()).exitOverride()
    .configureOutput({ writeErr: () => {} });
  command.parse(args, { from: "user" });
  return command.opts<NodeFlags>();
}

const optionsOf = (...args: string[]) => nodeOptions(flagsOf(...args));

Deno.test("nodeOptions() has kubelet's defaults", () => {
  const options = optionsOf();
  assert.equal(options.register, true);
  assert.deepEqual(options.taints, []);
  assert.equal(options.maxImages, 50);
  assert.deepEqual(
    options.eviction?.thresholds?.map(({ signal, graceMs }) => [
      signal,
      graceMs,
    ]),
    [
      ["memory.available", 0],
      ["nodefs.available", 0],
      ["nodefs.inodesFree", 0],
      ["imagefs.available", 0],
      ["imagefs.inodesFree", 0],
      ["allocatableMemory.available", 0],
    ],
  );
  assert.equal(options.eviction?.transitionPeriodMs, 300_000);
  assert.deepEqual(options.imageGarbage, {
    highThresholdPercent: 85,
    lowThresholdPercent: 80,
    minimumAgeMs: 120_000,
    maximumAgeMs: 0,
  });
  assert.deepEqual(options.containerGarbage, {
    maxPerContainer: 1,
    maxContainers: -1,
    minimumAgeMs: 0,
  });
  assert.deepEqual(options.shutdown, []);
  assert.deepEqual(logLimits(flagsOf()), {
    limitBytes: 10 * 1024 ** 2,
    files: 5,
  });
});

Deno.test("nodeOptions() reads what kubelet's flags say", () => {
  const options = optionsOf(
    ...["--register-node", "false"],
    ...["--register-with-taints", "a=b:NoSchedule,c:NoExecute"],
    ...["--system-reserved", "cpu=1000m,memory=1Gi"],
    ...["--eviction-hard", "memory.available<1Gi, nodefs.available<0%"],
    ...["--eviction-soft", "memory.available<2Gi"],
    ...["--eviction-soft-grace-period", "memory.available=1m30s"],
    ...["--eviction-minimum-reclaim", "memory.available=100Mi"],
    ...["--shutdown-grace-period", "1m"],
    ...["--shutdown-grace-period-critical-pods", "10s"],
  );
  assert.equal(options.register, false);
  assert.deepEqual(options.taints, [
    { key: "a", value: "b", effect: "NoSchedule" },
    { key: "c", effect: "NoExecute" },
  ]);
  assert.deepEqual(options.systemReserved, { cpu: "1", memory: "1Gi" });
  const minReclaim = { quantity: "100Mi" };
  assert.deepEqual(options.eviction?.thresholds?.slice(0, 2), [
    {
      signal: "memory.available",
      value: { quantity: "1Gi" },
      graceMs: 0,
      minReclaim,
    },
    {
      signal: "memory.available",
      value: { quantity: "2Gi" },
      graceMs: 90_000,
      minReclaim,
    },
  ]);
  assert.deepEqual(options.shutdown, [
    { priority: 0, graceSeconds: 50 },
    { priority: 2_000_000_000, graceSeconds: 10 },
  ]);
  assert.deepEqual(
    optionsOf("--shutdown-grace-period-by-pod-priority", "0=30s,1000=1m")
      .shutdown,
    [{ priority: 0, graceSeconds: 30 }, { priority: 1000, graceSeconds: 60 }],
  );
});

Deno.test("nodeOptions() says what it does not take", () => {
  const refused: [string[], RegExp][] = [
    [["--eviction-hard", "memory<1Gi"], /unsupported eviction signal memory/],
    [["--eviction-hard", "memory.available=1Gi"], /must be name<value/],
    [["--register-with-taints", "a=b"], /key=value:effect/],
    [["--register-with-taints", "a:Never"], /NoSchedule, /],
    [["--system-reserved", "gpu=1"], /not "gpu"/],
    [["--register-with-taints", "a b:NoExecute"], /Cannot read --register/],
    [["--register-with-taints", "a=b c:NoExecute"], /Cannot read --register/],
    [
      ["--kube-reserved", "cpu=lots"],
      /^CliFailure: Cannot read --kube-reserved: quantities must match/,
    ],
    [
      ["--shutdown-grace-period-by-pod-priority", "1=b"],
      /Cannot read --shutdown-grace-period-by-pod-priority: Not a duration/,
    ],
    [
      ["--shutdown-grace-period-by-pod-priority", "a=1s"],
      /Cannot read --shutdown-grace-period-by-pod-priority: Not a whole number$/,
    ],
    [["--image-gc-high-threshold", "101"], /between 0 and 100, not 101/],
    [["--image-gc-low-threshold", "-1"], /between 0 and 100, not -1/],
    [
      ["--image-gc-high-threshold", "70"],
      /--image-gc-low-threshold 80 must be less than --image-gc-high-threshold 70/,
    ],
    [["--node-status-max-images", "-2"], /must be -1 or more, not -2/],
    [
      [
        ...["--shutdown-grace-period", "1s"],
        ...["--shutdown-grace-period-critical-pods", "2s"],
      ],
      /more than the 1 s of all/,
    ],
  ];
  for (const [args, expected] of refused) {
    assert.throws(() => optionsOf(...args), expected);
  }
  assert.throws(
    () => logLimits(flagsOf("--container-log-max-files", "1")),
    /must be at least 2/,
  );
  assert.equal(
    logLimits(flagsOf("--container-log-max-size", "-1")).limitBytes,
    Infinity,
  );
});
