/**
 * The machine's mounts, as far as volumes need them.
 *
 * They are made in the agent's own mount namespace, which is also that of the runtimes it starts: containers that are made later see them.
 *
 * @module
 */
import { type Host, HostError } from "../../src/base/host.ts";

/** One line of the mount table. */
export interface MountEntry {
  /** Where it is mounted. */
  readonly path: string;
  /** `tmpfs`, `ext4` … */
  readonly type: string;
  /** The file system's own options, for example `size=4096k`. */
  readonly options: readonly string[];
}

/** What a {@linkcode Mounts.mount} makes. */
export interface MountWish {
  /** `tmpfs`, `hugetlbfs` … */
  readonly type: string;
  /** The folder to mount on; it is there. */
  readonly target: string;
  /** As `mount -o` takes them. */
  readonly options: readonly string[];
}

const TABLE = "/proc/self/mountinfo";

/** How long a `mount` or `umount` may take. */
const TIMEOUT_MS = 60_000;

/** How often a busy mount is tried again, and the wait between. */
const BUSY_TRIES = 5;
const BUSY_WAIT_MS = 100;

/** Mounts and unmounts. Only where the agent is root on Linux. */
export class Mounts {
  readonly #host: Pick<Host, "clock" | "disk" | "processes" | "log">;
  /** `mount` of some systems has no option to take a path as it is. */
  #takesPathsAsTheyAre = true;

  constructor(host: Pick<Host, "clock" | "disk" | "processes" | "log">) {
    this.#host = host;
  }

  /** What is mounted at a folder and below it, oldest first, by paths without links. */
  async below(path: string): Promise<MountEntry[]> {
    const folder = await this.#realPath(path);
    if (folder === undefined) return [];
    const table = await this.#host.disk.readText(TABLE);
    // Most folders have none: the table is looked through once before it is taken apart.
    if (!table.includes(escapePath(folder))) return [];
    return parseMountTable(table).filter(({ path }) =>
      path === folder || path.startsWith(`${folder}/`)
    );
  }

  /** What is mounted at a path, the uppermost if there are several. */
  async at(path: string): Promise<MountEntry | undefined> {
    const real = await this.#realPath(path);
    return (await this.below(path)).findLast((entry) => entry.path === real);
  }

  /** @throws {Error} in mount's own words */
  async mount({ type, target, options }: MountWish): Promise<void> {
    await this.#run("mount", [
      ...["-t", type],
      ...(options.length > 0 ? ["-o", options.join(",")] : []),
      type,
      target,
    ]);
  }

  /** A file system in memory. It is never swapped out where the kernel can be told so. */
  async tmpfs(target: string, options: readonly string[]): Promise<void> {
    try {
      await this.mount({
        type: "tmpfs",
        target,
        options: [...options, "noswap"],
      });
    } catch {
      await this.mount({ type: "tmpfs", target, options }); // before Linux 6.4
    }
  }

  /** Shows a file or folder at a second place. The source is taken as it is, so that `/proc/<pid>/fd/<n>` leads to what is open there. */
  async bind(source: string, target: string): Promise<void> {
    const words = ["-o", "bind", source, target];
    if (this.#takesPathsAsTheyAre) {
      try {
        return await this.#run("mount", ["--no-canonicalize", ...words]);
      } catch (error) {
        if (!/unrecogni[sz]ed option/.test(String(error))) throw error;
        this.#takesPathsAsTheyAre = false; // busybox: it never does otherwise
      }
    }
    await this.#run("mount", words);
  }

  /**
   * Unmounts all that is mounted at a folder and below it, newest first. What stays busy is taken off its place all the same; the kernel ends it with
   * its last user.
   *
   * @throws {Error} when something is still mounted there: then nothing below may be removed, for it may be somebody's data
   */
  async unmountBelow(folder: string): Promise<void> {
    for (let tries = 1;; tries++) {
      const there = await this.below(folder);
      if (there.length === 0) return;
      const paths = there.map(({ path }) => path).reverse();
      const isLast = tries > BUSY_TRIES;
      try {
        await this.#run("umount", [...(isLast ? ["-l"] : []), ...paths]);
      } catch (error) {
        if (isLast) throw error;
        this.#host.log("debug", "A volume is busy", { folder, error });
        await this.#host.clock.sleep(BUSY_WAIT_MS);
      }
    }
  }

  async #realPath(path: string): Promise<string | undefined> {
    try {
      return await this.#host.disk.realPath(path);
    } catch (error) {
      if (error instanceof HostError && error.code === "not-found") return;
      throw error;
    }
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.#host.processes.run(program, {
      args,
      timeoutMs: TIMEOUT_MS,
    });
    if (code === 0) return;
    throw new HostError(
      /busy/.test(stderr) ? "in-use" : "other",
      `${program} failed: exit status ${code}: ${stderr.trim()}`,
    );
  }
}

/** Reads a table in the form of proc_pid_mountinfo(5). */
export function parseMountTable(table: string): MountEntry[] {
  return table.split("\n").filter(Boolean).map((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [type = "", , options = ""] = after.split(" ");
    return {
      path: unescapePath(before.split(" ")[4] ?? ""),
      type,
      options: options.split(","),
    };
  });
}

/** The table writes blanks, tabs, newlines and backslashes as octal numbers. */
function escapePath(path: string): string {
  return path.replace(
    /[ \t\n\\]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
}

function unescapePath(path: string): string {
  return path.replace(
    /\\([0-7]{3})/g,
    (_, octal) => String.fromCharCode(parseInt(octal, 8)),
  );
}
