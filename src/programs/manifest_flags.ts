/**
 * Flags of `wherry agent` about pods that come from elsewhere than the API; kubelet's names and defaults.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ManifestOptions } from "../../agent/pod/sources/mod.ts";
import { CliFailure, EXIT_USAGE } from "../cli/failure.ts";

/** The flags' values. */
export interface ManifestFlags {
  readonly podManifestPath?: string;
  /** Milliseconds. */
  readonly fileCheckFrequency?: number;
  readonly manifestUrl?: string;
  readonly manifestUrlHeader?: readonly string[];
  /** Milliseconds. */
  readonly httpCheckFrequency?: number;
  readonly podCidr?: string;
}

/** Declares them. */
export function withManifestFlags(command: Command): Command {
  return command
    .option(
      "--pod-manifest-path <path>",
      "folder of pod manifests, or one manifest, to run; without --server and --token the node runs them on its own",
    )
    .addOption(
      new Option(
        "--file-check-frequency <duration>",
        "how often the path is looked at, beside being watched",
      ).argParser(duration).default(20_000, "20s"),
    )
    .option("--manifest-url <url>", "where further pod manifests are")
    .option(
      "--manifest-url-header <headers>",
      "headers to ask the URL with, a:b,c:d; may be repeated",
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .addOption(
      new Option(
        "--http-check-frequency <duration>",
        "how often the URL is asked",
      ).argParser(duration).default(20_000, "20s"),
    )
    .option(
      "--pod-cidr <range>",
      "addresses of pods on a node that has no server (default: 10.42.0.0/24)",
    );
}

/** What the agent is to know of them. @throws {CliFailure} for flags that make no sense */
export function manifestOptions(
  flags: ManifestFlags,
  path: (text: string) => string,
): ManifestOptions {
  const { podManifestPath, fileCheckFrequency } = flags;
  const { manifestUrl, manifestUrlHeader, httpCheckFrequency } = flags;
  return {
    ...podManifestPath !== undefined && { path: path(podManifestPath) },
    ...fileCheckFrequency !== undefined && { pathCheckMs: fileCheckFrequency },
    ...manifestUrl !== undefined && { url: urlOf(manifestUrl) },
    ...manifestUrlHeader !== undefined &&
      { urlHeaders: manifestUrlHeader.flatMap(headersOf) },
    ...httpCheckFrequency !== undefined && { urlCheckMs: httpCheckFrequency },
  };
}

/** Go's form of a duration (`1m30s`), in milliseconds. */
export function duration(text: string): number {
  const units: Record<string, number> = {
    ms: 1,
    s: 1_000,
    m: 60_000,
    h: 3_600_000,
  };
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    throw new InvalidArgumentError("It must be a duration such as 20s or 1m.");
  }
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ms|s|m|h)/g)) {
    ms += Number(number) * units[unit!]!;
  }
  if (ms > 0) return ms;
  throw new InvalidArgumentError("It must be more than nothing.");
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url.href;
  throw new CliFailure(
    `--manifest-url must be an http or https URL, not "${text}"`,
    { exitCode: EXIT_USAGE },
  );
}

function headersOf(text: string): [string, string][] {
  return text.split(",").filter(Boolean).map((header) => {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):(.*)$/.exec(header) ?? [];
    if (name && value !== undefined) return [name, value.trim()];
    throw new CliFailure(
      `--manifest-url-header must be a:b,c:d, not "${text}"`,
      { exitCode: EXIT_USAGE },
    );
  });
}
