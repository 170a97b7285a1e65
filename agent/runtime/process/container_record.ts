/**
 * What the process runtime keeps in files about sandboxes and containers.
 *
 * @module
 */
import type { ContainerConfig, SandboxConfig } from "../runtime.ts";
import type { Launch } from "./engine.ts";
import type { MountPlan } from "./mounts.ts";

/** A sandbox, as `sandboxes/<id>.json` has it. */
export interface SandboxRecord {
  readonly id: string;
  readonly config: SandboxConfig;
  readonly createdAt: number;
  /** Namespaces do not outlive the boot in which they were made. */
  readonly bootId: string;
  readonly ips: readonly string[];
  readonly netns?: string;
  readonly stopped: boolean;
}

/** A container, as `containers/<id>/container.json` has it. */
export interface ContainerRecord {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly createdAt: number;
  readonly launch: Launch;
  readonly mounts: MountPlan;
  /** Below the cgroup root. */
  readonly cgroupPath: string;
  readonly logFolder: string;
}
