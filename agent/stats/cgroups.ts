/**
 * The machine's control groups, as files.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { readV1 } from "./cgroup_v1.ts";
import { readV2 } from "./cgroup_v2.ts";
import type { GroupUsage } from "./group_usage.ts";

const ROOT = "/sys/fs/cgroup";

/** Controllers of version 1 by which processes of a group can be found: not every group is in all of them. */
const WITH_PROCESSES = ["pids", "memory", "cpu", "cpuacct"];

/** Reads groups. Paths are relative to the root: `/kubepods/pod1/abc`; the root itself is "". */
export class Cgroups {
  readonly #disk: Pick<Host["disk"], "readText" | "stat">;
  #version: Promise<1 | 2> | undefined;

  constructor(
    host: { readonly disk: Pick<Host["disk"], "readText" | "stat"> },
  ) {
    this.#disk = host.disk;
  }

  /** 2 where the unified hierarchy is mounted as the only one. Where both are, limits and counters are in version 1. */
  version(): Promise<1 | 2> {
    return this.#version ??= this.#disk.stat(`${ROOT}/cgroup.controllers`)
      .then(() => 2 as const, () => 1 as const);
  }

  /**
   * What a group uses; undefined when there is no such group.
   *
   * @param options.detail reads limits and rarer counters too: three times as many files
   */
  async usage(
    path: string,
    options: { readonly detail: boolean },
  ): Promise<GroupUsage | undefined> {
    const version = await this.version();
    const usage = version === 2
      ? await readV2((name) => this.#read(`${path}/${name}`), options)
      : await readV1((name) => {
        const slash = name.indexOf("/");
        const [controller, file] = [name.slice(0, slash), name.slice(slash)];
        return this.#read(`/${controller}${path}${file}`);
      }, options);
    return usage.cpu || usage.memory ? usage : undefined;
  }

  /** Processes in the group itself, not in those below it. */
  async processes(path: string): Promise<number[]> {
    const files = await this.version() === 2
      ? [`${path}/cgroup.procs`]
      : WITH_PROCESSES.map((controller) =>
        `/${controller}${path}/cgroup.procs`
      );
    for (const file of files) {
      const text = await this.#read(file);
      if (text) return text.trim().split("\n").map(Number).filter(Boolean);
    }
    return [];
  }

  async #read(path: string): Promise<string | undefined> {
    try {
      return await this.#disk.readText(`${ROOT}${path}`);
    } catch {
      // Groups vanish with their containers, and not every kernel has every file.
      return undefined;
    }
  }
}
