/**
 * Flags of `wherry agent` about what pods may have and how their images come; kubelet's names and defaults.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { CliFailure, EXIT_USAGE } from "../cli/failure.ts";
import { wholeNumber } from "../cli/option_values.ts";

/** The flags' values. */
export interface AgentPodFlags {
  readonly podMaxPids?: number;
  readonly allowedUnsafeSysctls?: string;
  readonly serializeImagePulls?: "true" | "false";
  readonly maxParallelImagePulls?: number;
}

/** Declares them. */
export function withAgentPodFlags(command: Command): Command {
  return command
    .option(
      "--pod-max-pids <number>",
      "most processes of a pod (default: the machine's limit)",
      wholeNumber,
    )
    .option(
      "--allowed-unsafe-sysctls <names>",
      "kernel parameters that pods may set beside the safe ones, a.b,net.*",
    )
    .addOption(
      new Option(
        "--serialize-image-pulls <boolean>",
        "pull one image after the other",
      ).choices(["true", "false"]).default("true"),
    )
    .option(
      "--max-parallel-image-pulls <number>",
      "most images that are pulled at once, with --serialize-image-pulls false (default: all)",
      wholeNumber,
    );
}

/** How many images may be pulled at once. @throws {CliFailure} when the flags contradict each other or no image could be pulled */
export function parallelPulls(flags: AgentPodFlags): number {
  const { serializeImagePulls = "true", maxParallelImagePulls } = flags;
  if (maxParallelImagePulls !== undefined && maxParallelImagePulls < 1) {
    throw new CliFailure(
      `--max-parallel-image-pulls must be at least 1, not ${maxParallelImagePulls}`,
      { exitCode: EXIT_USAGE },
    );
  }
  if (serializeImagePulls === "false") return maxParallelImagePulls ?? Infinity;
  if ((maxParallelImagePulls ?? 1) <= 1) return 1;
  throw new CliFailure(
    "--max-parallel-image-pulls more than 1 needs --serialize-image-pulls false",
    { exitCode: EXIT_USAGE },
  );
}

/** A list of words: `a,b`. */
export function wordsOf(text: string): string[] {
  return text.split(",").map((word) => word.trim()).filter(Boolean);
}
