/**
 * What the owner of a machine says about the node on it, in kubelet's words.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { Resources } from "../../agent/node/capacity.ts";
import {
  DEFAULT_HARD,
  parseThresholds,
} from "../../agent/node/eviction/threshold.ts";
import type {
  NodeOptions,
  ShutdownPeriod,
} from "../../agent/node/node_options.ts";
import { shutdownPeriods } from "../../agent/node/shutdown.ts";
import type { LogLimits } from "../../agent/runtime/containerd/log_rotation.ts";
import type { Taint, TaintEffect } from "../api/core/toleration.ts";
import { canonicalQuantity, wholeUnits } from "../api/quantity.ts";
import { isLabelValue, isQualifiedName } from "../api/validation/names.ts";
import { messageOf } from "../base/errors.ts";
import { CliFailure, EXIT_USAGE } from "../cli/failure.ts";
import { durationSeconds, wholeNumber } from "../cli/option_values.ts";

/** Flags about the node. */
export interface NodeFlags {
  readonly registerNode?: string;
  readonly registerWithTaints?: string;
  readonly systemReserved?: string;
  readonly kubeReserved?: string;
  readonly nodeStatusMaxImages?: number;
  readonly evictionHard?: string;
  readonly evictionSoft?: string;
  readonly evictionSoftGracePeriod?: string;
  readonly evictionMinimumReclaim?: string;
  readonly evictionPressureTransitionPeriod?: number;
  readonly evictionMaxPodGracePeriod?: number;
  readonly imageGcHighThreshold?: number;
  readonly imageGcLowThreshold?: number;
  readonly minimumImageTtlDuration?: number;
  readonly imageMaximumGcAge?: number;
  readonly maximumDeadContainersPerContainer?: number;
  readonly maximumDeadContainers?: number;
  readonly minimumContainerTtlDuration?: number;
  readonly containerLogMaxSize?: string;
  readonly containerLogMaxFiles?: number;
  readonly shutdownGracePeriod?: number;
  readonly shutdownGracePeriodCriticalPods?: number;
  readonly shutdownGracePeriodByPodPriority?: string;
}

const HARD = Object.entries(DEFAULT_HARD)
  .map(([signal, value]) => `${signal}<${value}`).join(",");

/** Adds the flags to a command. */
export function withNodeFlags(command: Command): Command {
  return command
    .option("--node-ip <address>", "address of the node, or two: v4,v6")
    .addOption(
      new Option("--register-node <yes>", "whether to make the Node")
        .choices(["true", "false"]).default("true"),
    )
    .option(
      "--register-with-taints <taints>",
      "taints of a new node, key=value:effect,…",
    )
    .option(
      "--system-reserved <resources>",
      "kept for the system, cpu=200m,memory=500Mi,ephemeral-storage=1Gi",
    )
    .option("--kube-reserved <resources>", "kept for the agent, likewise")
    .option(
      "--node-status-max-images <number>",
      "images that the node tells of; -1 for all",
      wholeNumber,
      50,
    )
    .option(
      "--eviction-hard <thresholds>",
      "when pods are evicted at once",
      HARD,
    )
    .option(
      "--eviction-soft <thresholds>",
      "when pods are evicted after a time",
    )
    .option(
      "--eviction-soft-grace-period <times>",
      "after which time, memory.available=1m30s,…",
    )
    .option(
      "--eviction-minimum-reclaim <amounts>",
      "what is to be free beyond the threshold, nodefs.available=500Mi,…",
    )
    .option(
      "--eviction-pressure-transition-period <time>",
      "how long a pressure is told after its end",
      durationSeconds,
      300,
    )
    .option(
      "--eviction-max-pod-grace-period <seconds>",
      "longest grace of pods under a soft threshold",
      wholeNumber,
      0,
    )
    .option(
      "--image-gc-high-threshold <percent>",
      "use of the disk from which on images are removed; 100 for never",
      wholeNumber,
      85,
    )
    .option(
      "--image-gc-low-threshold <percent>",
      "use of the disk down to which",
      wholeNumber,
      80,
    )
    .option(
      "--minimum-image-ttl-duration <time>",
      "how long an unused image stays at least",
      durationSeconds,
      120,
    )
    .option(
      "--image-maximum-gc-age <time>",
      "how long an unused image stays at most; 0 for ever",
      durationSeconds,
      0,
    )
    .option(
      "--maximum-dead-containers-per-container <number>",
      "ended runs that are kept of each container",
      wholeNumber,
      1,
    )
    .option(
      "--maximum-dead-containers <number>",
      "ended runs that are kept in all; -1 for any number",
      wholeNumber,
      -1,
    )
    .option(
      "--minimum-container-ttl-duration <time>",
      "how long an ended run stays at least",
      durationSeconds,
      0,
    )
    .option(
      "--container-log-max-size <size>",
      "size at which a container's log is put away; -1 for never",
      "10Mi",
    )
    .option(
      "--container-log-max-files <number>",
      "logs that are kept of each container",
      wholeNumber,
      5,
    )
    .option(
      "--shutdown-grace-period <time>",
      "how long pods may take when the machine goes down; 0 leaves them to the machine",
      durationSeconds,
      0,
    )
    .option(
      "--shutdown-grace-period-critical-pods <time>",
      "the part of it that is for critical pods",
      durationSeconds,
      0,
    )
    .option(
      "--shutdown-grace-period-by-pod-priority <times>",
      "in place of both, priority=time,…",
    );
}

