/**
 * Flags of `wherry agent` about where images come from, and how.
 *
 * @module
 */
import { type Command, Option } from "commander";
import {
  parseRegistryConfig,
  type RegistryConfig,
} from "../../agent/images/registry_config.ts";
import { wholeUnits } from "../api/quantity.ts";
import { messageOf } from "../base/errors.ts";
import type { Host } from "../base/host.ts";
import { CliFailure, EXIT_USAGE } from "../cli/failure.ts";

/** The flags' values. */
export interface RegistryFlags {
  readonly registryConfig?: string;
  readonly imagePullRate?: string;
  readonly imageMaxBytes?: string;
}

/** Declares them. */
export function withRegistryFlags(command: Command): Command {
  return command
    .option(
      "--registry-config <file>",
      "mirrors, passwords and certificates of registries, in the shape of K3s' registries.yaml; a container runtime that is not the agent's own has its own configuration",
    )
    .addOption(
      new Option(
        "--image-pull-rate <bytes>",
        "most bytes per second that all pulls of WASM modules, bundles and the cluster's images take together, for example 2Mi (default: no bound)",
      ),
    )
    .addOption(
      new Option(
        "--image-max-bytes <bytes>",
        "largest WASM module or bundle that is taken",
      ).default("1Gi"),
    );
}

/** What the flags say. @throws {CliFailure} for what makes no sense */
export async function registryOptions(
  host: Pick<Host, "disk">,
  { registryConfig, imagePullRate, imageMaxBytes = "1Gi" }: RegistryFlags,
  path: (text: string) => string,
): Promise<{
  readonly config?: RegistryConfig;
  readonly bytesPerSecond?: number;
  readonly maxBytes: number;
}> {
  return {
    ...registryConfig !== undefined &&
      { config: await readConfig(host, path(registryConfig)) },
    ...imagePullRate !== undefined &&
      { bytesPerSecond: bytesOf("--image-pull-rate", imagePullRate) },
    maxBytes: bytesOf("--image-max-bytes", imageMaxBytes),
  };
}

async function readConfig(
  host: Pick<Host, "disk">,
  path: string,
): Promise<RegistryConfig> {
  try {
    return await parseRegistryConfig(await host.disk.readText(path));
  } catch (error) {
    throw new CliFailure(
      `--registry-config "${path}" cannot be used: ${messageOf(error)}`,
      { exitCode: EXIT_USAGE },
    );
  }
}

function bytesOf(flag: string, text: string): number {
  try {
    const bytes = wholeUnits(text);
    if (bytes >= 1) return bytes;
  } catch {
    // Told below.
  }
  throw new CliFailure(
    `${flag} must be a number of bytes such as 64Mi, not "${text}"`,
    { exitCode: EXIT_USAGE },
  );
}
