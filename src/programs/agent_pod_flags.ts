/**
 * Flags of `wherry agent` about what pods may have and how their images come; kubelet's names and defaults.
 *
 * @module
 */
import type { Command } from "commander";
import { wholeNumber } from "../cli/run.ts";

/** The flags' values. */
export interface AgentPodFlags {
  readonly podMaxPids?: number;
  readonly allowedUnsafeSysctls?: string;
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
    );
}

/** A list of words: `a,b`. */
export function wordsOf(text: string): string[] {
  return text.split(",").map((word) => word.trim()).filter(Boolean);
}