/** Whether anything is to be done about pods when the machine goes down. */
export function hasShutdownGrace(flags: NodeFlags): boolean {
  return (nodeOptions(flags).shutdown ?? [])
    .some(({ graceSeconds }) => graceSeconds > 0);
}

/** How much of containers' logs is kept. @throws {CliFailure} for what makes no sense */
export function logLimits(flags: NodeFlags): LogLimits {
  const { containerLogMaxSize = "10Mi", containerLogMaxFiles: files = 5 } =
    flags;
  if (files <= 1) {
    throw new CliFailure(
      `--container-log-max-files must be at least 2, not ${files}`,
      { exitCode: EXIT_USAGE },
    );
  }
  try {
    const bytes = wholeUnits(containerLogMaxSize);
    return { limitBytes: bytes < 0 ? Infinity : bytes, files };
  } catch (error) {
    throw new CliFailure(
      `--container-log-max-size must be a size such as 10Mi: ${
        messageOf(error)
      }`,
      { exitCode: EXIT_USAGE },
    );
  }
}

/** What the flags say. @throws {CliFailure} for what makes no sense */
export function nodeOptions(flags: NodeFlags): NodeOptions {
  try {
    return read(flags);
  } catch (error) {
    throw new CliFailure(messageOf(error), { exitCode: EXIT_USAGE });
  }
}

function read(flags: NodeFlags): NodeOptions {
  checkNumbers(flags);
  const graces = entries(flags.evictionSoftGracePeriod, "=", {
    flag: "--eviction-soft-grace-period",
    read: (text) => durationSeconds(text) * 1_000,
  });
  const amounts = (flag: string, text: string | undefined, sign: string) =>
    entries(text, sign, { flag, read: (value) => value });
  const soft = amounts("--eviction-soft", flags.evictionSoft, "<");
  const minimumReclaim = amounts(
    "--eviction-minimum-reclaim",
    flags.evictionMinimumReclaim,
    "=",
  );
  const thresholds = parseThresholds({
    ...flags.evictionHard !== undefined && {
      hard: amounts("--eviction-hard", flags.evictionHard, "<"),
    },
    soft,
    softGraceMs: graces,
    minimumReclaim,
  });
  return {
    register: flags.registerNode !== "false",
    taints: taintsOf(flags.registerWithTaints ?? ""),
    systemReserved: resourcesOf("--system-reserved", flags.systemReserved),
    kubeReserved: resourcesOf("--kube-reserved", flags.kubeReserved),
    maxImages: flags.nodeStatusMaxImages ?? 50,
    eviction: {
      thresholds,
      transitionPeriodMs: 1_000 *
        (flags.evictionPressureTransitionPeriod ?? 300),
      maxPodGraceSeconds: flags.evictionMaxPodGracePeriod ?? 0,
    },
    imageGarbage: {
      highThresholdPercent: flags.imageGcHighThreshold ?? 85,
      lowThresholdPercent: flags.imageGcLowThreshold ?? 80,
      minimumAgeMs: 1_000 * (flags.minimumImageTtlDuration ?? 120),
      maximumAgeMs: 1_000 * (flags.imageMaximumGcAge ?? 0),
    },
    containerGarbage: {
      maxPerContainer: flags.maximumDeadContainersPerContainer ?? 1,
      maxContainers: flags.maximumDeadContainers ?? -1,
      minimumAgeMs: 1_000 * (flags.minimumContainerTtlDuration ?? 0),
    },
    shutdown: shutdownOf(flags),
  };
}

