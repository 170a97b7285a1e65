/**
 * Flags of `run` and `dev`.
 *
 * @module
 */
import type { BuildFlags } from "../commands/build.ts";
import type { Workload } from "./workload.ts";

/** How something is run. */
export interface RunFlags extends Omit<BuildFlags, "output"> {
  readonly name?: string;
  readonly replicas?: number;
  /** `PORT`, `PORT:CONTAINERPORT`; `none` for a server without a service. */
  readonly port?: string;
  readonly type?: Workload["serviceType"];
  readonly nodePort?: number;
  readonly env?: readonly string[];
  readonly envFile?: readonly string[];
  readonly envFrom?: readonly string[];
  readonly volume?: readonly string[];
  readonly labels?: readonly string[];
  readonly annotations?: readonly string[];
  readonly limits?: readonly string[];
  readonly requests?: readonly string[];
  readonly nodeSelector?: readonly string[];
  readonly allowNet?: string;
  readonly runtime?: string;
  /** What follows `--` is the command, not its arguments. */
  readonly command?: boolean;
  readonly restart?: Workload["restart"];
  readonly rm?: boolean;
  readonly detach?: boolean;
  readonly dryRun?: "none" | "client";
  readonly output?: "yaml" | "json" | "name";
  /** Seconds. */
  readonly timeout?: number;
  readonly plainHttp?: boolean;
}