/** Refuses at once, in the flags' names, what kubelet refuses in its configuration. */
function checkNumbers(flags: NodeFlags): void {
  const { imageGcHighThreshold: high = 85, imageGcLowThreshold: low = 80 } =
    flags;
  for (
    const [flag, percent] of [
      ["--image-gc-high-threshold", high],
      ["--image-gc-low-threshold", low],
    ] as const
  ) {
    if (percent >= 0 && percent <= 100) continue;
    throw new RangeError(`${flag} must be between 0 and 100, not ${percent}`);
  }
  if (low > high) {
    throw new RangeError(
      `--image-gc-low-threshold ${low} must be less than --image-gc-high-threshold ${high}`,
    );
  }
  if ((flags.nodeStatusMaxImages ?? 0) < -1) {
    throw new RangeError(
      `--node-status-max-images must be -1 or more, not ${flags.nodeStatusMaxImages}`,
    );
  }
}

function shutdownOf(flags: NodeFlags): ShutdownPeriod[] {
  const byPriority = entries(flags.shutdownGracePeriodByPodPriority, "=", {
    flag: "--shutdown-grace-period-by-pod-priority",
    read: durationSeconds,
  });
  const periods = Object.entries(byPriority).map((
    [priority, graceSeconds],
  ) => ({
    priority: saying(
      "--shutdown-grace-period-by-pod-priority",
      () => wholeNumber(priority),
    ),
    graceSeconds,
  }));
  if (periods.length > 0) return periods;
  return shutdownPeriods({
    graceSeconds: flags.shutdownGracePeriod ?? 0,
    criticalSeconds: flags.shutdownGracePeriodCriticalPods ?? 0,
  });
}

/** `key=value:effect`, `key:effect`. */
function taintsOf(text: string): Taint[] {
  return text.split(",").filter(Boolean).map((part) => {
    const match = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(part);
    const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    if (!match || !effects.includes(match[3]!)) {
      throw new RangeError(
        `--register-with-taints must be key=value:effect,… with the effects ${
          effects.join(", ")
        }, not "${part}"`,
      );
    }
    const [, key = "", value, effect] = match;
    const [wrong] = [...isQualifiedName(key), ...isLabelValue(value ?? "")];
    if (wrong !== undefined) {
      throw new RangeError(
        `Cannot read --register-with-taints "${part}": ${wrong}`,
      );
    }
    return { key, ...value && { value }, effect: effect as TaintEffect };
  });
}

function resourcesOf(flag: string, text: string | undefined): Resources {
  const known = ["cpu", "memory", "ephemeral-storage", "pid"];
  const found = entries(text, "=", { flag, read: canonicalQuantity });
  for (const name of Object.keys(found)) {
    if (known.includes(name) || name.startsWith("hugepages-")) continue;
    throw new RangeError(
      `${flag} can keep ${known.join(", ")} and huge pages, not "${name}"`,
    );
  }
  return found;
}

function entries<T>(
  text: string | undefined,
  sign: string,
  { flag, read }: { flag: string; read: (text: string) => T },
): Record<string, T> {
  return Object.fromEntries(
    (text ?? "").split(",").filter(Boolean).map((part) => {
      const at = part.indexOf(sign);
      if (at <= 0 || at === part.length - 1) {
        throw new RangeError(
          `${flag} must be name${sign}value,…, not "${part}"`,
        );
      }
      const value = part.slice(at + 1).trim();
      return [part.slice(0, at).trim(), saying(flag, () => read(value))];
    }),
  );
}

/** What the function returns; its error names the flag, which one about a part of a flag's value does not by itself. */
function saying<T>(flag: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = messageOf(error).replace(/\.$/, ""); // commander's have a full stop
    throw new RangeError(`Cannot read ${flag}: ${why}`);
  }
}
